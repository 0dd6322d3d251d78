package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClockSkewTest {

  private final ClockSkew skew = new ClockSkew();

  @Test
  void aClockThatRunsAheadIsSeenByTheNewestRecord() {
    skew.compared(6_000, true);
    assertEquals(6_000, skew.aheadMs());
    skew.compared(7_000, true);
    assertEquals(7_000, skew.aheadMs());
  }

  @Test
  void oldRecordsWithOthersBehindThemSayNothing() {
    skew.compared(3, true);
    skew.compared(60_000, false);
    assertEquals(3, skew.aheadMs());
  }

  @Test
  void aFreshRecordEndsTheSuspicionAlsoIfAnotherOneIsQueuedBehindIt() {
    skew.compared(60_000, true);
    skew.compared(2, false);
    assertEquals(2, skew.aheadMs());
  }
}
