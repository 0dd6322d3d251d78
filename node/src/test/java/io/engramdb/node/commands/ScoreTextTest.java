package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoreTextTest {

  private static double score(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ScoreText.score(bytes, 0, bytes.length);
  }

  private static double bound(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ScoreText.bound(bytes, 0, bytes.length);
  }

  @Test
  void everyDecimalIsTheNearestDouble() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      long digits = random.nextLong() >> random.nextInt(64);
      String text = new BigDecimal(digits).movePointLeft(random.nextInt(20)).toPlainString();
      assertEquals(Double.parseDouble(text), score(text), text + " -Dseed=" + seed);
    }
  }

  @Test
  void whatStrtodTakesIsTaken() {
    assertEquals(16, score("0x10"));
    assertEquals(-0.75, score("-0x.Cp0"));
    assertEquals(Double.POSITIVE_INFINITY, score("+inf"));
    assertEquals(Double.NEGATIVE_INFINITY, score("-Infinity"));
    assertEquals(0.5, score(".5"));
    assertEquals(5, score("5."));
    assertEquals(-0.0, score("-0"));
    assertEquals(4.9e-324, score("4.9e-324"));
    assertEquals(0, score("0e-999"));
  }

  @Test
  void whatIsNoNumberIsNone() {
    for (String text :
        new String[] {"", "-", "+", ".", "1 ", " 1", "1e", "0x", "nan", "1e400", "1e-400", "1,5"}) {
      assertEquals(Double.NaN, score(text), '"' + text + '"');
    }
  }

  @Test
  void aBorderMayBeEmptyOrInfinite() {
    assertEquals(0, bound(""));
    assertEquals(2, bound(" \t2"));
    assertEquals(1, bound("1\0abc"));
    assertEquals(Double.POSITIVE_INFINITY, bound("1e400"));
    assertEquals(Double.NaN, bound("abc"));
    assertEquals(Double.NaN, bound("1 "));
  }
}
