package io.engramdb.node.commands;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Float arithmetic of INCRBYFLOAT and HINCRBYFLOAT: the 80-bit extended precision of x86, which
 * Redis computes with, done in software so that every machine gets the same digits.
 *
 * <p>A value is a {@link BigDecimal} that 64 bits of mantissa can hold exactly; results are rounded
 * to the nearest such value, ties to even. Text has at most 17 decimal places, trailing zeros
 * dropped. Infinity is represented by null.
 */
final class ExtendedFloat {

  private static final int MANTISSA_BITS = 64;

  /** Places behind the point in text. */
  private static final int TEXT_PLACES = 17;

  /** Longest text that is parsed, bytes; Redis takes no more either. */
  private static final int MAX_TEXT_BYTES = 5 * 1024;

  /** Decimal exponents outside plus and minus this overflow or underflow. */
  private static final int MAX_DECIMAL_EXPONENT = 4951;

  /** Binary exponents outside plus and minus this overflow or underflow. */
  private static final int MAX_BINARY_EXPONENT = 16_445;

  /** As in C: digits before and behind a point, then an exponent of two in decimal. */
  private static final Pattern HEXADECIMAL =
      Pattern.compile("0[xX]([0-9a-fA-F]*)(?:\\.([0-9a-fA-F]*))?(?:[pP]([-+]?[0-9]{1,8}))?");

  private static final BigDecimal GREATEST =
      new BigDecimal(
          BigInteger.ONE
              .shiftLeft(MANTISSA_BITS)
              .subtract(BigInteger.ONE)
              .shiftLeft(16384 - MANTISSA_BITS));

  private ExtendedFloat() {}

  /** What a text turned out to be. */
  enum Kind {
    FINITE,
    INFINITE,
    INVALID
  }

  /** A parsed text; the value is null unless finite. */
  record Parsed(Kind kind, @Nullable BigDecimal value) {
    static final Parsed INVALID = new Parsed(Kind.INVALID, null);
    static final Parsed INFINITE = new Parsed(Kind.INFINITE, null);
  }

  /** Parses a whole range: decimal or hexadecimal with optional exponent, or infinity. */
  static Parsed parse(byte[] buffer, int offset, int length) {
    if (length == 0 || length > MAX_TEXT_BYTES) {
      return Parsed.INVALID;
    }
    String text = new String(buffer, offset, length, StandardCharsets.ISO_8859_1);
    String unsigned = text.charAt(0) == '-' || text.charAt(0) == '+' ? text.substring(1) : text;
    if (unsigned.equalsIgnoreCase("inf") || unsigned.equalsIgnoreCase("infinity")) {
      return Parsed.INFINITE;
    }
    BigDecimal exact = isDecimal(unsigned) ? decimal(text) : hexadecimal(unsigned);
    if (exact == null) {
      return Parsed.INVALID;
    }
    if (text.charAt(0) == '-') {
      exact = exact.abs().negate();
    }
    if (exact.signum() == 0) {
      return new Parsed(Kind.FINITE, BigDecimal.ZERO);
    }
    long order = (long) exact.precision() - exact.scale();
    if (Math.abs(order) > MAX_DECIMAL_EXPONENT) {
      return Parsed.INVALID;
    }
    BigDecimal rounded = round(exact);
    return rounded.abs().compareTo(GREATEST) > 0
        ? Parsed.INVALID
        : new Parsed(Kind.FINITE, rounded);
  }

  private static @Nullable BigDecimal decimal(String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      // The exponent alone is beyond 32 bits.
      return null;
    }
  }

  private static @Nullable BigDecimal hexadecimal(String unsigned) {
    Matcher matcher = HEXADECIMAL.matcher(unsigned);
    if (!matcher.matches()) {
      return null;
    }
    String fraction = matcher.group(2) == null ? "" : matcher.group(2);
    String digits = matcher.group(1) + fraction;
    if (digits.isEmpty()) {
      return null;
    }
    BigInteger mantissa = new BigInteger(digits, 16);
    if (mantissa.signum() == 0) {
      return BigDecimal.ZERO;
    }
    int exponent = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
    int shift = exponent - 4 * fraction.length();
    if (Math.abs(mantissa.bitLength() + shift) > MAX_BINARY_EXPONENT) {
      return null;
    }
    return shift >= 0
        ? new BigDecimal(mantissa.shiftLeft(shift))
        : new BigDecimal(mantissa).divide(powerOfTwo(-shift));
  }

  private static boolean isDecimal(String text) {
    int at = 0;
    int digits = 0;
    boolean point = false;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '.' && !point) {
        point = true;
      } else if (c >= '0' && c <= '9') {
        digits++;
      } else {
        break;
      }
    }
    if (digits == 0 || at == text.length()) {
      return digits > 0;
    }
    if (text.charAt(at) != 'e' && text.charAt(at) != 'E') {
      return false;
    }
    at++;
    if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
      at++;
    }
    int exponentAt = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at == text.length() && at > exponentAt;
  }

  /** The sum, or null if it is infinite. */
  static @Nullable BigDecimal add(BigDecimal first, BigDecimal second) {
    BigDecimal sum = round(first.add(second));
    return sum.abs().compareTo(GREATEST) > 0 ? null : sum;
  }

  /** The nearest value with a mantissa of 64 bits. */
  private static BigDecimal round(BigDecimal exact) {
    if (exact.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigDecimal magnitude = exact.abs();
    // 2^shift × magnitude shall have 64 bits before the point: estimate the shift, then correct it.
    int order = magnitude.precision() - magnitude.scale();
    int shift = MANTISSA_BITS - (int) Math.ceil(order / Math.log10(2));
    // Found without rounding: what is rounded up to a power of two would look one bit too long.
    int bits = scaled(magnitude, shift, RoundingMode.DOWN).bitLength();
    while (bits != MANTISSA_BITS) {
      shift += MANTISSA_BITS - bits;
      bits = scaled(magnitude, shift, RoundingMode.DOWN).bitLength();
    }
    BigInteger mantissa = scaled(magnitude, shift, RoundingMode.HALF_EVEN);
    BigDecimal rounded = new BigDecimal(mantissa);
    rounded = shift >= 0 ? rounded.divide(powerOfTwo(shift)) : rounded.multiply(powerOfTwo(-shift));
    return exact.signum() < 0 ? rounded.negate() : rounded;
  }

  /** The magnitude times 2^shift as an integer. */
  private static BigInteger scaled(BigDecimal magnitude, int shift, RoundingMode rounding) {
    BigDecimal product =
        shift >= 0
            ? magnitude.multiply(powerOfTwo(shift))
            : magnitude.divide(powerOfTwo(-shift), MathContext.UNLIMITED);
    return product.setScale(0, rounding).toBigInteger();
  }

  private static BigDecimal powerOfTwo(int exponent) {
    return new BigDecimal(BigInteger.ONE.shiftLeft(exponent));
  }

  /** A value in plain decimal. */
  static byte[] text(BigDecimal value) {
    BigDecimal shown = value.setScale(TEXT_PLACES, RoundingMode.HALF_EVEN).stripTrailingZeros();
    String text = shown.signum() == 0 ? "0" : shown.toPlainString();
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
