package io.engramdb.node.engine;

import io.engramdb.node.base.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a function library, {@code #!lua name=mylib}: all that has to be known of a
 * library to keep it, so that a replica or the reader of a file needs no interpreter.
 *
 * @param name letters, digits and underscores
 * @param codeAt where the code begins: at the end of that line, so that lines keep their numbers
 */
public record LibraryHead(Bytes name, int codeAt) {

  private static final String MARK = "#!";
  private static final String NAME = "name=";
  private static final String ENGINE = "lua";
  private static final String BROKEN = "Invalid library metadata";

  /**
   * Reads the first line of a library.
   *
   * @throws IllegalArgumentException in the words that a client is told
   */
  public static LibraryHead of(byte[] text) {
    if (text.length < MARK.length() || text[0] != '#' || text[1] != '!') {
      throw new IllegalArgumentException("Missing library metadata");
    }
    int end = 0;
    while (end < text.length && text[end] != '\n') {
      end++;
    }
    if (end == text.length) {
      throw new IllegalArgumentException(BROKEN);
    }
    List<String> words = words(new String(text, 0, end, StandardCharsets.ISO_8859_1));
    String name = null;
    for (String word : words.subList(1, words.size())) {
      if (!word.toLowerCase(Locale.ROOT).startsWith(NAME)) {
        throw new IllegalArgumentException("Invalid metadata value given: " + word);
      }
      if (name != null) {
        throw new IllegalArgumentException(
            "Invalid metadata value, name argument was given multiple times");
      }
      name = word.substring(NAME.length());
    }
    return new LibraryHead(checked(name, words.getFirst().substring(MARK.length())), end);
  }

  private static Bytes checked(@Nullable String name, String engine) {
    if (name == null) {
      throw new IllegalArgumentException("Library name was not given");
    }
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "Library names can only contain letters, numbers, or underscores(_) and must be at least"
              + " one character long");
    }
    if (!engine.equalsIgnoreCase(ENGINE)) {
      throw new IllegalArgumentException("Engine '" + engine + "' not found");
    }
    return Bytes.wrap(name.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Whether libraries and functions may be called so. */
  public static boolean isName(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && (c < '0' || c > '9') && c != '_') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Words between blanks; quotes hold one together and are no part of it. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      if (isBlank(line.charAt(at))) {
        at++;
        continue;
      }
      StringBuilder word = new StringBuilder();
      while (at < line.length() && !isBlank(line.charAt(at))) {
        char c = line.charAt(at++);
        if (c != '"' && c != '\'') {
          word.append(c);
          continue;
        }
        int close = line.indexOf(c, at);
        boolean ends = close + 1 == line.length();
        if (close < 0 || (!ends && !isBlank(line.charAt(close + 1)))) {
          throw new IllegalArgumentException(BROKEN);
        }
        word.append(line, at, close);
        at = close + 1;
      }
      words.add(word.toString());
    }
    return words;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
