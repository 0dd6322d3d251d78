package io.engramdb.txlog.voter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.FloorMessages;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.SnapshotFloor;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.ratis.Partition;
import io.engramdb.txlog.ratis.RatisLogCluster;
import io.engramdb.txlog.ratis.RatisTxLog;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A voter without data: counts for majorities, never keeps leadership, cuts its log. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LogVoterServerTest {
  @TempDir Path root;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @Test
  void aVoterThatAloneHasTheNewestRecordWinsAndHandsOver() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab");
        Partition network = new Partition()) {
      cluster.members.add(RatisLogCluster.newMember("v", Member.Role.LOG_VOTER));
      cluster.start("a", true);
      cluster.start("b", true);
      try (LogVoterServer voter = new LogVoterServer(cluster.config("v", true), failure::set)) {
        voter.start();
        String leader = cluster.awaitLeader();
        String other = cluster.other(leader);
        cluster.awaitCommittedEverywhere(cluster.propose(leader, "on all"));

        network.isolate(other);
        LogPosition onlyVoter = cluster.propose(leader, "on leader and voter");
        cluster.awaitCommitted(leader, onlyVoter);
        cluster.stop(leader);
        network.heal();

        cluster.awaitCommitted(other, onlyVoter);
        assertEquals(other, cluster.awaitLeader());
        RatisLogCluster.await("the hand-over", () -> voter.handOverCount() > 0);
        cluster.awaitCommitted(other, cluster.propose(other, "served again"));
        RatisLogCluster.await("the voter's status", () -> !voter.status().leading());
        assertNull(failure.get());
      }
    }
  }

  @Test
  void aVoterCutsItsLogAtTheFloorAndRestartsFromIt() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a")) {
      cluster.members.add(RatisLogCluster.newMember("v", Member.Role.LOG_VOTER));
      cluster.start("a", true);
      LogVoterServer voter = new LogVoterServer(cluster.config("v", true), failure::set);
      voter.start();
      LogPosition last = null;
      // A change of term closes a segment, and only closed ones can be purged.
      for (int round = 0; round < 2; round++) {
        String leader = cluster.awaitLeader();
        last = cluster.propose(leader, "before " + round);
        cluster.awaitCommitted(leader, last);
        cluster.stop("a");
        cluster.start("a", false);
      }
      String leader = cluster.awaitLeader();
      byte[] payload = SnapshotFloor.payload(last, new byte[] {1, 2, 3});
      TxLog.PositionHolder at = new TxLog.PositionHolder();
      assertEquals(
          ProposeResult.APPENDED,
          cluster
              .logs
              .get(leader)
              .propose(
                  cluster.heard.get(leader).readyTerm(),
                  1,
                  RecordKind.SNAPSHOT_FLOOR,
                  payload,
                  0,
                  payload.length,
                  at));
      LogVoterServer first = voter;
      RatisLogCluster.await("the purge", () -> first.status().firstIndex() > 0);
      assertTrue(first.status().firstIndex() <= last.index() + 1);
      voter.close();

      try (LogVoterServer again = new LogVoterServer(cluster.config("v", false), failure::set)) {
        again.start();
        cluster.stop("a");
        cluster.start("a", false);
        String next = cluster.awaitLeader();
        LogPosition after = cluster.propose(next, "after");
        cluster.awaitCommitted(next, after);
        RatisLogCluster.await("the voter", () -> again.status().commitIndex() >= after.index());
        assertTrue(again.status().firstIndex() > 0);
      }
      assertNull(failure.get());
    }
  }

  /** Nobody has its next entry any more: it asks where the log begins, and goes on from there. */
  @Test
  void aVoterThatWasAwayForTooLongGoesOnBehindTheFloor() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab")) {
      cluster.members.add(RatisLogCluster.newMember("v", Member.Role.LOG_VOTER));
      cluster.start("a", true);
      cluster.start("b", true);
      LogVoterServer voter = new LogVoterServer(cluster.config("v", true), failure::set);
      voter.start();
      String leader = cluster.awaitLeader();
      cluster.awaitCommittedEverywhere(cluster.propose(leader, "known to all"));
      voter.close();
      LogPosition floor = cluster.propose(leader, "missed");
      cluster.awaitCommittedEverywhere(floor);
      // A change of term closes a segment, and only closed ones can be purged.
      String next = cluster.other(leader);
      cluster.logs.get(leader).transferLeadership(next, 5_000).get(20, TimeUnit.SECONDS);
      assertEquals(next, cluster.awaitLeader());
      LogPosition last = cluster.propose(next, "after the cut");
      cluster.awaitCommittedEverywhere(last);
      for (String name : List.of("a", "b")) {
        RatisTxLog log = cluster.logs.get(name);
        log.purge(floor.index());
        RatisLogCluster.await("the purge", () -> log.status().firstIndex() > floor.index());
        log.messages()
            .receive(
                (from, message, done) -> {
                  if (FloorMessages.isQuestion(message)) {
                    log.messages().send(from, FloorMessages.answer(floor));
                  }
                  done.run();
                });
      }
      try (LogVoterServer again = new LogVoterServer(cluster.config("v", false), failure::set)) {
        again.start();
        RatisLogCluster.await("the skip", () -> again.skipCount() == 1);
        RatisLogCluster.await("the voter", () -> again.status().commitIndex() >= last.index());
      }
      // Its directory knows now where its log begins, and its vote counts again.
      try (LogVoterServer third = new LogVoterServer(cluster.config("v", false), failure::set)) {
        third.start();
        cluster.stop(leader);
        LogPosition more = cluster.propose(next, "with the voter alone");
        cluster.awaitCommitted(next, more);
        RatisLogCluster.await("the voter", () -> third.status().commitIndex() >= more.index());
        assertEquals(0, third.skipCount());
      }
      assertNull(failure.get());
    }
  }
}
