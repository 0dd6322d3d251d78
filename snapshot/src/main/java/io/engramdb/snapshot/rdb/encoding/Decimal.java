package io.engramdb.snapshot.rdb.encoding;

/**
 * Decimal text of 64-bit numbers, in the one form that Redis takes for a number: no sign but a
 * minus, no leading zero, no minus zero. Only such text may be stored as a number, because only it
 * comes back unchanged.
 */
public final class Decimal {
  /** Bytes of the longest number, with its sign. */
  public static final int MAX_SIZE_BYTES = 20;

  private Decimal() {}

  /** The text of a number. */
  public static byte[] bytes(long number) {
    byte[] text = new byte[sizeBytes(number)];
    // Negative numbers reach further than positive ones, so the digits are taken from those.
    long rest = number < 0 ? number : -number;
    int at = text.length;
    do {
      text[--at] = (byte) ('0' - rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (number < 0) {
      text[--at] = '-';
    }
    return text;
  }

  private static int sizeBytes(long number) {
    long rest = number < 0 ? number : -number;
    int digits = number < 0 ? 2 : 1;
    while (rest <= -10) {
      rest /= 10;
      digits++;
    }
    return digits;
  }

  /** True if the text is exactly what {@link #bytes} gives for some number. */
  public static boolean isNumber(byte[] text) {
    int length = text.length;
    if (length == 0 || length > MAX_SIZE_BYTES) {
      return false;
    }
    boolean negative = text[0] == '-';
    int first = negative ? 1 : 0;
    int digits = length - first;
    if (digits == 0 || digits > MAX_SIZE_BYTES - 1) {
      return false;
    }
    if (text[first] == '0') {
      return length == 1;
    }
    for (int i = first; i < length; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    if (digits < MAX_SIZE_BYTES - 1) {
      return true;
    }
    // Nineteen digits may be too many: beyond the range the sum leaves the negative numbers.
    long sum = parseNegative(text, first);
    return sum < 0 && (negative || sum != Long.MIN_VALUE);
  }

  /** The number of a text for which {@link #isNumber} holds. */
  public static long parse(byte[] text) {
    boolean negative = text[0] == '-';
    long sum = parseNegative(text, negative ? 1 : 0);
    return negative ? sum : -sum;
  }

  private static long parseNegative(byte[] text, int first) {
    long sum = 0;
    for (int i = first; i < text.length; i++) {
      sum = sum * 10 - (text[i] - '0');
    }
    return sum;
  }
}
