package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections that break in the middle, or stand still: nothing is lost, reordered or piled up. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BrokenNetworkTest {
  private static final String APPEND = "RaftServerImpl.appendEntries";

  @TempDir Path root;

  /** Three members; what the first leader sends to the others goes through relays. */
  private final class Relayed implements AutoCloseable {
    final RatisLogCluster cluster = new RatisLogCluster(root, "abc");
    final Map<String, TcpRelay> relays = new TreeMap<>();
    final String leader;

    Relayed() throws IOException {
      for (Member member : cluster.members) {
        relays.put(member.name(), new TcpRelay(member.port()));
      }
      for (Member member : cluster.members) {
        cluster.start(config(member.name()));
      }
      leader = cluster.awaitLeader();
      cluster.awaitCommittedEverywhere(cluster.propose(leader, "first"));
    }

    private TxLogConfig config(String self) {
      List<Member> seen = new ArrayList<>();
      for (Member member : cluster.members) {
        seen.add(
            member.name().equals(self)
                ? member
                : new Member(
                    member.name(), member.host(), relays.get(member.name()).port(), member.role()));
      }
      return new TxLogConfig(
          cluster.clusterId,
          cluster.shardId,
          self,
          seen,
          cluster.directory(self),
          true,
          cluster.timeoutMinMs,
          cluster.timeoutMaxMs,
          null);
    }

    List<TcpRelay> towardsFollowers() {
      List<TcpRelay> all = new ArrayList<>();
      relays.forEach(
          (name, relay) -> {
            if (!name.equals(leader)) {
              all.add(relay);
            }
          });
      return all;
    }

    long term() {
      return cluster.logs.get(leader).status().term();
    }

    @Override
    public void close() throws IOException {
      for (TcpRelay relay : relays.values()) {
        relay.close();
      }
      cluster.close();
    }
  }

  @Test
  void cutsInTheMiddleOfFramesLoseAndReorderNothing() throws Exception {
    long seed = System.nanoTime();
    System.out.println("cutsInTheMiddleOfFramesLoseAndReorderNothing seed " + seed);
    Random random = new Random(seed);
    try (Relayed shard = new Relayed()) {
      List<TcpRelay> relays = shard.towardsFollowers();
      List<String> sent = new ArrayList<>(List.of("first"));
      LogPosition last = null;
      for (int i = 0; i < 300; i++) {
        String text = i + "x".repeat(random.nextInt(100) == 0 ? 200_000 : random.nextInt(2_000));
        sent.add(text);
        last = shard.cluster.propose(shard.leader, text);
        if (i % 20 == 0) {
          relays.get(random.nextInt(relays.size())).cutAfter(random.nextInt(40_000));
        }
        if (i % 50 == 0) {
          shard.cluster.awaitCommitted(shard.leader, last);
        }
      }
      relays.forEach(relay -> relay.cutAfter(Long.MAX_VALUE));
      shard.cluster.awaitCommittedEverywhere(last);
      long cuts = relays.stream().mapToLong(TcpRelay::cutCount).sum();
      assertTrue(cuts >= 5, cuts + " cuts");
      shard.cluster.heard.forEach(
          (name, heard) -> {
            if (!name.equals(shard.leader)) {
              assertEquals(sent, heard.texts(), name);
            }
          });
    }
  }

  @Test
  void heartbeatsGoOnWhileAppendsStandStill() throws Exception {
    try (Relayed shard = new Relayed()) {
      long term = shard.term();
      shard.towardsFollowers().forEach(relay -> relay.hold(RawPeer.APPENDS));
      LogPosition held = shard.cluster.propose(shard.leader, "y".repeat(1 << 20));
      long until = System.nanoTime() + 3L * shard.cluster.timeoutMaxMs * 1_000_000;
      while (System.nanoTime() < until) {
        assertEquals(term, shard.term(), "an election although heartbeats pass");
        LockSupport.parkNanos(10_000_000);
      }
      assertTrue(shard.cluster.logs.get(shard.leader).status().leading());
      assertFalse(
          shard.cluster.heard.get(shard.leader).positions().contains(held.toString()),
          "committed by one");
      shard.towardsFollowers().forEach(relay -> relay.hold(0));
      shard.cluster.awaitCommittedEverywhere(held);
      assertEquals(term, shard.term());
    }
  }

  @Test
  void aMemberThatReadsNothingIsNotBufferedFor() throws Exception {
    try (Relayed shard = new Relayed()) {
      TcpRelay deaf = shard.towardsFollowers().getFirst();
      deaf.hold(RawPeer.APPENDS);
      LogPosition last = null;
      long most = 0;
      for (int i = 0; i < 60; i++) {
        last = shard.cluster.propose(shard.leader, "z".repeat(1 << 20));
        shard.cluster.awaitCommitted(shard.leader, last);
        most = Math.max(most, rpc(shard.cluster, shard.leader).waitingBytes());
      }
      long bound = FollowerSender.MAX_BYTES_UNDER_WAY + (5L << 20);
      assertTrue(most > 0 && most <= bound, most + " bytes wait, at most " + bound);
      deaf.hold(0);
      shard.cluster.awaitCommittedEverywhere(last);
    }
  }

  private static MemberRpc rpc(RatisLogCluster cluster, String name) {
    return (MemberRpc) cluster.logs.get(name).server().getServerRpc();
  }

  /**
   * A follower whose disk stands still gets an entry twice, the second time over a new connection.
   * Ratis calls the second one done at once.
   */
  @Test
  void whatIsSentAgainIsNotAcknowledgedBeforeItIsOnDisk() throws Exception {
    CompletableFuture<AppendEntriesReplyProto> givenAgain = new CompletableFuture<>();
    AtomicInteger arrivals = new AtomicInteger();
    try (Relayed shard = new Relayed()) {
      RatisLogCluster cluster = shard.cluster;
      String follower = cluster.other(shard.leader);
      String third = cluster.other(shard.leader, follower);
      shard.relays.get(third).hold(RawPeer.APPENDS);
      boolean[] stalled = {true};
      cluster
          .logs
          .get(follower)
          .bridge()
          .beforeFlush(
              () -> {
                while (stalled[0]) {
                  LockSupport.parkNanos(1_000_000);
                }
              });
      long index = cluster.logs.get(shard.leader).division().getRaftLog().getNextIndex();
      CodeInjectionForTesting.put(
          APPEND,
          (local, remote, args) -> {
            AppendEntriesRequestProto request = (AppendEntriesRequestProto) args[1];
            if (String.valueOf(local).equals(follower)
                && request.getEntriesList().stream().anyMatch(e -> e.getIndex() == index)
                && arrivals.incrementAndGet() == 2) {
              // Here, because only the thread of the appends may give Ratis any.
              giveDirectly(cluster.logs.get(follower), request, givenAgain);
            }
            return true;
          });
      try {
        LogPosition position = cluster.propose(shard.leader, "twice");
        RatisLogCluster.await("the entry to arrive", () -> arrivals.get() == 1);
        RatisLogCluster.await(
            "the follower to have taken it",
            () -> cluster.logs.get(follower).division().getRaftLog().getNextIndex() > index);
        shard.relays.get(follower).cutNow();
        RatisLogCluster.await("the entry to arrive again", () -> arrivals.get() >= 2);
        assertEquals(
            AppendResult.SUCCESS,
            givenAgain.get(10, TimeUnit.SECONDS).getResult(),
            "Ratis waits for the disk by now; the order of acknowledgements may go");
        assertTrue(cluster.logs.get(follower).status().flushedIndex() < index);
        long until = System.nanoTime() + 500_000_000;
        while (System.nanoTime() < until) {
          assertFalse(
              cluster.heard.get(shard.leader).positions().contains(position.toString()),
              "committed while only the leader has it on disk");
          LockSupport.parkNanos(5_000_000);
        }
        stalled[0] = false;
        cluster.awaitCommitted(shard.leader, position);
      } finally {
        stalled[0] = false;
        CodeInjectionForTesting.remove(APPEND);
      }
    }
  }

  /** Gives the request to Ratis past everything that stands before it. */
  private static void giveDirectly(
      RatisTxLog log,
      AppendEntriesRequestProto request,
      CompletableFuture<AppendEntriesReplyProto> outcome) {
    try {
      log.server()
          .appendEntriesAsync(request)
          .whenComplete(
              (reply, failure) -> {
                if (failure == null) {
                  outcome.complete(reply);
                } else {
                  outcome.completeExceptionally(failure);
                }
              });
    } catch (IOException e) {
      outcome.completeExceptionally(e);
    }
  }
}
