package io.engramdb.node.scripts;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** Requests as text: words separated by spaces, in double quotes with escapes where needed. */
final class Words {

  private Words() {}

  /** Splits a line into words, one char per byte. */
  static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    int[] at = {0};
    while (at[0] < line.length()) {
      if (line.charAt(at[0]) == ' ') {
        at[0]++;
      } else if (line.charAt(at[0]) == '"') {
        words.add(unquote(line, at[0], end -> at[0] = end));
      } else {
        int end = line.indexOf(' ', at[0]);
        end = end < 0 ? line.length() : end;
        words.add(expand(line.substring(at[0], end)));
        at[0] = end;
      }
    }
    return words;
  }

  /** {@code x*100} is a word of a hundred letters x. */
  private static String expand(String word) {
    if (!word.matches("[a-z]\\*[0-9]+")) {
      return word;
    }
    return word.substring(0, 1).repeat(Integer.parseInt(word.substring(2)));
  }

  /** The words as a line. */
  static String join(List<String> words) {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      line.append(line.isEmpty() ? "" : " ");
      boolean plain = !word.isEmpty() && word.chars().allMatch(c -> c > ' ' && c <= '~');
      boolean quoted = word.contains("\"") || word.contains("\\") || word.matches("[a-z]\\*[0-9]+");
      line.append(plain && !quoted ? word : Reply.quote(word));
    }
    return line.toString();
  }

  /** The text of the quoted word that begins at {@code from}; reports where it ends. */
  static String unquote(String line, int from, IntConsumer end) {
    StringBuilder text = new StringBuilder();
    int at = from + 1;
    while (line.charAt(at) != '"') {
      char c = line.charAt(at++);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char escaped = line.charAt(at++);
      switch (escaped) {
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'x' -> {
          text.append((char) Integer.parseInt(line.substring(at, at + 2), 16));
          at += 2;
        }
        default -> text.append(escaped);
      }
    }
    end.accept(at + 1);
    return text.toString();
  }
}
