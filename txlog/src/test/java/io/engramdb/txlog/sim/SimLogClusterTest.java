package io.engramdb.txlog.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the simulated log promises to those who build on it. */
class SimLogClusterTest {
  private static final long SECOND = 1_000_000_000L;

  private final Map<String, SimTxLog> logs = new LinkedHashMap<>();
  private final Map<String, NoticeRecorder> heard = new LinkedHashMap<>();

  private SimLogCluster start(long seed, int count) throws IOException {
    SimLogCluster cluster = SimLogCluster.ofDataMembers(seed, count);
    for (int i = 1; i <= count; i++) {
      open(cluster, "n" + i);
    }
    return cluster;
  }

  private void open(SimLogCluster cluster, String name) throws IOException {
    SimTxLog log = cluster.open(name);
    NoticeRecorder recorder = new NoticeRecorder();
    logs.put(name, log);
    heard.put(name, recorder);
    log.start(recorder);
  }

  private String awaitLeader(SimLogCluster cluster) {
    assertTrue(cluster.runUntil(() -> cluster.leader() != null, 30 * SECOND));
    return cluster.leader();
  }

  private LogPosition propose(String name, long epoch, long sequence, String text) {
    TxLog.PositionHolder at = new TxLog.PositionHolder();
    byte[] bytes = text.getBytes();
    assertEquals(
        ProposeResult.APPENDED,
        logs.get(name).propose(epoch, sequence, RecordKind.DATA, bytes, 0, bytes.length, at));
    return new LogPosition(at.term, at.index);
  }

  private ProposeResult tryPropose(String name, long epoch, long sequence) {
    return logs.get(name)
        .propose(epoch, sequence, RecordKind.DATA, new byte[1], 0, 1, new TxLog.PositionHolder());
  }

