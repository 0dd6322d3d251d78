package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final int MB = 1 << 20;

  private final StringBuilder out = new StringBuilder();
  private long nowNs = 1;

  private ProgressLine line(boolean terminal, long totalBytes) {
    return new ProgressLine("loading", "keys", totalBytes, terminal, out::append, () -> nowNs);
  }

  private void after(long ms) {
    nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
  }

  @Test
  void withoutATerminalThereIsALineEveryFewSecondsWithRateAndRest() {
    try (ProgressLine line = line(false, 40 * MB)) {
      for (int i = 1; i <= 10; i++) {
        after(1000);
        line.at(i * 1500L, i * MB);
      }
    }
    assertEquals(
        """
        loading   7 %, 4,500 keys, 1,500/s, 3 MB, 1.0 MB/s, ETA 37 s
        loading  15 %, 9,000 keys, 1,500/s, 6 MB, 1.0 MB/s, ETA 34 s
        loading  22 %, 13,500 keys, 1,500/s, 9 MB, 1.0 MB/s, ETA 31 s
        """,
        out.toString());
  }

  @Test
  void onATerminalOneLineIsWrittenOverAndGoneInTheEnd() {
    try (ProgressLine line = line(true, 400 * MB)) {
      after(100);
      line.at(10, MB);
      assertEquals("", out.toString());
      after(900);
      line.at(1_000_000, 2 * MB);
    }
    assertFalse(out.toString().contains("\n"));
    assertTrue(
        out.toString().startsWith("\rloading   0 %, 1,000,000 keys, 1,000,000/s, 2 MB, 2.0 MB/s,"));
    assertTrue(out.toString().contains("ETA 3:19 min"), out::toString);
    assertTrue(out.toString().endsWith(" \r"));
  }

  @Test
  void aShortStepSaysNothing() {
    try (ProgressLine line = line(false, MB)) {
      after(2000);
      line.at(1, MB);
    }
    assertEquals("", out.toString());
  }

  @Test
  void bytesOfWhichTheTotalIsNotKnownHaveNoRest() {
    try (ProgressLine line = line(false, 0)) {
      after(4000);
      line.at(0, 8 * MB);
    }
    assertEquals("loading, 8 MB, 2.0 MB/s\n", out.toString());
  }
}
