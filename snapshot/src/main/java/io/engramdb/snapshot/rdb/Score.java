package io.engramdb.snapshot.rdb;

import java.nio.charset.StandardCharsets;

/** Text of scores, as old files and packed sorted sets hold them. */
final class Score {
  /** Longest text that any server writes is far shorter. */
  private static final int MAX_TEXT_BYTES = 128;

  private Score() {}

  /**
   * Reads the decimal text of a score.
   *
   * @return NaN if it is none, which no score is
   */
  static double parse(byte[] text) {
    int length = text.length;
    if (length == 0 || length > MAX_TEXT_BYTES) {
      return Double.NaN;
    }
    int at = text[0] == '-' || text[0] == '+' ? 1 : 0;
    if (at < length && (text[at] | 0x20) == 'i') {
      return infinity(text, at);
    }
    int digits = 0;
    int point = 0;
    for (; at < length && (isDigit(text[at]) || text[at] == '.'); at++) {
      if (text[at] == '.') {
        point++;
      } else {
        digits++;
      }
    }
    if (digits == 0 || point > 1 || !isExponent(text, at)) {
      return Double.NaN;
    }
    return Double.parseDouble(new String(text, StandardCharsets.ISO_8859_1));
  }

  private static boolean isExponent(byte[] text, int from) {
    if (from == text.length) {
      return true;
    }
    if ((text[from] | 0x20) != 'e') {
      return false;
    }
    int at = from + 1;
    if (at < text.length && (text[at] == '-' || text[at] == '+')) {
      at++;
    }
    if (at == text.length) {
      return false;
    }
    while (at < text.length) {
      if (!isDigit(text[at++])) {
        return false;
      }
    }
    return true;
  }

  private static double infinity(byte[] text, int from) {
    String word = new String(text, from, text.length - from, StandardCharsets.ISO_8859_1);
    if (!word.equalsIgnoreCase("inf") && !word.equalsIgnoreCase("infinity")) {
      return Double.NaN;
    }
    return text[0] == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  private static boolean isDigit(byte each) {
    return each >= '0' && each <= '9';
  }

  /**
   * Text from which {@link #parse} makes the same score again; numbers without a point if whole.
   */
  static byte[] text(double score) {
    if (Double.isInfinite(score)) {
      return (score > 0 ? "inf" : "-inf").getBytes(StandardCharsets.ISO_8859_1);
    }
    long whole = (long) score;
    boolean isWhole = whole == score && Math.abs(whole) < 1L << 53;
    boolean isMinusZero = score == 0 && 1 / score < 0;
    String text = isMinusZero ? "-0" : isWhole ? Long.toString(whole) : Double.toString(score);
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
