package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.FollowingClient;
import io.engramdb.it.harness.FollowingClient.Outcome;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import io.engramdb.it.harness.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How long writes stop when the primary dies and when it hands over.
 *
 * <p>The figures are printed and kept in target/; what is asserted is that the cluster goes on by
 * itself and that the last acknowledged write is there. The bound on time only catches a cluster
 * that is stuck: this machine may be busy with other things.
 *
 * <p>{@code -Dengram.test.failovers=20 -Dengram.test.handovers=10} for the full run.
 */
@SharedCluster.Wants(SharedCluster.Kind.OPEN)
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class FailoverScenario {
  private static final Duration STUCK_LIMIT = Cluster.HEAL_LIMIT;
  private static final Duration REPLY_LIMIT = Duration.ofMillis(500);

  @Test
  void writesGoOnAfterKill9(Cluster cluster) throws IOException {
    GapTable table = new GapTable("failover");
    try {
      for (int i = 0; i < Settings.size("failovers", 3); i++) {
        int primary = cluster.awaitWritable();
        String value = "before-" + i;
        try (RespClient client = cluster.connect(primary)) {
          client.call("SET", "failover:before", value).orFail();
        }
        long killedNs = System.nanoTime();
        cluster.process(primary).kill();
        List<Integer> others = cluster.othersThan(primary);
        int successor = firstToAcknowledge(cluster, others, "failover:after-" + i);
        table.add("kill -9 of the primary", elapsedMs(killedNs));
        assertNotEquals(primary, successor);
        try (RespClient client = cluster.connect(successor)) {
          assertTrue(value.equals(client.call("GET", "failover:before").text()), "lost " + value);
        }
        if (i == 0) {
          awaitFailedNodes(cluster, others, List.of(primary));
        }
        cluster.up();
        cluster.awaitHealthy();
      }
      awaitFailedNodes(cluster, cluster.dataPorts(), List.of());
    } finally {
      table.publish();
    }
  }

  /**
   * Until every node that is asked calls the same ones failed: a client that takes its picture from
   * any one of them must not go on waiting for a dead one.
   */
  private static void awaitFailedNodes(
      Cluster cluster, List<Integer> asked, List<Integer> expected) {
    for (int port : asked) {
      Await.until(
          "node " + port + " tells clients that these failed: " + expected,
          STUCK_LIMIT,
          () -> {
            try (RespClient client = cluster.connect(port)) {
              return expected.equals(failedNodes(client.call("CLUSTER", "NODES").text()));
            }
          });
    }
  }

  /** Ports of the nodes with the flag "fail" in an answer of CLUSTER NODES. */
  private static List<Integer> failedNodes(String nodes) {
    return nodes
        .lines()
        .map(line -> line.split(" "))
        .filter(field -> List.of(field[2].split(",")).contains("fail"))
        .map(field -> Integer.valueOf(field[1].replaceFirst(".*:(\\d+)@.*", "$1")))
        .toList();
  }

  /** Asks all candidates over and over; a node that refuses costs no time for the others. */
  private static int firstToAcknowledge(Cluster cluster, List<Integer> candidates, String key) {
    AtomicLong winner = new AtomicLong(-1);
    FollowingClient[] clients =
        candidates.stream()
            .map(port -> new FollowingClient(cluster, List.of(port), REPLY_LIMIT))
            .toArray(FollowingClient[]::new);
    try (Worker worker =
        Worker.start(
            "probe",
            clients.length,
            index -> {
              if (clients[index].call("SET", key, "1") instanceof Outcome.Answered(Reply reply)
                  && reply.isOk()) {
                winner.compareAndSet(-1, clients[index].port());
              }
              Await.pause();
            })) {
      Await.until("a successor acknowledges a write", STUCK_LIMIT, () -> winner.get() > 0);
      worker.stop();
    }
    return (int) winner.get();
  }

  @Test
  void writesGoOnThroughAPlannedHandOver(Cluster cluster) {
    GapTable table = new GapTable("hand-over");
    try {
      for (int i = 0; i < Settings.size("handovers", 2); i++) {
        table.add("FAILOVER command", gapAround(cluster, FailoverScenario::failoverCommand));
        table.add("SIGTERM of the primary", gapAround(cluster, FailoverScenario::terminate));
        cluster.up();
        cluster.awaitHealthy();
      }
    } finally {
      table.publish();
    }
  }

  /** A change that makes another node the primary. */
  @FunctionalInterface
  private interface HandOver {
    void start(Cluster cluster, int primary) throws IOException;
  }

  private static void failoverCommand(Cluster cluster, int primary) throws IOException {
    try (RespClient client = cluster.connect(primary)) {
      client.call("FAILOVER").orFail();
    }
  }

  private static void terminate(Cluster cluster, int primary) {
    cluster.process(primary).terminate();
  }

  /** The longest time without an acknowledged write while one client writes without a break. */
  private static long gapAround(Cluster cluster, HandOver handOver) {
    cluster.awaitHealthy();
    int primary = cluster.awaitWritable();
    AtomicLong lastNs = new AtomicLong(System.nanoTime());
    AtomicLong worstNs = new AtomicLong();
    AtomicLong count = new AtomicLong();
    AtomicLong writer = new AtomicLong(primary);
    try (FollowingClient client = new FollowingClient(cluster, REPLY_LIMIT);
        Worker worker =
            Worker.start("writes", 1, i -> writeOnce(client, lastNs, worstNs, count, writer))) {
      awaitMore(worker, count, "before the hand-over");
      worstNs.set(0);
      handOver.start(cluster, primary);
      Await.until(
          "another node acknowledges writes",
          STUCK_LIMIT,
          () -> {
            worker.checkHealthy();
            return writer.get() != primary;
          });
      awaitMore(worker, count, "after the hand-over");
      worker.stop();
    } catch (IOException e) {
      throw new AssertionError("hand-over failed", e);
    }
    return TimeUnit.NANOSECONDS.toMillis(worstNs.get());
  }

  private static void awaitMore(Worker worker, AtomicLong count, String when) {
    long goal = count.get() + 200;
    Await.until(
        "writes are acknowledged " + when,
        STUCK_LIMIT,
        () -> {
          worker.checkHealthy();
          return count.get() >= goal;
        });
  }

  private static void writeOnce(
      FollowingClient client,
      AtomicLong lastNs,
      AtomicLong worstNs,
      AtomicLong count,
      AtomicLong writer) {
    int port = client.port();
    if (client.call("SET", "hand-over:key", "1") instanceof Outcome.Answered(Reply reply)) {
      reply.orFail();
      long nowNs = System.nanoTime();
      worstNs.accumulateAndGet(nowNs - lastNs.getAndSet(nowNs), Math::max);
      count.incrementAndGet();
      writer.set(port);
    } else {
      Await.pause(1_000_000);
    }
  }

  private static long elapsedMs(long fromNs) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - fromNs);
  }
}
