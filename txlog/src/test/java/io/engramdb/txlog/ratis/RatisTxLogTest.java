package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.api.TxLogConfig;
import io.engramdb.txlog.sim.NoticeRecorder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log on real servers, disks and connections, all in one JVM. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RatisTxLogTest {
  @TempDir Path root;

  @Test
  void recordsReachAllMembersInOrderWithTheirPositions() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      String leader = cluster.awaitLeader();
      List<String> texts = new ArrayList<>();
      List<LogPosition> positions = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        texts.add("r" + i);
        positions.add(cluster.propose(leader, "r" + i));
      }
      cluster.awaitCommittedEverywhere(positions.getLast());
      for (String name : cluster.logs.keySet()) {
        NoticeRecorder heard = cluster.heard.get(name);
        assertEquals(cluster.heard.get(leader).positions(), heard.positions());
        if (!name.equals(leader)) {
          assertEquals(texts, heard.texts());
        }
      }
      NoticeRecorder leading = cluster.heard.get(leader);
      assertEquals(positions.getLast(), leading.ahead().getLast(), "told ahead, and to the end");
      for (LogPosition position : positions) {
        assertTrue(cluster.heard.get(leader).has("committed " + position + " mine"));
      }
    }
  }

  @Test
  void everyFlushIsToldWithItsDuration() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      String leader = cluster.awaitLeader();
      int before = cluster.flushesNs.size();
      int records = 20;
      for (int i = 0; i < records; i++) {
        cluster.awaitCommittedEverywhere(cluster.propose(leader, "r" + i));
      }
      // One after another: each was flushed by a majority before the next one was there.
      int flushes = cluster.flushesNs.size() - before;
      assertTrue(flushes >= 2 * records, flushes + " flushes");
      assertTrue(cluster.flushesNs.stream().allMatch(ns -> ns > 0), cluster.flushesNs::toString);
    }
  }

  @Test
  void electedComesBeforeReadyAndReadyAfterItsInternalEntry() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      NoticeRecorder heard = cluster.heard.get(cluster.awaitLeader());
      List<String> notices = heard.notices();
      long term = heard.readyTerm();
      int elected = notices.indexOf("elected " + term);
      int internal = notices.indexOf("internal " + term + ":" + heard.readyIndex());
      int ready = notices.indexOf("ready " + term + ":" + heard.readyIndex());
      assertTrue(elected >= 0 && elected < internal && internal < ready, notices::toString);
    }
  }

  @Test
  void everythingIsThereAfterARestartOfAll() throws Exception {
    List<String> before;
    LogPosition last = null;
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      String leader = cluster.awaitLeader();
      long oldTerm = cluster.heard.get(leader).readyTerm();
      for (int i = 0; i < 50; i++) {
        last = cluster.propose(leader, "r" + i);
      }
      cluster.awaitCommittedEverywhere(last);
      before = cluster.heard.get(cluster.other(leader)).texts();
      for (Member member : cluster.members) {
        cluster.stop(member.name());
      }
      for (Member member : cluster.members) {
        cluster.start(member.name(), false);
      }
      String next = cluster.awaitLeader();
      assertTrue(cluster.heard.get(next).readyTerm() > oldTerm);
      cluster.awaitCommittedEverywhere(last);
      for (NoticeRecorder heard : cluster.heard.values()) {
        assertEquals(before, heard.texts());
      }
      TxLog.PositionHolder at = new TxLog.PositionHolder();
      assertEquals(ProposeResult.FENCED, cluster.propose(next, oldTerm, 51, "stale", at));
    }
  }

  @Test
  void proposalsAreFencedByEpochAndSequenceWithoutStepDown() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      String leader = cluster.awaitLeader();
      long term = cluster.heard.get(leader).readyTerm();
      TxLog.PositionHolder at = new TxLog.PositionHolder();
      assertEquals(ProposeResult.FENCED, cluster.propose(leader, term - 1, 1, "past", at));
      assertEquals(ProposeResult.FENCED, cluster.propose(leader, term + 1, 1, "future", at));
      assertEquals(ProposeResult.APPENDED, cluster.propose(leader, term, 1, "first", at));
      assertEquals(ProposeResult.FENCED, cluster.propose(leader, term, 3, "gap", at));
      assertEquals(
          ProposeResult.FENCED, cluster.propose(leader, term, 2, "after", at), "epoch is spent");
      String other = cluster.other(leader);
      assertEquals(ProposeResult.NOT_LEADER, cluster.propose(other, term, 1, "not here", at));
      LogStatus status = cluster.logs.get(leader).status();
      assertTrue(status.leading() && status.term() == term, "fencing is no reason to step down");
    }
  }

  @Test
  void deposedLeaderHearsOfTruncationAndNeverOfItsLostRecords() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll();
        Partition network = new Partition()) {
      String old = cluster.awaitLeader();
      long oldTerm = cluster.heard.get(old).readyTerm();
      LogPosition kept = cluster.propose(old, "kept");
      cluster.awaitCommittedEverywhere(kept);
      network.isolate(old);
      LogPosition lost = cluster.propose(old, "lost 1");
      cluster.propose(old, "lost 2");
      String next = cluster.awaitLeaderBut(old);
      LogPosition after = cluster.propose(next, "after");
      cluster.awaitCommitted(next, after);
      network.heal();
      cluster.awaitCommittedEverywhere(after);
      NoticeRecorder heard = cluster.heard.get(old);
      assertTrue(heard.has("truncated " + lost.index()), () -> heard.notices().toString());
      assertTrue(heard.has("lost " + oldTerm), () -> heard.notices().toString());
      assertEquals(List.of("mine", "after"), heard.texts());
      assertEquals(kept, heard.ahead().getLast(), "the lost ones were never told as committed");
    }
  }

  @Test
  void leadershipMovesOnRequestAndStepDownEndsIt() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      String leader = cluster.awaitLeader();
      cluster.awaitCommittedEverywhere(cluster.propose(leader, "a"));
      String target = cluster.other(leader);
      cluster.logs.get(leader).transferLeadership(target, 5_000).get(20, TimeUnit.SECONDS);
      assertEquals(target, cluster.awaitLeader());
      long term = cluster.heard.get(target).readyTerm();
      cluster.logs.get(target).transferLeadership(null, 5_000).get(20, TimeUnit.SECONDS);
      RatisLogCluster.await("loss", () -> cluster.heard.get(target).has("lost " + term));
      cluster.propose(cluster.awaitLeader(), "b");
    }
  }

  @Test
  void aMemberJoinsUnderANewNameAndAnotherLeaves() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      String leader = cluster.awaitLeader();
      for (int i = 0; i < 20; i++) {
        cluster.propose(leader, "r" + i);
      }
      Member fresh = RatisLogCluster.newMember("d", Member.Role.DATA);
      TxLogConfig alone =
          new TxLogConfig(
              cluster.clusterId,
              cluster.shardId,
              "d",
              List.of(fresh),
              cluster.directory("d"),
              true,
              true,
              LogPosition.NONE,
              cluster.timeoutMinMs,
              cluster.timeoutMaxMs,
              null);
      cluster.start(alone);
      List<Member> four = new ArrayList<>(cluster.members);
      four.add(fresh);
      cluster.logs.get(leader).changeMembers(four).get(30, TimeUnit.SECONDS);
      cluster.awaitCommitted("d", cluster.propose(leader, "with d"));
      assertEquals(21, cluster.heard.get("d").texts().size());

      String gone = cluster.other(leader, "d");
      List<Member> three = new ArrayList<>(four);
      three.removeIf(member -> member.name().equals(gone));
      cluster.logs.get(leader).changeMembers(three).get(30, TimeUnit.SECONDS);
      cluster.stop(gone);
      cluster.awaitCommittedEverywhere(cluster.propose(leader, "without " + gone));

      List<Member> two = new ArrayList<>(three);
      two.add(RatisLogCluster.newMember("e", Member.Role.DATA));
      two.removeIf(member -> member.name().equals("d"));
      CompletionException refused =
          assertThrows(
              CompletionException.class, () -> cluster.logs.get(leader).changeMembers(two).join());
      assertTrue(refused.getCause().getMessage().startsWith("one voter at a time"));
    }
  }

  @Test
  void aListenerHearsEverythingAndDoesNotVote() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab");
        Partition network = new Partition()) {
      cluster.members.add(RatisLogCluster.newMember("l", Member.Role.LISTENER));
      cluster.startAll();
      String leader = cluster.awaitLeader();
      LogPosition first = cluster.propose(leader, "first");
      cluster.awaitCommittedEverywhere(first);
      String other = cluster.other(leader, "l");
      network.isolate(other);
      LogPosition open = cluster.propose(leader, "no majority");
      RatisLogCluster.await(
          "the listener to have the record",
          () ->
              cluster.logs.get(leader).status().peers().stream()
                  .anyMatch(p -> p.name().equals("l") && p.matchIndex() >= open.index()));
      assertEquals(List.of("mine"), cluster.heard.get(leader).texts());
      assertEquals(first, cluster.heard.get(leader).ahead().getLast());
      assertEquals(List.of("first"), cluster.heard.get("l").texts());
    }
  }

  @Test
  void replayReadsCommittedRecordsAgain() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      String leader = cluster.awaitLeader();
      LogPosition first = cluster.propose(leader, "one");
      LogPosition last = cluster.propose(leader, "two");
      cluster.awaitCommitted(leader, last);
      List<String> again = new ArrayList<>();
      cluster
          .logs
          .get(leader)
          .replay(0, last.index(), (term, index, kind, payload) -> again.add(new String(payload)));
      assertEquals(List.of("one", "two"), again);
      assertEquals(first.index() + 1, last.index());
      assertThrows(
          IOException.class,
          () -> cluster.logs.get(leader).replay(0, last.index() + 1, (t, i, k, p) -> {}));
    }
  }

  @Test
  void largestRecordPassesAndALargerOneIsAProgrammersError() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab").startAll()) {
      String leader = cluster.awaitLeader();
      TxLog log = cluster.logs.get(leader);
      long term = cluster.heard.get(leader).readyTerm();
      TxLog.PositionHolder at = new TxLog.PositionHolder();
      byte[] large = new byte[TxLog.MAX_RECORD_BYTES + 1];
      int most = TxLog.MAX_RECORD_BYTES;
      assertEquals(
          ProposeResult.APPENDED, log.propose(term, 1, RecordKind.DATA, large, 1, most, at));
      cluster.awaitCommittedEverywhere(new LogPosition(at.term, at.index));
      assertThrows(
          AssertionError.class,
          () -> log.propose(term, 2, RecordKind.DATA, large, 0, most + 1, at));
    }
  }

  @Test
  void aDivisionTakesRequestsOnTheCallersThread() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      assertTrue(
          cluster.logs.get("a").division() instanceof RaftClientAsynchronousProtocol,
          "DirectSubmission rests on this");
    }
  }
}
