package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.util.Arrays;

/**
 * A string: bytes with room to grow, overwritten in place whenever the new ones fit.
 *
 * <p>Numbers are kept as their digits; parsing twenty bytes costs less than a second representation
 * would in branches and memory. How Redis would store the string is remembered only as far as
 * OBJECT ENCODING shows it. Shard thread only.
 */
public final class StringValue extends Value {

  /** Bytes that a string can have at all. */
  public static final int MAX_BYTES = (1 << 30) - 1;

  /** A string of at most that many bytes shares one allocation with its header in Redis. */
  private static final int EMBEDDED_BYTES = 44;

  /** Doubling ends here: longer strings grow by this much at a time. */
  private static final int MAX_GROWTH_BYTES = 1024 * 1024;

  /** Unused bytes that a shorter new content may leave behind, beside its own length. */
  private static final int TOLERATED_SLACK_BYTES = 64;

  private static final int OWN_BYTES = HeapSize.OBJECT_HEADER_BYTES + 8;

  private static final int LENGTH_MASK = MAX_BYTES;

  /** Integer if the bytes read as one, otherwise by length. */
  private static final int FORM_PLAIN = 0;

  /** Never reported as an integer: the result of float arithmetic. */
  private static final int FORM_TEXT = 1 << 30;

  /** Changed in part, which Redis does only to its growable form. */
  private static final int FORM_GROWN = 1 << 31;

  private byte[] bytes;

  /** Length in the low 30 bits, form in the upper two: one field less for each key. */
  private int lengthAndForm;

  /** A copy of these bytes. */
  public StringValue(byte[] source, int offset, int length) {
    Invariant.check(length <= MAX_BYTES, "string of %d bytes", length);
    this.bytes = Arrays.copyOfRange(source, offset, offset + length);
    this.lengthAndForm = length;
  }

  private StringValue(byte[] bytes, int lengthAndForm) {
    this.bytes = bytes;
    this.lengthAndForm = lengthAndForm;
  }

  /** A number in decimal. */
  public static StringValue ofLong(long value) {
    byte[] digits = DecimalLong.bytes(value);
    return new StringValue(digits, digits.length);
  }

  /** That many zero bytes, of the growable form. */
  public static StringValue zeros(int length) {
    return new StringValue(new byte[length], length | FORM_GROWN);
  }

  /** The bytes from index 0 on; those at {@link #length} and behind mean nothing. */
  public byte[] array() {
    return bytes;
  }

  public int length() {
    return lengthAndForm & LENGTH_MASK;
  }

  /** The bytes as a range; valid until the next change. */
  public ByteRange range() {
    return new ByteRange(bytes, 0, length());
  }

  public boolean isLong() {
    return DecimalLong.isLong(bytes, 0, length());
  }

  /** The number, where {@link #isLong}. */
  public long longValue() {
    return DecimalLong.parseLong(bytes, 0, length());
  }

  /** Exchanges the content, in place if there is room (and not far too much of it). */
  public void assign(byte[] source, int offset, int length) {
    if (length <= bytes.length && bytes.length - length <= length + TOLERATED_SLACK_BYTES) {
      System.arraycopy(source, offset, bytes, 0, length);
    } else {
      bytes = Arrays.copyOfRange(source, offset, offset + length);
    }
    lengthAndForm = length;
  }

  /** Exchanges the content for text that is not an integer to Redis, whatever it looks like. */
  public void assignText(byte[] source) {
    assign(source, 0, source.length);
    lengthAndForm = source.length | FORM_TEXT;
  }

  /** Exchanges the content for a number in decimal. */
  public void assignLong(long value) {
    int length = DecimalLong.lengthOf(value);
    if (length > bytes.length || bytes.length - length > length + TOLERATED_SLACK_BYTES) {
      bytes = new byte[length];
    }
    DecimalLong.write(value, bytes, 0);
    lengthAndForm = length;
  }

  /** Adds bytes at the end. */
  public void append(byte[] source, int offset, int length) {
    writeAt(length(), source, offset, length);
  }

  /** Overwrites bytes from {@code at} on; what lies between the old end and there is zero. */
  public void writeAt(int at, byte[] source, int offset, int length) {
    int oldLength = length();
    int end = Math.addExact(at, length);
    Invariant.check(end <= LENGTH_MASK, "string of %d bytes", end);
    if (end > bytes.length) {
      int room = end + Math.min(end, MAX_GROWTH_BYTES);
      bytes = Arrays.copyOf(bytes, Math.min(room, LENGTH_MASK));
    }
    if (at > oldLength) {
      // A shorter content may have been assigned over a longer one.
      Arrays.fill(bytes, oldLength, at, (byte) 0);
    }
    System.arraycopy(source, offset, bytes, at, length);
    lengthAndForm = Math.max(oldLength, end) | FORM_GROWN;
  }

  /** Exchanges a range of bytes for others, more or fewer; what is behind it moves. */
  public void splice(int at, int removed, byte[] source, int offset, int added) {
    int oldLength = length();
    int newLength = oldLength - removed + added;
    Invariant.check(newLength <= LENGTH_MASK, "string of %d bytes", newLength);
    byte[] target = bytes;
    if (newLength > bytes.length) {
      target = Arrays.copyOf(bytes, Math.min(newLength + newLength / 2, LENGTH_MASK));
    }
    System.arraycopy(bytes, at + removed, target, at + added, oldLength - at - removed);
    System.arraycopy(source, offset, target, at, added);
    bytes = target;
    lengthAndForm = newLength | FORM_GROWN;
  }

  /** Makes it at least that long, with zeros, and of the growable form. */
  public void growTo(int length) {
    writeAt(Math.max(length, length()), bytes, 0, 0);
  }

  @Override
  public int preload() {
    return bytes.length == 0 ? 0 : bytes[0];
  }

  @Override
  public ValueType type() {
    return ValueType.STRING;
  }

  @Override
  public String encoding() {
    int form = lengthAndForm & ~LENGTH_MASK;
    if (form == FORM_GROWN) {
      return "raw";
    }
    if (form == FORM_PLAIN && isLong()) {
      return "int";
    }
    return length() <= EMBEDDED_BYTES ? "embstr" : "raw";
  }

  @Override
  public long sizeBytes() {
    return OWN_BYTES + HeapSize.ofArray(bytes.length);
  }

  @Override
  public void validate() {
    Invariant.check(length() <= bytes.length, "length %d of %d bytes", length(), bytes.length);
  }

  @Override
  public Value copy() {
    return new StringValue(Arrays.copyOf(bytes, length()), lengthAndForm);
  }
}
