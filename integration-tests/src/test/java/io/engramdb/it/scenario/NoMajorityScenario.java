package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.NodeProcess;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster.Kind;
import io.engramdb.it.harness.SharedCluster.Wants;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two of three zones are away: no write is acknowledged, no read answered, and all heals itself.
 *
 * <p>{@code -Dengram.test.watchSeconds=60} watches longer.
 */
@Wants(Kind.OPEN)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class NoMajorityScenario {
  /** Far more than any lease: a read that is answered after this was answered without one. */
  private static final Duration LEASE_IS_OVER = Duration.ofMillis(1500);

  /** Several rounds of elections that must all fail. */
  private static final Duration WATCHED = Duration.ofSeconds(Settings.size("watchSeconds", 3));

  private static final Duration REPLY_LIMIT = Duration.ofSeconds(1);

  @Test
  void aPrimaryWithoutItsReplicasAcknowledgesNothing(Cluster cluster) throws IOException {
    int primary = cluster.awaitWritable();
    List<Integer> others = cluster.othersThan(primary);
    set(cluster, primary, "kept", "1");
    others.forEach(port -> cluster.process(port).pause());
    Await.passes(LEASE_IS_OVER);
    watchThatNothingIsAnswered(cluster, List.of(primary));
    cluster.process(others.getFirst()).resume();
    int writable = cluster.awaitWritable(List.of(primary, others.getFirst()));
    assertEquals("1", get(cluster, writable, "kept"));
    cluster.process(others.getLast()).resume();
    cluster.awaitHealthy();
  }

  @Test
  void writesInFlightWhenTheMajorityGoesAreNotAcknowledged(Cluster cluster) throws IOException {
    int primary = cluster.awaitWritable();
    try (RespClient client = cluster.connect(primary, Duration.ofSeconds(15))) {
      client.call("SET", "k", "0").orFail();
      cluster.othersThan(primary).forEach(port -> cluster.process(port).kill());
      client.send("SET", "k", "1");
      client.flush();
      Reply reply = client.receive();
      assertFalse(reply.isOk(), "acknowledged without a majority: " + reply);
    } catch (IOException closed) {
      // Unknown outcome, which is what a parked write deserves.
      System.out.println("parked write ended with: " + closed.getMessage());
    }
    watchThatNothingIsAnswered(cluster, List.of(primary));
    cluster.up();
    String value = get(cluster, cluster.awaitWritable(), "k");
    assertEquals(1, value.length(), "k is " + value);
    cluster.awaitHealthy();
  }

  @Test
  void aLoneReplicaNeverBecomesThePrimary(Cluster cluster) throws IOException {
    int primary = cluster.awaitWritable();
    set(cluster, primary, "kept", "1");
    List<Integer> others = cluster.othersThan(primary);
    cluster.process(primary).kill();
    cluster.process(others.getFirst()).kill();
    Await.passes(LEASE_IS_OVER);
    watchThatNothingIsAnswered(cluster, List.of(others.getLast()));
    cluster.up();
    assertEquals("1", get(cluster, cluster.awaitWritable(), "kept"));
    cluster.awaitHealthy();
  }

  @Test
  void oneLostZoneOfALogOnlyClusterCostsNothing(@Wants(Kind.LOG_ONLY) Cluster cluster)
      throws IOException {
    int primary = cluster.awaitWritable();
    set(cluster, primary, "kept", "1");
    List<NodeProcess> voters =
        cluster.processes().stream()
            .filter(process -> process.pid() != cluster.process(primary).pid())
            .toList();
    assertEquals(2, voters.size());
    voters.getFirst().kill();
    set(cluster, primary, "alone", "1");
    voters.getLast().kill();
    Await.passes(LEASE_IS_OVER);
    watchThatNothingIsAnswered(cluster, List.of(primary));
    cluster.up();
    assertEquals("1", get(cluster, cluster.awaitWritable(), "kept"));
  }

  /** Fresh connections each time: what a new client would see. */
  private static void watchThatNothingIsAnswered(Cluster cluster, List<Integer> ports) {
    long endNs = System.nanoTime() + WATCHED.toNanos();
    while (System.nanoTime() < endNs) {
      for (int port : ports) {
        mustNotAnswer(cluster, port, "SET", "lonely", "1");
        mustNotAnswer(cluster, port, "GET", "kept");
      }
    }
  }

  private static void mustNotAnswer(Cluster cluster, int port, String... command) {
    try (RespClient client = cluster.connect(port, REPLY_LIMIT)) {
      Reply reply = client.call(command);
      if (!reply.isError()) {
        throw new AssertionError(
            "%s on %d answered %s without a majority"
                .formatted(String.join(" ", command), port, reply));
      }
    } catch (IOException parkedOrClosed) {
      Await.pause();
    }
  }

  private static void set(Cluster cluster, int port, String key, String value) throws IOException {
    try (RespClient client = cluster.connect(port)) {
      client.call("SET", key, value).orFail();
    }
  }

  private static String get(Cluster cluster, int port, String key) throws IOException {
    try (RespClient client = cluster.connect(port)) {
      return client.call("GET", key).text();
    }
  }
}
