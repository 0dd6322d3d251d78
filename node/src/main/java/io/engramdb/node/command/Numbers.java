package io.engramdb.node.command;

import io.engramdb.node.engine.value.DecimalLong;

/**
 * Integers in ASCII, for packages that do not see the engine; see {@link DecimalLong} for the form.
 */
public final class Numbers {

  /** Longest decimal form of a long, with its sign. */
  public static final int MAX_LONG_DIGITS = DecimalLong.MAX_LONG_DIGITS;

  private Numbers() {}

  /** Whether the range is an integer in the strict form. */
  public static boolean isLong(byte[] buffer, int offset, int length) {
    return DecimalLong.isLong(buffer, offset, length);
  }

  /** The integer in a range that {@link #isLong} accepts. */
  public static long parseLong(byte[] buffer, int offset, int length) {
    return DecimalLong.parseLong(buffer, offset, length);
  }

  /** Decimal digits of a value, with its sign. */
  public static int lengthOf(long value) {
    return DecimalLong.lengthOf(value);
  }

  /**
   * Writes a value in decimal.
   *
   * @return the offset behind the last digit
   */
  public static int write(long value, byte[] buffer, int offset) {
    return DecimalLong.write(value, buffer, offset);
  }

  /** A value in decimal as bytes. */
  public static byte[] bytes(long value) {
    return DecimalLong.bytes(value);
  }
}
