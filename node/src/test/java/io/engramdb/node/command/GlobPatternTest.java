package io.engramdb.node.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GlobPatternTest {

  private static boolean matches(String pattern, String text) {
    return GlobPattern.of(pattern.getBytes(StandardCharsets.ISO_8859_1))
        .matches(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void starsAndQuestionMarks() {
    assertTrue(matches("*", ""));
    assertTrue(matches("a*b", "ab"));
    assertTrue(matches("a*b", "axxbxb"));
    assertFalse(matches("a*b", "abx"));
    assertTrue(matches("?", "\u00ff"));
    assertFalse(matches("?", ""));
    assertFalse(matches("", "a"));
    assertTrue(matches("", ""));
    assertFalse(matches("**", ""));
    assertTrue(matches("**a**", "bab"));
  }

  @Test
  void classes() {
    assertTrue(matches("[abc]", "b"));
    assertFalse(matches("[^abc]", "b"));
    assertTrue(matches("[c-a]", "b"));
    assertTrue(matches("[\\]]", "]"));
    assertTrue(matches("[\\-x]", "-"));
    assertTrue(matches("[a", "a"));
    assertFalse(matches("[]", "]"));
    assertTrue(matches("[^]", "x"));
    // A range takes the bracket as its end, and the class is then unclosed.
    assertFalse(matches("[a-]", "-"));
    assertTrue(matches("[a-]", "^"));
    assertTrue(matches("[\u00f0-\u00ff]", "\u00f5"));
  }

  @Test
  void escapes() {
    assertTrue(matches("\\*", "*"));
    assertFalse(matches("\\*", "x"));
    assertTrue(matches("a\\", "a\\"));
    assertTrue(matches("\\a", "a"));
  }

  @Test
  void caseIsIgnoredOnRequest() {
    GlobPattern pattern = new GlobPattern("MaX*[A-c]".getBytes(StandardCharsets.US_ASCII), true);
    assertTrue(pattern.matches("maxmemoryB".getBytes(StandardCharsets.US_ASCII)));
    assertFalse(pattern.matches("mixB".getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void aHostilePatternDoesNotStall() {
    String pattern = "a*".repeat(1000) + "b";
    String text = "a".repeat(10_000);
    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertFalse(matches(pattern, text)));
  }

  /** The definition, word by word, with all the time in the world. */
  private static boolean naive(String pattern, String text) {
    if (pattern.isEmpty()) {
      return text.isEmpty();
    }
    char first = pattern.charAt(0);
    if (first == '*') {
      return naive(pattern.substring(1), text)
          || (!text.isEmpty() && naive(pattern, text.substring(1)));
    }
    boolean fits = !text.isEmpty() && (first == '?' || first == text.charAt(0));
    return fits && naive(pattern.substring(1), text.substring(1));
  }

  @Test
  void randomPatternsMatchWhatTheDefinitionSays() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      String pattern = word(random, "ab?*", 8);
      String text = "a" + word(random, "ab", 8);
      assertEquals(
          naive(pattern, text),
          matches(pattern, text),
          () -> pattern + " on " + text + " -Dseed=" + seed);
    }
  }

  private static String word(Random random, String letters, int maxLength) {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
      word.append(letters.charAt(random.nextInt(letters.length())));
    }
    return word.toString();
  }
}
