package io.engramdb.node.resp;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The protocol as plainly as it can be written, over the whole input at once: what the decoder is
 * compared with. Bytes are characters (ISO 8859-1). Knows no limits before a login.
 */
final class NaiveParser {

  private static final Pattern NUMBER = Pattern.compile("0|-?[1-9][0-9]{0,18}");

  private final String input;
  private int at;

  final List<List<String>> requests = new ArrayList<>();
  String error = "";

  NaiveParser(String input) {
    this.input = input;
  }

  NaiveParser parse() {
    while (at < input.length() && error.isEmpty()) {
      boolean more = input.charAt(at) == '*' ? multibulk() : inline();
      if (!more) {
        break;
      }
    }
    return this;
  }

  private boolean fail(String text) {
    error = "Protocol error: " + text;
    return false;
  }

  private boolean multibulk() {
    int line = input.indexOf('\r', at);
    if (line < 0 || line + 2 > input.length()) {
      return false;
    }
    long count = number(at + 1, line, Integer.MAX_VALUE);
    if (count == Long.MIN_VALUE) {
      return fail("invalid multibulk length");
    }
    int next = line + 2;
    List<String> words = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      line = input.indexOf('\r', next);
      if (line < 0 || line + 2 > input.length()) {
        return false;
      }
      if (input.charAt(next) != '$') {
        return fail("expected '$', got '" + input.charAt(next) + "'");
      }
      long length = number(next + 1, line, 512L << 20);
      if (length < 0) {
        return fail("invalid bulk length");
      }
      next = line + 2;
      if (next + length + 2 > input.length()) {
        return false;
      }
      words.add(input.substring(next, (int) (next + length)));
      next += (int) length + 2;
    }
    at = next;
    if (count > 0) {
      requests.add(words);
    }
    return true;
  }

  private long number(int from, int to, long greatest) {
    String text = input.substring(from, to);
    if (!NUMBER.matcher(text).matches() || text.equals("-0")) {
      return Long.MIN_VALUE;
    }
    try {
      long value = Long.parseLong(text);
      return value > greatest ? Long.MIN_VALUE : value;
    } catch (NumberFormatException e) {
      return Long.MIN_VALUE;
    }
  }

  private boolean inline() {
    int line = input.indexOf('\n', at);
    if (line < 0) {
      return false;
    }
    String text = input.substring(at, line);
    if (text.endsWith("\r")) {
      text = text.substring(0, text.length() - 1);
    }
    if (text.indexOf(0) >= 0) {
      text = text.substring(0, text.indexOf(0));
    }
    List<String> words = split(text);
    if (words == null) {
      return fail("unbalanced quotes in request");
    }
    at = line + 1;
    if (!words.isEmpty()) {
      requests.add(words);
    }
    return true;
  }

  private static final String SPACE = "[ \\t\\n\\x0B\\f\\r]";
  private static final Pattern WORD =
      Pattern.compile(
          SPACE
              + "*+([^ \\t\\n\\r\"']*+)"
              + "(?:\"((?:[^\"\\\\]|\\\\[\\s\\S])*+)\"(?="
              + SPACE
              + "|\\z)|'((?:[^'\\\\]|\\\\'|\\\\(?!'))*)'(?="
              + SPACE
              + "|\\z)|(?=[ \\t\\n\\r]|\\z))");

  private static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    var matcher = WORD.matcher(text);
    int from = 0;
    while (!text.substring(from).matches(SPACE + "*")) {
      if (!matcher.find(from) || matcher.start() != from) {
        return null;
      }
      String word = matcher.group(1);
      if (matcher.group(2) != null) {
        word += unescape(matcher.group(2));
      } else if (matcher.group(3) != null) {
        word += matcher.group(3).replace("\\'", "'");
      }
      words.add(word);
      from = matcher.end();
    }
    return words;
  }

  private static String unescape(String text) {
    var escape = Pattern.compile("\\\\(?:x([0-9a-fA-F]{2})|([\\s\\S]))").matcher(text);
    return escape.replaceAll(
        match -> {
          String plain;
          if (match.group(1) != null) {
            plain = String.valueOf((char) Integer.parseInt(match.group(1), 16));
          } else {
            int place = "nrtba".indexOf(match.group(2));
            plain = place < 0 ? match.group(2) : "\n\r\t\b\u0007".substring(place, place + 1);
          }
          return java.util.regex.Matcher.quoteReplacement(plain);
        });
  }
}
