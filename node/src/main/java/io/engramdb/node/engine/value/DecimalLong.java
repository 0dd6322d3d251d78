package io.engramdb.node.engine.value;

/**
 * 64-bit integers in ASCII, without a String. The strict form of Redis {@code string2ll}: an
 * optional minus, no plus, no spaces, no leading zeros, 64 bits.
 */
public final class DecimalLong {

  /** Longest decimal form of a long, with its sign. */
  public static final int MAX_LONG_DIGITS = 20;

  private static final byte[] MIN_LONG = "-9223372036854775808".getBytes();

  private DecimalLong() {}

  /** Whether the range is an integer in the strict form. */
  public static boolean isLong(byte[] buffer, int offset, int length) {
    if (length == 0 || length > MAX_LONG_DIGITS) {
      return false;
    }
    boolean negative = buffer[offset] == '-';
    int at = negative ? offset + 1 : offset;
    int digits = offset + length - at;
    if (digits == 0 || digits > 19) {
      return false;
    }
    if (buffer[at] == '0') {
      return digits == 1 && !negative;
    }
    long value = 0;
    for (int end = offset + length; at < end; at++) {
      int digit = buffer[at] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
    }
    // 19 digits never exceed an unsigned long, so a negative value is the only sign of overflow.
    return value >= 0 || (negative && value == Long.MIN_VALUE);
  }

  /** The integer in a range that {@link #isLong} accepts. */
  public static long parseLong(byte[] buffer, int offset, int length) {
    boolean negative = buffer[offset] == '-';
    long value = 0;
    for (int at = negative ? offset + 1 : offset, end = offset + length; at < end; at++) {
      value = value * 10 + (buffer[at] - '0');
    }
    return negative ? -value : value;
  }

  /** Decimal digits of a value, with its sign. */
  public static int lengthOf(long value) {
    if (value < 0) {
      return value == Long.MIN_VALUE ? MIN_LONG.length : 1 + lengthOf(-value);
    }
    int length = 1;
    long bound = 10;
    while (length < 19 && value >= bound) {
      length++;
      bound *= 10;
    }
    return length;
  }

  /**
   * Writes a value in decimal.
   *
   * @return the offset behind the last digit
   */
  public static int write(long value, byte[] buffer, int offset) {
    if (value == Long.MIN_VALUE) {
      System.arraycopy(MIN_LONG, 0, buffer, offset, MIN_LONG.length);
      return offset + MIN_LONG.length;
    }
    int end = offset + lengthOf(value);
    long rest = Math.abs(value);
    int at = end;
    do {
      buffer[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    if (value < 0) {
      buffer[--at] = '-';
    }
    return end;
  }

  /** A value in decimal as bytes. */
  public static byte[] bytes(long value) {
    byte[] bytes = new byte[lengthOf(value)];
    write(value, bytes, 0);
    return bytes;
  }
}
