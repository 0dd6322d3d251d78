package io.engramdb.node.rdb;

import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.Value;
import io.engramdb.snapshot.rdb.KeyVisitor;
import io.engramdb.snapshot.rdb.RdbKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The digests of DEBUG DIGEST and DIGEST-VALUE: 20 bytes that equal redis-server's for equal data,
 * whatever the encodings. What has an order is mixed (SHA-1 over the digest so far, exclusive-or
 * the SHA-1 of the part), what has none is combined by exclusive-or alone; of an expiry only that
 * there is one counts, and of a stream only its entries.
 *
 * <p>Algorithm: Redis 7.0 {@code debug.c}. One thread.
 */
public final class DatasetDigest extends KeyVisitor {

  private static final byte[] FIELD_EXPIRES = "!!hexpire!!".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EXPIRES = "!!expire!!".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST_BYTES = 20;

  /** Digits that tell any two doubles apart. */
  private static final int DOUBLE_DIGITS = 17;

  /** Decimal orders below which a double is written with an exponent. */
  private static final int MIN_PLAIN_ORDER = -4;

  private final MessageDigest sha1;
  private final RdbKey nameless = new RdbKey();
  private byte[] digest = new byte[DIGEST_BYTES];

  private DatasetDigest() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every JDK has SHA-1", missing);
    }
  }

  /** Digest of all databases; O(data). */
  public static String of(Keyspaces keyspaces) {
    DatasetDigest whole = new DatasetDigest();
    DatasetDigest one = new DatasetDigest();
    for (int i = 0; i < keyspaces.count(); i++) {
      if (keyspaces.database(i).countKeys() == 0) {
        continue;
      }
      whole.mix(bigEndian(i));
      keyspaces
          .database(i)
          .inspectAll(
              entry -> {
                one.digest = new byte[DIGEST_BYTES];
                one.mix(entry.key);
                one.value(entry.value(), entry.expires());
                whole.add(one.digest);
              });
    }
    return HexFormat.of().formatHex(whole.digest);
  }

  /** Digest of one value and of whether it expires; O(size of the value). */
  public static String of(Value value, boolean expires) {
    DatasetDigest one = new DatasetDigest();
    one.value(value, expires);
    return HexFormat.of().formatHex(one.digest);
  }

  /** The digest of what is not there. */
  public static String ofNothing() {
    return "0".repeat(2 * DIGEST_BYTES);
  }

  private void value(Value value, boolean expires) {
    mix(bigEndian(typeNumber(value)));
    try {
      ValueToRdb.say(nameless, value, this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (expires) {
      add(EXPIRES);
    }
  }

  private static int typeNumber(Value value) {
    return switch (value.type().wireName()) {
      case "string" -> 0;
      case "list" -> 1;
      case "set" -> 2;
      case "zset" -> 3;
      case "hash" -> 4;
      case "stream" -> 6;
      default -> throw new IllegalStateException("no digest of a " + value.type());
    };
  }

  private static byte[] bigEndian(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
  }

  private static void combine(byte[] into, byte[] part) {
    for (int i = 0; i < DIGEST_BYTES; i++) {
      into[i] ^= part[i];
    }
  }

  private void add(byte[] part) {
    combine(digest, sha1.digest(part));
  }

  private void mix(byte[] part) {
    add(part);
    digest = sha1.digest(digest);
  }

  private void addPair(byte[] first, byte[] second) {
    byte[] outer = digest;
    digest = new byte[DIGEST_BYTES];
    mix(first);
    mix(second);
    byte[] pair = digest;
    digest = outer;
    add(pair);
  }

  /** A double as the C library writes it with {@code %.17g}. */
  static String seventeenDigits(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(DOUBLE_DIGITS, RoundingMode.HALF_EVEN));
    int order = rounded.precision() - rounded.scale() - 1;
    BigDecimal shortened = rounded.stripTrailingZeros();
    if (order >= MIN_PLAIN_ORDER && order < DOUBLE_DIGITS) {
      return shortened.toPlainString();
    }
    String digits = shortened.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? '.' + digits.substring(1) : "";
    String exponent = "%s%02d".formatted(order < 0 ? "-" : "+", Math.abs(order));
    return (value < 0 ? "-" : "") + digits.charAt(0) + fraction + 'e' + exponent;
  }

  // --- what a value holds

  @Override
  protected void begin(RdbKey key, Kind kind, long count) {}

  @Override
  public void string(RdbKey key, byte[] value) {
    mix(value);
  }

  @Override
  public void element(byte[] element) {
    mix(element);
  }

  @Override
  public void member(byte[] member) {
    add(member);
  }

  @Override
  public void scoredMember(byte[] member, double score) {
    addPair(member, seventeenDigits(score).getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) {
    byte[] outer = digest;
    digest = new byte[DIGEST_BYTES];
    mix(field);
    mix(value);
    if (expireAtMs != RdbKey.NO_EXPIRY) {
      add(FIELD_EXPIRES);
    }
    byte[] pair = digest;
    digest = outer;
    add(pair);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) {
    String id = Long.toUnsignedString(ms) + '.' + Long.toUnsignedString(sequence);
    mix(id.getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : fieldsAndValues) {
      mix(word);
    }
  }
}
