package io.engramdb.node.script;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers as C's {@code strtod} reads them. */
final class CNumber {

  private static final Pattern FORM =
      Pattern.compile(
          "[+-]?(?:0[xX](?:[0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?"
              + "|(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
              + "|(?i:infinity|inf|nan))");

  private CNumber() {}

  /** How much of a text's beginning is a number; 0 for nothing. */
  static int length(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.lookingAt() ? matcher.end() : 0;
  }

  /** The value of a text that is a number as a whole. */
  static double parse(String text) {
    boolean negative = text.startsWith("-");
    String bare = negative || text.startsWith("+") ? text.substring(1) : text;
    String lower = bare.toLowerCase(Locale.ROOT);
    double value;
    if (lower.startsWith("inf")) {
      value = Double.POSITIVE_INFINITY;
    } else if (lower.startsWith("nan")) {
      value = Double.NaN;
    } else if (lower.startsWith("0x")) {
      value = Double.parseDouble(lower.contains("p") ? lower : lower + "p0");
    } else {
      value = Double.parseDouble(lower);
    }
    return negative ? -value : value;
  }
}
