package io.engramdb.snapshot.tool;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Scores as C's {@code %.17g} writes them: 17 digits, enough for any double to come back. */
final class ScoreText {
  private static final MathContext DIGITS = new MathContext(17, RoundingMode.HALF_EVEN);
  private static final int MIN_FIXED_EXPONENT = -4;

  private ScoreText() {}

  static String of(double score) {
    if (Double.isInfinite(score)) {
      return score > 0 ? "inf" : "-inf";
    }
    String sign = Double.doubleToRawLongBits(score) < 0 ? "-" : "";
    if (score == 0) {
      return sign + "0";
    }
    BigDecimal rounded = new BigDecimal(Math.abs(score)).round(DIGITS);
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= MIN_FIXED_EXPONENT && exponent < DIGITS.getPrecision()) {
      return sign + rounded.stripTrailingZeros().toPlainString();
    }
    String digits = rounded.stripTrailingZeros().unscaledValue().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return sign + digits.charAt(0) + fraction + String.format("e%+03d", exponent);
  }
}
