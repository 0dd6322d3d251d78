package io.engramdb.node.durability;

import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.rdb.ValueDump;
import io.engramdb.node.shard.EffectReader.Effect;
import io.engramdb.snapshot.rdb.RdbVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Says effects as Redis replicates them: requests of RESP, with SELECT where the database changes,
 * and MULTI and EXEC around what was one record, because that is what holds or does not. An effect
 * is a command of Redis already, but for some on fields of hashes that only its newest versions
 * know; left out is what Redis replicates to nobody. One thread.
 */
final class ReplicaCommands {

  /** What can't be said in the commands that the replica knows. */
  static final class UnsayableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsayableException(String message) {
      super(message);
    }
  }

  private static final String RESTORE = "RESTORE";
  private static final int FOOTER_BYTES = 10;
  private static final int PAYLOAD_PLACE = 3;
  private static final byte[] END = {'\r', '\n'};

  private final ValueLimits limits = new ValueLimits();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final boolean fieldsExpire;
  private int database = -1;

  /**
   * For one replica.
   *
   * @param fieldsExpire it knows times to live of hash fields
   */
  ReplicaCommands(boolean fieldsExpire) {
    this.fieldsExpire = fieldsExpire;
    // What is in the log was taken by a shard.
    limits.stringBytes = Long.MAX_VALUE;
  }

  /** Bytes that wait to be taken. */
  int sizeBytes() {
    return out.size();
  }

  /** Takes what was said so far. */
  byte[] take() {
    byte[] bytes = out.toByteArray();
    out.reset();
    return bytes;
  }

  /** Says that nothing has happened. */
  void ping() {
    request(word("PING"));
  }

  /** Says the effects of a record. */
  void say(List<Effect> effects) {
    List<Effect> said = new ArrayList<>(effects.size());
    for (Effect each : effects) {
      translate(each, said);
    }
    if (said.isEmpty()) {
      return;
    }
    select(said.getFirst().database());
    if (said.size() > 1) {
      request(word("MULTI"));
    }
    for (Effect each : said) {
      select(each.database());
      request(each.words());
    }
    if (said.size() > 1) {
      request(word("EXEC"));
    }
  }

  private static String name(Effect effect) {
    return new String(effect.words()[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }

  /** In commands of Redis 7.0, or if fields may expire, of 7.4. */
  private void translate(Effect effect, List<Effect> to) {
    String name = name(effect);
    byte[][] words = effect.words();
    switch (name) {
      // Users and loaded scripts: servers of other makes have their own.
      case "ACL", "SCRIPT" -> {}
      case RESTORE -> to.add(new Effect(effect.database(), restore(words)));
      case "HPEXPIREAT", "HPERSIST" -> {
        requireFieldTimes(name);
        to.add(effect);
      }
      // Both end in FIELDS, a count, and what it counts.
      case "HGETDEL" -> to.add(with(effect, "HDEL", 4));
      case "HSETEX" -> setFields(effect, to);
      default -> to.add(effect);
    }
  }

  private void requireFieldTimes(String name) {
    if (!fieldsExpire) {
      throw new UnsayableException(
          name + ": fields of hashes expire now, and its snapshot was of an older version");
    }
  }

  /** Another command on the same key, with the words from there on. */
  private static Effect with(Effect effect, String name, int from) {
    byte[][] words = effect.words();
    byte[][] other = new byte[2 + words.length - from][];
    other[0] = word(name);
    other[1] = words[1];
    System.arraycopy(words, from, other, 2, words.length - from);
    return new Effect(effect.database(), other);
  }

  /** {@code HSETEX key [PXAT ms | KEEPTTL] FIELDS count field value …}, which Redis 8 knows. */
  private void setFields(Effect effect, List<Effect> to) {
    byte[][] words = effect.words();
    String option = new String(words[2], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
    switch (option) {
      case "FIELDS" -> to.add(with(effect, "HSET", 4));
      case "PXAT" -> {
        requireFieldTimes("HSETEX");
        to.add(with(effect, "HSET", 6));
        to.add(times(effect, words));
      }
      case "KEEPTTL" -> {
        if (fieldsExpire) {
          throw new UnsayableException("HSETEX KEEPTTL: not every version with such fields has it");
        }
        // There are no times to keep.
        to.add(with(effect, "HSET", 5));
      }
      default -> throw new IllegalStateException("HSETEX with " + option);
    }
  }

  private static Effect times(Effect effect, byte[][] words) {
    int count = (words.length - 6) / 2;
    byte[][] times = new byte[5 + count][];
    times[0] = word("HPEXPIREAT");
    times[1] = words[1];
    times[2] = words[3];
    times[3] = word("FIELDS");
    times[4] = word("" + count);
    for (int i = 0; i < count; i++) {
      times[5 + i] = words[6 + 2 * i];
    }
    return new Effect(effect.database(), times);
  }

  /** A payload goes out in the oldest version that has everything of it. */
  private byte[][] restore(byte[][] words) {
    byte[][] older = words.clone();
    byte[] payload;
    try {
      payload = ValueDump.encode(ValueDump.decode(words[PAYLOAD_PLACE], limits));
    } catch (ValueDump.WrongFooter | ValueDump.WrongValue e) {
      throw new IllegalStateException("a payload in the log can't be read", e);
    }
    int footer = payload.length - FOOTER_BYTES;
    int version = (payload[footer] & 0xff) | (payload[footer + 1] & 0xff) << 8;
    if (version >= RdbVersion.REDIS_7_4) {
      requireFieldTimes(RESTORE);
    }
    older[PAYLOAD_PLACE] = payload;
    return older;
  }

  private void select(int number) {
    if (number != database) {
      database = number;
      request(word("SELECT"), word("" + number));
    }
  }

  private void request(byte[]... words) {
    out.writeBytes(word("*" + words.length));
    out.writeBytes(END);
    for (byte[] each : words) {
      out.writeBytes(word("$" + each.length));
      out.writeBytes(END);
      out.writeBytes(each);
      out.writeBytes(END);
    }
  }

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