  @Test
  void sameSeedGivesTheSameRun() throws IOException {
    List<String> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      SimLogCluster cluster = start(7, 3);
      String leader = awaitLeader(cluster);
      propose(leader, heard.get(leader).readyTerm(), 1, "a");
      cluster.runFor(SECOND);
      runs.add(heard.values().stream().map(NoticeRecorder::notices).toList() + "");
    }
    assertEquals(runs.get(0), runs.get(1));
  }

  @Test
  void electedComesBeforeReadyAndReadyAfterItsInternalEntry() throws IOException {
    SimLogCluster cluster = start(1, 3);
    NoticeRecorder leader = heard.get(awaitLeader(cluster));
    List<String> notices = leader.notices();
    long term = leader.readyTerm();
    int elected = notices.indexOf("elected " + term);
    int ready = notices.indexOf("ready " + term + ":" + leader.readyIndex());
    int internal = notices.indexOf("internal " + term + ":" + leader.readyIndex());
    assertTrue(elected >= 0 && elected < internal && internal < ready, notices::toString);
  }

  @Test
  void isolatedLeaderLosesItsTailAndHearsOfTruncation() throws IOException {
    SimLogCluster cluster = start(3, 3);
    String old = awaitLeader(cluster);
    long oldTerm = heard.get(old).readyTerm();
    cluster.isolate(old);
    LogPosition lost = propose(old, oldTerm, 1, "lost");
    assertTrue(
        cluster.runUntil(
            () -> cluster.leader() != null && !cluster.leader().equals(old), 30 * SECOND));
    String next = cluster.leader();
    propose(next, heard.get(next).readyTerm(), 1, "kept");
    cluster.runFor(SECOND);
    cluster.heal();
    assertTrue(
        cluster.runUntil(() -> heard.get(old).has("truncated " + lost.index()), 30 * SECOND));
    cluster.runFor(5 * SECOND);
    assertEquals(List.of("kept"), heard.get(old).texts());
    assertTrue(heard.get(old).has("lost " + oldTerm));
  }

  @Test
  void isolatedLeaderUnderWritesStaysLeader() throws IOException {
    SimLogCluster cluster = start(4, 3);
    String old = awaitLeader(cluster);
    long term = heard.get(old).readyTerm();
    cluster.isolate(old);
    for (int i = 1; i <= 100; i++) {
      propose(old, term, i, "x" + i);
      cluster.runFor(50_000_000);
    }
    assertTrue(logs.get(old).status().leading());
    assertTrue(heard.get(old).texts().isEmpty());
  }

  @Test
  void proposalsAreFencedByEpochAndSequence() throws IOException {
    SimLogCluster cluster = start(5, 3);
    String leader = awaitLeader(cluster);
    long term = heard.get(leader).readyTerm();
    propose(leader, term, 1, "a");
    assertEquals(ProposeResult.FENCED, tryPropose(leader, term, 3));
    assertEquals(ProposeResult.FENCED, tryPropose(leader, term, 2), "the epoch is spent");
    assertEquals(ProposeResult.FENCED, tryPropose(leader, term + 1, 1));
    String other = leader.equals("n1") ? "n2" : "n1";
    assertEquals(ProposeResult.NOT_LEADER, tryPropose(other, term, 1));
    cluster.refuseProposals(other, true);
    assertEquals(ProposeResult.UNAVAILABLE, tryPropose(other, term + 7, 1));
  }

  @Test
  void ownRecordsComeBackAsMineAndOthersWithTheirBytes() throws IOException {
    SimLogCluster cluster = start(6, 3);
    String leader = awaitLeader(cluster);
    LogPosition at = propose(leader, heard.get(leader).readyTerm(), 1, "a");
    cluster.runFor(SECOND);
    for (String name : logs.keySet()) {
      assertTrue(
          heard.get(name).has("committed " + at + (name.equals(leader) ? " mine" : " a")),
          () -> name + heard.get(name).notices());
    }
  }

  @Test
  void restartReplaysTheDiskAndReelectionOfTheSameMemberKeepsTermsApart() throws IOException {
    SimLogCluster cluster = start(8, 1);
    long term = heard.get(awaitLeader(cluster)).readyTerm();
    propose("n1", term, 1, "a");
    cluster.runFor(SECOND);
    cluster.crash("n1");
    open(cluster, "n1");
    awaitLeader(cluster);
    assertEquals(List.of("a"), heard.get("n1").texts());
    assertTrue(heard.get("n1").readyTerm() > term);
    assertEquals(ProposeResult.FENCED, tryPropose("n1", term, 2));
  }

  @Test
  void undecidedRecordsStayUndecidedWhileThePartitionLasts() throws IOException {
    SimLogCluster cluster = start(9, 3);
    String old = awaitLeader(cluster);
    cluster.isolate(old);
    propose(old, heard.get(old).readyTerm(), 1, "open");
    cluster.runFor(60 * SECOND);
    assertTrue(heard.get(old).texts().isEmpty());
    assertTrue(heard.get(old).notices().stream().noneMatch(n -> n.startsWith("truncated")));
  }

  @Test
  void transferMovesLeadershipAndVoterYields() throws IOException {
    List<Member> members =
        List.of(
            new Member("n1", "sim", 1, Member.Role.DATA),
            new Member("n2", "sim", 2, Member.Role.DATA),
            new Member("v1", "sim", 3, Member.Role.LOG_VOTER));
    SimLogCluster cluster = new SimLogCluster(10, SimOptions.defaults(), members);
    open(cluster, "n1");
    open(cluster, "n2");
    cluster.startLogVoter("v1");
    String leader = awaitLeader(cluster);
    cluster.runFor(SECOND);
    cluster.forceElection("v1");
    assertTrue(
        cluster.runUntil(
            () -> cluster.leader() != null && !cluster.leader().equals("v1"), 30 * SECOND));
    cluster.runFor(SECOND);
    leader = cluster.leader();
    String other = leader.equals("n1") ? "n2" : "n1";
    CompletableFuture<Void> moved = logs.get(leader).transferLeadership(other, 2_000);
    assertTrue(cluster.runUntil(moved::isDone, 10 * SECOND));
    assertNull(moved.join());
  }

  @Test
  void aNewMemberJoinsUnderANewName() throws IOException {
    SimLogCluster cluster = start(11, 3);
    String leader = awaitLeader(cluster);
    propose(leader, heard.get(leader).readyTerm(), 1, "a");
    cluster.introduce(new Member("n4", "sim", 4, Member.Role.DATA));
    open(cluster, "n4");
    List<Member> four = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      four.add(new Member("n" + i, "sim", i, Member.Role.DATA));
    }
    CompletableFuture<Void> done = logs.get(leader).changeMembers(four);
    assertTrue(cluster.runUntil(done::isDone, 30 * SECOND));
    assertNull(done.join());
    assertTrue(cluster.runUntil(() -> heard.get("n4").texts().equals(List.of("a")), 30 * SECOND));
  }

  @Test
  void purgeAsksForASnapshotOnRestart() throws IOException {
    SimLogCluster cluster = start(12, 1);
    long term = heard.get(awaitLeader(cluster)).readyTerm();
    propose("n1", term, 1, "a");
    LogPosition at = propose("n1", term, 2, "b");
    propose("n1", term, 3, "c");
    cluster.runFor(SECOND);
    logs.get("n1").purge(at.index());
    cluster.crash("n1");
    assertThrows(IOException.class, () -> cluster.open("n1").start(new NoticeRecorder()));
    NoticeRecorder again = new NoticeRecorder();
    cluster.open("n1", at).start(again);
    assertTrue(cluster.runUntil(() -> again.texts().equals(List.of("c")), 30 * SECOND));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void randomFaultsNeverLoseACommittedRecord(long seed) throws IOException {
    SimLogCluster cluster = start(seed, 3);
    Map<String, Long> sequences = new LinkedHashMap<>();
    int number = 0;
    for (int turn = 0; turn < 2000; turn++) {
      randomFault(cluster);
      String leader = cluster.leader();
      if (leader != null) {
        long term = heard.get(leader).readyTerm();
        long sequence = sequences.merge(leader + term, 1L, Long::sum);
        byte[] bytes = ("r" + number++).getBytes();
        TxLog.PositionHolder at = new TxLog.PositionHolder();
        logs.get(leader).propose(term, sequence, RecordKind.DATA, bytes, 0, bytes.length, at);
      }
      cluster.runFor(cluster.random().nextInt(20_000_000));
    }
    cluster.heal();
    for (String name : List.of("n1", "n2", "n3")) {
      cluster.stallDisk(name, false);
      cluster.stallApply(name, false);
    }
    cluster.runFor(30 * SECOND);
    List<String> positions = heard.get("n1").positions();
    assertTrue(positions.size() > 100, () -> "only " + positions.size() + " committed");
    assertEquals(positions, heard.get("n2").positions());
    assertEquals(positions, heard.get("n3").positions());
  }

  private void randomFault(SimLogCluster cluster) throws IOException {
    String name = "n" + (1 + cluster.random().nextInt(3));
    switch (cluster.random().nextInt(60)) {
      case 0 -> cluster.isolate(name);
      case 1, 2, 3 -> cluster.heal();
      case 4 -> {
        cluster.crash(name);
        open(cluster, name);
      }
      case 5 -> cluster.forceElection(name);
      case 6 -> cluster.stallDisk(name, true);
      case 7, 8 -> cluster.stallDisk(name, false);
      case 9 -> cluster.stallApply(name, true);
      case 10, 11 -> cluster.stallApply(name, false);
      default -> {}
    }
  }
}
