package io.engramdb.node.resp;

import io.engramdb.node.command.Args;

/**
 * Splits an inline request into words by the quoting rules of Redis ({@code sdssplitargs}): double
 * quotes with escapes, single quotes in which only {@code \'} is special, and after a closing quote
 * the word must end.
 *
 * <p>Words are decoded in place, because the decoded form is never longer.
 */
final class InlineWords {

  private InlineWords() {}

  /**
   * Splits the line and adds its words. A NUL byte ends the line, as it does in C.
   *
   * @return false if a quote is not closed or text follows a closing quote
   */
  static boolean split(byte[] line, int start, int lineEnd, Args args) {
    int end = start;
    while (end < lineEnd && line[end] != 0) {
      end++;
    }
    int at = start;
    while (true) {
      while (at < end && isSpace(line[at])) {
        at++;
      }
      if (at == end) {
        return true;
      }
      at = word(line, at, end, args);
      if (at < 0) {
        return false;
      }
    }
  }

  /** Decodes one word; the offset behind it, or -1. */
  private static int word(byte[] line, int start, int end, Args args) {
    int at = start;
    int out = start;
    while (at < end && !endsWord(line[at])) {
      byte c = line[at];
      if (c != '"' && c != '\'') {
        line[out++] = c;
        at++;
        continue;
      }
      at++;
      while (at < end && line[at] != c) {
        if (c == '"' && line[at] == '\\' && at + 1 < end) {
          if (isHexEscape(line, at, end)) {
            line[out++] = (byte) (hex(line[at + 2]) << 4 | hex(line[at + 3]));
            at += 4;
          } else {
            line[out++] = escaped(line[at + 1]);
            at += 2;
          }
        } else if (c == '\'' && line[at] == '\\' && at + 1 < end && line[at + 1] == '\'') {
          line[out++] = '\'';
          at += 2;
        } else {
          line[out++] = line[at++];
        }
      }
      // Not closed, or text right behind the closing quote.
      if (at == end || (at + 1 < end && !isSpace(line[at + 1]))) {
        return -1;
      }
      at++;
      break;
    }
    args.add(start, out - start);
    return at;
  }

  private static boolean isHexEscape(byte[] line, int at, int end) {
    return at + 3 < end && line[at + 1] == 'x' && hex(line[at + 2]) >= 0 && hex(line[at + 3]) >= 0;
  }

  private static int hex(byte c) {
    return c < 0 ? -1 : Character.digit((char) c, 16);
  }

  private static byte escaped(byte c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> c;
    };
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean endsWord(byte c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }
}
