package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** How much log lies between two snapshots, and who makes them. */
class ShardSnapshotterTest {

  private static final long SETTING_BYTES = 256L << 20;
  private static final long LARGE_BYTES = 8L << 30;

  private static long interval(boolean logDiskLow, long savedSizeBytes, long usedBytes) {
    return ShardSnapshotter.intervalBytes(SETTING_BYTES, logDiskLow, savedSizeBytes, usedBytes);
  }

  @Test
  void aLargeShardWritesNoMoreForSnapshotsThanForItsLog() {
    assertEquals(LARGE_BYTES, interval(false, LARGE_BYTES, 2 * LARGE_BYTES));
  }

  @Test
  void aShardThatHasLostMostOfItsDataDoesNotWaitForTheOldSize() {
    assertEquals(SETTING_BYTES, interval(false, LARGE_BYTES, 0));
    assertEquals(2 * SETTING_BYTES, interval(false, LARGE_BYTES, 2 * SETTING_BYTES));
  }

  @Test
  void whereTheLogsDiskIsLowTheSettingAloneCounts() {
    assertEquals(SETTING_BYTES, interval(true, LARGE_BYTES, 2 * LARGE_BYTES));
  }

  @Test
  void noneIsMadeWhereNoneIsWanted() {
    assertEquals(0, ShardSnapshotter.intervalBytes(0, false, LARGE_BYTES, LARGE_BYTES));
    assertEquals(0, ShardSnapshotter.intervalBytes(0, true, LARGE_BYTES, LARGE_BYTES));
  }

  @Test
  void besideASnapshotterThePrimaryIsTheLastToLoseItsPatience() {
    assertEquals(2, ShardSnapshotter.patienceSizes(false, true, false));
    assertEquals(3, ShardSnapshotter.patienceSizes(true, true, false));
    assertEquals(3, ShardSnapshotter.patienceSizes(true, true, true));
  }

  @Test
  void forASnapshotterThatIsAwayNobodyWaits() {
    assertEquals(1, ShardSnapshotter.patienceSizes(false, true, true));
    assertEquals(1, ShardSnapshotter.patienceSizes(true, false, true));
  }

  @Test
  void withoutASnapshotterAPrimaryWaitsForItsReplicas() {
    assertEquals(2, ShardSnapshotter.patienceSizes(true, false, false));
  }
}
