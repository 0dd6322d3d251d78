package io.engramdb.node.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

  @Test
  void percentilesAreAtMostThreePercentTooHighAndNeverTooLow() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    LatencyHistogram histogram = new LatencyHistogram();
    long[] values = new long[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.exp(random.nextDouble() * 23);
      histogram.record(values[i]);
    }
    Arrays.sort(values);
    for (double percent : new double[] {0, 1, 50, 90, 99, 99.9, 100}) {
      int rank = (int) Math.max(1, Math.ceil(values.length * percent / 100));
      long exact = values[rank - 1];
      long shown = histogram.percentileNs(percent);
      assertTrue(
          shown >= exact && shown <= exact * 1.033 + 1,
          "seed " + seed + ", p" + percent + ": " + exact + " shown as " + shown);
    }
    for (int exponent = 0; exponent < 36; exponent++) {
      long bound = 1L << exponent;
      long expected = Arrays.stream(values).filter(value -> value < bound).count();
      assertEquals(expected, histogram.countBelowPowerOfTwo(exponent), "seed " + seed);
    }
  }

  @Test
  void durationsOutOfRangeAreCountedAtTheEnds() {
    LatencyHistogram histogram = new LatencyHistogram();
    histogram.record(-5);
    histogram.record(Long.MAX_VALUE);
    assertEquals(2, histogram.count());
    assertEquals(0, histogram.percentileNs(50));
    assertTrue(histogram.percentileNs(100) >= 1L << 36);
    assertEquals(2, histogram.countBelowPowerOfTwo(40));
    histogram.reset();
    assertEquals(0, histogram.percentileNs(99));
  }
}
