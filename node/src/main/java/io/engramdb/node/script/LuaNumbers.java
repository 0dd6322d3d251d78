package io.engramdb.node.script;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as C's {@code printf} writes them with {@code %.NNg}; Lua's own texts are such. */
final class LuaNumbers {

  /** Largest integer up to which every integer is a double. */
  private static final double EXACT = 1L << 53;

  private LuaNumbers() {}

  /** A number with that many significant digits at most, without trailing zeros. */
  static String general(double value, int digits) {
    if (value == Math.rint(value) && Math.abs(value) < EXACT && digits >= 16) {
      return value == 0 && 1 / value < 0 ? "-0" : Long.toString((long) value);
    }
    if (Double.isNaN(value)) {
      return Double.doubleToRawLongBits(value) < 0 ? "-nan" : "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    int precision = Math.max(1, digits);
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal stripped = rounded.stripTrailingZeros();
    if (exponent >= -4 && exponent < precision) {
      return stripped.toPlainString();
    }
    String plain = stripped.unscaledValue().abs().toString();
    StringBuilder text = new StringBuilder();
    text.append(value < 0 ? "-" : "").append(plain.charAt(0));
    if (plain.length() > 1) {
      text.append('.').append(plain, 1, plain.length());
    }
    int size = Math.abs(exponent);
    text.append('e').append(exponent < 0 ? '-' : '+').append(size < 10 ? "0" : "").append(size);
    return text.toString();
  }
}
