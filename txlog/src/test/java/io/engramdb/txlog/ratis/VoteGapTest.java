package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The schedule in which Ratis 3.3.0 loses an acknowledged record, replayed step by step: leader L,
 * follower F whose disk stalls, candidate C.
 *
 * <ol>
 *   <li>F's disk stalls with record e2 in front of it; L and C commit it.
 *   <li>L sends e3: F takes it in term 1 but it waits behind the flush; C never gets it.
 *   <li>L is cut off. C stands, and F, without e3 in its log, votes for it: term 2.
 *   <li>F's disk goes on, F writes e3 and acknowledges it to L, as an append of term 1.
 * </ol>
 *
 * Unguarded, L counts F and itself as a majority and tells its client that e3 is safe, while C
 * leads without it. The wide form of the hole needs Ratis' composing of appends, which the product
 * turns off; the test turns it on so that the schedule does not depend on a few instructions.
 * Elections by time-out are far off, C is told to stand.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class VoteGapTest {
  private static final String TAKEN = "RaftServerImpl.appendEntries.logComplete";
  private static final String APPEND = "RaftServerImpl.appendEntries";
  private static final String VOTE = "RaftServerImpl.requestVote";

  @TempDir Path root;

  private volatile String stalled = "";
  private volatile String leader = "";
  private volatile String candidate = "";
  private volatile boolean candidateIsCut;
  private volatile boolean leaderIsCut;
  private volatile String watched = "";

  /** Newest index of an append that the watched member has let past its check of the term. */
  private volatile long takenIndex = -1;

  private final ThreadLocal<Long> appending = new ThreadLocal<>();

  @Test
  void guardedTheRecordIsNotAcknowledgedAndNobodyDiffers() throws Exception {
    boolean committedByOldLeader = runSchedule(true);
    assertFalse(committedByOldLeader, "the old leader heard e3 as committed");
  }

  @Test
  void withoutTheGuardTheScheduleLosesTheRecord() throws Exception {
    assertTrue(runSchedule(false), "the schedule proves nothing any more: e3 was not lost");
  }

  /**
   * Runs the schedule.
   *
   * @return whether the old leader heard e3 as committed, although the new leader does not have it
   */
  private boolean runSchedule(boolean guarded) throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc");
        // Closed first: nothing may wait for ever where the schedule fails in its middle.
        Silence silence = this::endSilence) {
      configure(cluster);
      inject();
      cluster.startAll();
      for (String name : cluster.logs.keySet()) {
        cluster.logs.get(name).bridge().beforeFlush(() -> waitWhile(() -> name.equals(stalled)));
      }
      if (!guarded) {
        cluster.logs.values().forEach(log -> log.appendGuard().disableForTest());
      }
      leader = cluster.awaitLeader();
      String follower = cluster.other(leader);
      candidate = cluster.other(leader, follower);
      cluster.awaitCommittedEverywhere(cluster.propose(leader, "e1"));

      stalled = follower;
      cluster.awaitCommitted(candidate, cluster.propose(leader, "e2"));
      // A second one, so that the flush that e3 waits for is one that the stall holds.
      LogPosition held = cluster.propose(leader, "e2b");
      cluster.awaitCommitted(candidate, held);

      watched = follower;
      candidateIsCut = true;
      LogPosition e3 = cluster.propose(leader, "e3");
      RatisLogCluster.await("F to have taken e3", () -> takenIndex >= e3.index());
      leaderIsCut = true;
      elect(cluster, held);

      stalled = "";
      RatisLogCluster.await(
          "the fate of e3",
          () ->
              guarded
                  ? cluster.logs.get(follower).refusedAppendCount() > 0
                  : cluster.heard.get(leader).positions().contains(e3.toString()));
      boolean committed = cluster.heard.get(leader).positions().contains(e3.toString());

      candidateIsCut = false;
      leaderIsCut = false;
      assertEquals(candidate, cluster.awaitLeaderBut(leader));
      LogPosition e4 = cluster.propose(candidate, "e4");
      if (guarded) {
        cluster.awaitCommittedEverywhere(e4);
        for (String name : List.of(follower, leader)) {
          assertEquals(
              cluster.heard.get(candidate).positions().subList(0, (int) e4.index() + 1),
              cluster.heard.get(name).positions().subList(0, (int) e4.index() + 1));
        }
      } else {
        cluster.awaitCommitted(candidate, e4);
        assertFalse(cluster.heard.get(candidate).positions().contains(e3.toString()));
      }
      return committed;
    }
  }

  private interface Silence extends AutoCloseable {
    @Override
    void close();
  }

  private void endSilence() {
    stalled = "";
    candidateIsCut = false;
    leaderIsCut = false;
    CodeInjectionForTesting.remove(TAKEN);
    CodeInjectionForTesting.remove(APPEND);
    CodeInjectionForTesting.remove(VOTE);
  }

  private static void configure(RatisLogCluster cluster) {
    // Of the first election only; the others are overridden below.
    cluster.timeoutMinMs = 400;
    cluster.timeoutMaxMs = 800;
    cluster.overrides =
        properties -> {
          RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, true);
          RaftServerConfigKeys.Rpc.setRequestTimeout(
              properties, TimeDuration.valueOf(60, TimeUnit.SECONDS));
          RaftServerConfigKeys.Rpc.setTimeoutMin(
              properties, TimeDuration.valueOf(3, TimeUnit.SECONDS));
          RaftServerConfigKeys.Rpc.setTimeoutMax(
              properties, TimeDuration.valueOf(6, TimeUnit.SECONDS));
        };
  }

  /** Requests fail at their receiver while their way is cut; answers pass. */
  private void inject() {
    CodeInjectionForTesting.put(
        APPEND,
        (local, remote, args) -> {
          String to = String.valueOf(local);
          String from = String.valueOf(remote);
          refuseIf(isCut(from, to));
          AppendEntriesRequestProto request = (AppendEntriesRequestProto) args[1];
          if (to.equals(watched) && request.getEntriesCount() > 0) {
            appending.set(request.getEntries(request.getEntriesCount() - 1).getIndex());
          }
          return true;
        });
    CodeInjectionForTesting.put(
        VOTE,
        (local, remote, args) -> {
          refuseIf(leaderIsCut && String.valueOf(local).equals(leader));
          return true;
        });
    CodeInjectionForTesting.put(
        TAKEN,
        (local, remote, args) -> {
          Long index = appending.get();
          appending.remove();
          if (index != null && String.valueOf(local).equals(watched)) {
            takenIndex = Math.max(takenIndex, index);
          }
          return true;
        });
  }

  private boolean isCut(String from, String to) {
    boolean toCandidate = candidateIsCut && from.equals(leader) && to.equals(candidate);
    return toCandidate || leaderIsCut && (from.equals(leader) || to.equals(leader));
  }

  private static void refuseIf(boolean cut) {
    if (cut) {
      throw new IllegalStateException("cut");
    }
  }

  private static void waitWhile(BooleanSupplier condition) {
    while (condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Tells C to stand, as its leader would in a transfer, and waits until it leads. */
  private void elect(RatisLogCluster cluster, LogPosition last) throws Exception {
    RaftServer server = cluster.logs.get(candidate).server();
    StartLeaderElectionRequestProto request =
        StartLeaderElectionRequestProto.newBuilder()
            .setServerRequest(
                RaftRpcRequestProto.newBuilder()
                    .setRequestorId(ByteString.copyFromUtf8(leader))
                    .setReplyId(ByteString.copyFromUtf8(candidate))
                    .setRaftGroupId(
                        RaftGroupIdProto.newBuilder()
                            .setId(RaftGroupId.valueOf(cluster.shardId).toByteString())))
            .setLeaderLastEntry(
                TermIndexProto.newBuilder().setTerm(last.term()).setIndex(last.index()))
            .build();
    assertTrue(server.startLeaderElection(request).getServerReply().getSuccess(), "C must stand");
    RatisLogCluster.await(
        "C to lead", () -> cluster.logs.get(candidate).division().getInfo().isLeader());
  }
}
