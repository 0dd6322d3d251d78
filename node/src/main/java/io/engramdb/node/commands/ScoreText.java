package io.engramdb.node.commands;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Doubles in requests, as C's strtod reads them: decimal or hexadecimal with an optional exponent,
 * infinity; NaN stands for what is none.
 *
 * <p>Short decimals, which is what clients send, are read without a String: up to fifteen digits
 * and a power of ten up to 22 are exact as doubles, so that one division rounds correctly (W. D.
 * Clinger, How to read floating point numbers accurately, 1990).
 */
final class ScoreText {

  private static final int MAX_EXACT_DIGITS = 15;

  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };

  private static final Pattern DECIMAL =
      Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");
  private static final Pattern HEXADECIMAL =
      Pattern.compile("0[xX]([0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)([pP][-+]?[0-9]+)?");
  private static final Pattern NON_ZERO = Pattern.compile("[1-9a-fA-F]");

  /** Significant digits of {@link #generalBytes}. */
  private static final MathContext GENERAL = new MathContext(17, RoundingMode.HALF_EVEN);

  private ScoreText() {}

  /** A score or increment; NaN if it is none, too large or too small. */
  static double score(byte[] array, int offset, int length) {
    double exact = exact(array, offset, length);
    return Double.isNaN(exact) ? slow(array, offset, length, true) : exact;
  }

  /**
   * A border of a range, read to its end or first zero byte: leading spaces are skipped, nothing at
   * all is 0, too large is infinite. NaN if it is none.
   */
  static double bound(byte[] array, int offset, int length) {
    return text(array, offset, length, false);
  }

  /** What SORT reads out of a text: as a border, but NaN if too large or too small. */
  static double sortable(byte[] text) {
    return text(text, 0, text.length, true);
  }

  private static double text(byte[] array, int offset, int length, boolean inRange) {
    double exact = exact(array, offset, length);
    if (!Double.isNaN(exact)) {
      return exact;
    }
    int end = offset;
    while (end < offset + length && array[end] != 0) {
      end++;
    }
    if (end == offset) {
      return 0;
    }
    int start = offset;
    while (start < end && (array[start] == ' ' || (array[start] >= '\t' && array[start] <= '\r'))) {
      start++;
    }
    return slow(array, start, end - start, inRange);
  }

  /** The value of a short decimal; NaN for anything else. */
  private static double exact(byte[] array, int offset, int length) {
    if (length == 0 || length > MAX_EXACT_DIGITS + 2) {
      return Double.NaN;
    }
    int at = offset;
    int end = offset + length;
    boolean negative = array[at] == '-';
    if (negative) {
      at++;
    }
    long digits = 0;
    int count = 0;
    int places = -1;
    for (; at < end; at++) {
      int c = array[at];
      if (c >= '0' && c <= '9') {
        digits = digits * 10 + (c - '0');
        count++;
        places += places >= 0 ? 1 : 0;
      } else if (c == '.' && places < 0) {
        places = 0;
      } else {
        return Double.NaN;
      }
    }
    if (count == 0 || count > MAX_EXACT_DIGITS) {
      return Double.NaN;
    }
    double value = places <= 0 ? digits : digits / POWERS_OF_TEN[places];
    return negative ? -value : value;
  }

  private static double slow(byte[] array, int offset, int length, boolean inRange) {
    String text = new String(array, offset, length, StandardCharsets.ISO_8859_1);
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String digits = signed ? text.substring(1) : text;
    double value;
    if (digits.equalsIgnoreCase("inf") || digits.equalsIgnoreCase("infinity")) {
      value = Double.POSITIVE_INFINITY;
    } else if (DECIMAL.matcher(digits).matches()) {
      value = Double.parseDouble(digits);
    } else if (HEXADECIMAL.matcher(digits).matches()) {
      String lower = digits.toLowerCase(Locale.ROOT);
      value = Double.parseDouble(lower.indexOf('p') < 0 ? lower + "p0" : lower);
    } else {
      return Double.NaN;
    }
    if (inRange && !digits.startsWith("i") && !digits.startsWith("I")) {
      boolean vanished = value == 0 && NON_ZERO.matcher(mantissa(digits)).find();
      if (Double.isInfinite(value) || vanished) {
        return Double.NaN;
      }
    }
    return text.startsWith("-") ? -value : value;
  }

  private static String mantissa(String digits) {
    boolean hexadecimal = digits.startsWith("0x") || digits.startsWith("0X");
    String plain = hexadecimal ? digits.substring(2) : digits;
    return plain.split(hexadecimal ? "[pP]" : "[eE]", 2)[0];
  }

  /** A score with seventeen digits and without trailing zeros (C's {@code %.17g}), for ZSCAN. */
  static byte[] generalBytes(double value) {
    return general(value).getBytes(StandardCharsets.US_ASCII);
  }

  private static String general(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(GENERAL).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < GENERAL.getPrecision()) {
      return rounded.toPlainString();
    }
    String digits = rounded.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String sign = value < 0 ? "-" : "";
    String places = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
    return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + places;
  }
}
