package io.engramdb.node.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When a record leaves, and what it waits for. */
class GroupCommitTest {

  private static final long MS = 1_000_000;

  private final GroupCommit group = new GroupCommit();
  private long nowNanos = 1_000 * MS;

  @Test
  void aLoneClientNeverWaits() {
    for (int i = 0; i < 100; i++) {
      assertTrue(group.mayLeave(1, 0, nowNanos));
      group.sent(1);
      commit(1, 0, 0);
      nowNanos += MS / 10;
    }
  }

  @Test
  void aSecondWriterDoesNotWaitForTheFirst() {
    group.sent(1);
    assertTrue(group.mayLeave(1, 1, nowNanos));
  }

  @Test
  void stragglersWaitForWhatIsInFlight() {
    group.sent(45);
    assertFalse(group.mayLeave(5, 1, nowNanos));
    assertTrue(group.mayLeave(45, 1, nowNanos));
  }

  @Test
  void afterACommitTheRecordWaitsForTheClientsThatWillReturn() {
    learnCommitsOf(8 * MS);
    group.sent(40);
    commit(40, 0, 10);
    assertFalse(group.mayLeave(10, 0, nowNanos));
    assertFalse(group.mayLeave(37, 0, nowNanos));
    assertTrue(group.mayLeave(38, 0, nowNanos), "three quarters of 50 are there");
  }

  @Test
  void clientsThatDoNotReturnCostAQuarterOfACommit() {
    learnCommitsOf(4 * MS);
    group.sent(40);
    commit(40, 0, 1);
    long waitMicros = group.waitMicros(nowNanos);
    assertTrue(waitMicros > 500 && waitMicros <= 1001, "waits " + waitMicros);
    nowNanos += waitMicros * 1000;
    assertTrue(group.mayLeave(1, 0, nowNanos));
  }

  @Test
  void slowCommitsDoNotMakeTheWaitLong() {
    learnCommitsOf(1_000 * MS);
    group.sent(40);
    commit(40, 0, 1);
    assertTrue(group.waitMicros(nowNanos) <= GroupCommit.MAX_WAIT_NANOS / 1000 + 1);
  }

  @Test
  void aRecordWithoutEffectsIsNotWaitedFor() {
    learnCommitsOf(8 * MS);
    nowNanos += GroupCommit.MAX_WAIT_NANOS;
    group.sent(0);
    assertTrue(group.mayLeave(1, 1, nowNanos));
    commit(0, 0, 0);
    assertTrue(group.mayLeave(1, 0, nowNanos));
  }

  @Test
  void whatIsGivenUpIsForgotten() {
    group.sent(40);
    group.clear();
    assertTrue(group.mayLeave(1, 0, nowNanos));
    group.sent(1);
    assertTrue(group.mayLeave(1, 1, nowNanos));
    assertEquals(1, group.waitMicros(nowNanos));
  }

  private void learnCommitsOf(long tookNanos) {
    for (int i = 0; i < 50; i++) {
      group.sent(1);
      group.committed(1, tookNanos, 0, 0, nowNanos);
    }
  }

  private void commit(int effects, int left, int open) {
    long tookNanos = MS;
    group.committed(effects, tookNanos, left, open, nowNanos);
  }
}
