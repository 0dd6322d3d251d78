package io.engramdb.node.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DoublesTest {

  private static String text(double value) {
    return new String(Doubles.bytes(value), StandardCharsets.US_ASCII);
  }

  @Test
  void wholeNumbersHaveNoPoint() {
    assertEquals("0", text(0));
    assertEquals("-0", text(-0.0));
    assertEquals("3", text(3));
    assertEquals("-17", text(-17));
    assertEquals("1000000000000000", text(1e15));
    assertEquals("4503599627370495", text(4503599627370495.0));
  }

  @Test
  void fractionsAreTheShortestThatReadBack() {
    assertEquals("3.141", text(3.141));
    assertEquals("0.1", text(0.1));
    assertEquals("0.30000000000000004", text(0.1 + 0.2));
    assertEquals("-2.5", text(-2.5));
    assertEquals("0.000001", text(1e-6));
    assertEquals("0.00012", text(1.2e-4));
  }

  @Test
  void farFromOneAnExponentIsUsed() {
    assertEquals("1e+20", text(1e20));
    assertEquals("1e+16", text(1e16));
    assertEquals("123456789012345680000", text(123456789012345680000.0));
    assertEquals("1e-7", text(1e-7));
    assertEquals("1.5e-10", text(1.5e-10));
    assertEquals("1.7976931348623157e+308", text(Double.MAX_VALUE));
  }

  @Test
  void whatIsNoNumberHasAName() {
    assertEquals("inf", text(Double.POSITIVE_INFINITY));
    assertEquals("-inf", text(Double.NEGATIVE_INFINITY));
    assertEquals("nan", text(Double.NaN));
  }

  @Test
  void everyDoubleReadsBackAndFits() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        continue;
      }
      String text = text(value);
      assertEquals(value, Double.parseDouble(text), () -> "seed " + seed);
      assertTrue(text.length() <= Doubles.MAX_CHARS, () -> text + " seed " + seed);
    }
  }
}
