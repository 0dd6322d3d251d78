package io.engramdb.node.command;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Doubles in ASCII, as replies and effects show them: the shortest decimal that reads back as the
 * same value.
 *
 * <p>The shape follows Redis 7.2: whole numbers below 2^52 as integers, up to seven trailing zeros
 * or leading fraction zeros written out, everything else with an exponent ({@code 1e+20}); {@code
 * inf}, {@code -inf}, {@code nan}, {@code -0}.
 */
public final class Doubles {

  /** Longest text that {@link #write} makes, bytes. */
  public static final int MAX_CHARS = 32;

  /** Whole numbers strictly between minus this and this are written as integers. */
  private static final double INTEGER_BOUND = 4503599627370496.0;

  /** Zeros that may stand behind the digits of a whole number before an exponent is used. */
  private static final int MAX_TRAILING_ZEROS = 7;

  /** Decimal places of a fraction from which on an exponent is used, if it is small too. */
  private static final int MAX_FRACTION_DIGITS = 7;

  /** Values of less than that many decimal orders around 1 never have an exponent. */
  private static final int PLAIN_ORDERS = 4;

  /** Digits of a double with an exponent, the sign counted as one. */
  private static final int MAX_DIGITS = 18;

  private Doubles() {}

  /** The text of a value as bytes. */
  public static byte[] bytes(double value) {
    byte[] buffer = new byte[MAX_CHARS];
    return Arrays.copyOf(buffer, write(value, buffer, 0));
  }

  /**
   * Writes a value; the buffer must have {@link #MAX_CHARS} bytes of room.
   *
   * @return the offset behind the last character
   */
  public static int write(double value, byte[] buffer, int offset) {
    if (Double.isNaN(value)) {
      return ascii("nan", buffer, offset);
    }
    if (Double.isInfinite(value)) {
      return ascii(value > 0 ? "inf" : "-inf", buffer, offset);
    }
    if (value == 0) {
      return ascii(1 / value < 0 ? "-0" : "0", buffer, offset);
    }
    if (value > -INTEGER_BOUND && value < INTEGER_BOUND && value == (long) value) {
      return Numbers.write((long) value, buffer, offset);
    }
    int at = offset;
    if (value < 0) {
      buffer[at++] = '-';
    }
    return shortest(Math.abs(value), value < 0, buffer, at);
  }

  private static int ascii(String text, byte[] buffer, int offset) {
    for (int i = 0; i < text.length(); i++) {
      buffer[offset + i] = (byte) text.charAt(i);
    }
    return offset + text.length();
  }

  /** Writes a positive value from the digits and the decimal exponent that the JDK finds. */
  private static int shortest(double value, boolean negative, byte[] buffer, int offset) {
    byte[] text = Double.toString(value).getBytes(StandardCharsets.ISO_8859_1);
    byte[] digits = new byte[text.length];
    int count = 0;
    int fractionDigits = 0;
    int exponent = 0;
    boolean behindPoint = false;
    for (int i = 0; i < text.length; i++) {
      byte c = text[i];
      if (c == 'E') {
        exponent = Integer.parseInt(new String(text, i + 1, text.length - i - 1));
        break;
      }
      if (c == '.') {
        behindPoint = true;
        continue;
      }
      if (count > 0 || c != '0') {
        digits[count++] = c;
      }
      if (behindPoint) {
        fractionDigits++;
      }
    }
    int scale = exponent - fractionDigits;
    while (digits[count - 1] == '0') {
      count--;
      scale++;
    }
    return layOut(digits, count, scale, negative, buffer, offset);
  }

  /** Writes {@code digits × 10^scale}. */
  private static int layOut(
      byte[] digits, int count, int scale, boolean negative, byte[] buffer, int offset) {
    int order = scale + count - 1;
    int at = offset;
    if (scale >= 0 && order < count + MAX_TRAILING_ZEROS) {
      at = put(digits, 0, count, buffer, at);
      return zeros(scale, buffer, at);
    }
    if (scale < 0 && (scale > -MAX_FRACTION_DIGITS || Math.abs(order) < PLAIN_ORDERS)) {
      int whole = count + scale;
      if (whole <= 0) {
        at = zeros(1, buffer, at);
        buffer[at++] = '.';
        at = zeros(-whole, buffer, at);
        return put(digits, 0, count, buffer, at);
      }
      at = put(digits, 0, whole, buffer, at);
      buffer[at++] = '.';
      return put(digits, whole, count, buffer, at);
    }
    int shown = Math.min(count, MAX_DIGITS - (negative ? 1 : 0));
    buffer[at++] = digits[0];
    if (shown > 1) {
      buffer[at++] = '.';
      at = put(digits, 1, shown, buffer, at);
    }
    buffer[at++] = 'e';
    buffer[at++] = (byte) (order < 0 ? '-' : '+');
    return Numbers.write(Math.abs(order), buffer, at);
  }

  private static int put(byte[] digits, int from, int to, byte[] buffer, int offset) {
    System.arraycopy(digits, from, buffer, offset, to - from);
    return offset + to - from;
  }

  private static int zeros(int count, byte[] buffer, int offset) {
    Arrays.fill(buffer, offset, offset + count, (byte) '0');
    return offset + count;
  }
}
