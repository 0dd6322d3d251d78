package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How much log lies behind a snapshot that another member made. */
class HeardMarksTest {
  private static final int RECORD_BYTES = 100;
  private static final long STEP_BYTES = 1000;

  private final HeardMarks marks = new HeardMarks();

  private void hear(long from, long to) {
    for (long index = from; index <= to; index++) {
      marks.heard(index, RECORD_BYTES, STEP_BYTES);
    }
  }

  @Test
  void behindAnOldIndexLiesWhatWasHeardSinceAndAStepAtMost() {
    hear(0, 5000);
    for (long index : new long[] {0, 9, 10, 1234, 2500, 4999, 5000}) {
      long behind = (5000 - index) * RECORD_BYTES;
      long told = marks.bytesBehind(index);
      assertTrue(told >= behind && told <= behind + STEP_BYTES, index + ": " + told);
    }
  }

  @Test
  void withMoreMarksThanAreKeptTheNewestAreExact() {
    hear(0, 50_000);
    long told = marks.bytesBehind(49_000);
    assertTrue(told >= 1000 * RECORD_BYTES && told <= 1000 * RECORD_BYTES + STEP_BYTES, "" + told);
    assertTrue(marks.bytesBehind(3) >= 1000 * STEP_BYTES);
  }

  @Test
  void memoryThatGoesOnBehindASnapshotHasHeardNothingYet() {
    hear(0, 100);
    marks.begin(7000);
    assertEquals(0, marks.bytesBehind(6000));
    assertEquals(0, marks.bytesBehind(7000));
    hear(7001, 7050);
    assertEquals(50 * RECORD_BYTES, marks.bytesBehind(7000));
  }
}
