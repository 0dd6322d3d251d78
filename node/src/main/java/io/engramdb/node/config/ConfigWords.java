package io.engramdb.node.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits a line into words and writes words back, in the grammar of redis.conf: words between
 * blanks; double quotes with the escapes {@code \n \r \t \b \a \xHH} and backslash before any other
 * character; single quotes in which only {@code \'} is an escape.
 */
final class ConfigWords {

  private final String line;
  private int at;

  private ConfigWords(String line) {
    this.line = line;
  }

  /** The words of a line, or null if its quotes don't match. */
  static @Nullable List<String> split(String line) {
    return new ConfigWords(line).words();
  }

  private @Nullable List<String> words() {
    List<String> words = new ArrayList<>();
    while (true) {
      while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      StringBuilder word = new StringBuilder();
      if (!readWord(word)) {
        return null;
      }
      words.add(word.toString());
    }
  }

  private boolean readWord(StringBuilder word) {
    while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
      char c = line.charAt(at++);
      if (c == '"' || c == '\'') {
        // A closing quote ends the word: what follows must be a blank or the end.
        return (c == '"' ? readDouble(word) : readSingle(word))
            && (at == line.length() || Character.isWhitespace(line.charAt(at)));
      }
      word.append(c);
    }
    return true;
  }

  private boolean readSingle(StringBuilder word) {
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '\'') {
        return true;
      }
      if (c == '\\' && at < line.length() && line.charAt(at) == '\'') {
        at++;
        c = '\'';
      }
      word.append(c);
    }
    return false;
  }

  private boolean readDouble(StringBuilder word) {
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '"') {
        return true;
      }
      if (c == '\\' && at < line.length()) {
        word.append(escaped());
      } else {
        word.append(c);
      }
    }
    return false;
  }

  private char escaped() {
    char c = line.charAt(at++);
    if (c == 'x' && at + 2 <= line.length()) {
      int high = Character.digit(line.charAt(at), 16);
      int low = Character.digit(line.charAt(at + 1), 16);
      if (high >= 0 && low >= 0) {
        at += 2;
        return (char) (high * 16 + low);
      }
    }
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> c;
    };
  }

  /** A word as a file must write it: in quotes where it would not be read back otherwise. */
  static String quote(String word) {
    boolean plain = !word.isEmpty() && word.charAt(0) != '#';
    for (int i = 0; i < word.length() && plain; i++) {
      char c = word.charAt(i);
      plain = c > ' ' && c != '"' && c != '\'' && c != '\\' && c != 127;
    }
    if (plain) {
      return word;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : word.toCharArray()) {
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> quoted.append(c < ' ' ? String.format("\\x%02x", (int) c) : c);
      }
    }
    return quoted.append('"').toString();
  }
}
