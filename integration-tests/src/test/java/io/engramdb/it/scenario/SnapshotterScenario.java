package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.ClusterStatus;
import io.engramdb.it.harness.Command;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three zones and a snapshotter beside them: it makes the snapshots and the archive, data nodes
 * copy what they need of it, clients never get there, and nobody waits for it.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SnapshotterScenario {
  private static final int VALUE_BYTES = 64 << 10;
  private static final int KEYS = 8;

  /** More than one size between two snapshots, less than two: nobody has to make its own. */
  private static final int WRITES_PER_SNAPSHOT = 22;

  @TempDir Path temp;

  private int written;

  @Test
  void dataNodesCopyItsSnapshotsAndItsAbsenceStopsNothing() throws IOException {
    String store = "file:" + temp.resolve("store");
    try (Cluster cluster = Cluster.start(options(store).with("--set", "snapshot-log-size=1mb"))) {
      cluster.awaitHealthy();
      int own = snapshotterPort(cluster);
      isShownAndNobodyIsSentThere(cluster, own);

      int primary = cluster.awaitWritable();
      for (int i = 1; i <= 2; i++) {
        write(cluster, WRITES_PER_SNAPSHOT);
        int copies = i;
        for (int replica : cluster.othersThan(primary)) {
          Await.until(
              "a replica copies the snapshotter's snapshot",
              Cluster.HEAL_LIMIT,
              () -> number(cluster, replica, "persistence", "snapshots_fetched") >= copies);
        }
      }
      for (int replica : cluster.othersThan(primary)) {
        assertEquals(0, number(cluster, replica, "persistence", "rdb_saves"));
      }
      assertTrue(number(cluster, own, "persistence", "rdb_saves") >= 2);
      Await.until(
          "it archives the log",
          Cluster.HEAL_LIMIT,
          () -> number(cluster, own, "persistence", "archive_segments") > 0);
      String created = create(cluster, store);
      assertTrue(created.contains("snapshotter makes a snapshot"), created);

      cluster.process(own).kill();
      awaySparesThePrimary(cluster, primary);
      assertEquals("degraded", cluster.status().state());
      delete(cluster.directory().resolve("snapshotter"));
      cluster.up();
      awaitCaughtUp(cluster, own);

      int killed = cluster.killPrimary();
      write(cluster, 3);
      assertNotEquals(killed, cluster.awaitWritable());
      awaitCaughtUp(cluster, own);
      assertEquals("0", text(cluster, own, "raft", "raft_promotions"));
      cluster.up();
      cluster.awaitHealthy();
      create(cluster, store);
      awaitArchived(cluster, own);
    }
    Command.Result verify = engram("snapshot", "verify", "--all", "--replay", store).orFail();
    assertTrue(verify.out().contains("replayed from"), verify::toString);
  }

  /** Three sizes between two snapshots: a replica makes one, the primary copies it. */
  private void awaySparesThePrimary(Cluster cluster, int primary) throws IOException {
    long before = number(cluster, primary, "persistence", "snapshots_fetched");
    write(cluster, 3 * WRITES_PER_SNAPSHOT);
    Await.until(
        "a replica makes a snapshot, and the primary copies it",
        Cluster.HEAL_LIMIT,
        () ->
            cluster.othersThan(primary).stream()
                    .anyMatch(each -> number(cluster, each, "persistence", "rdb_saves") > 0)
                && number(cluster, primary, "persistence", "snapshots_fetched") > before);
    assertEquals(primary, cluster.awaitWritable());
    assertEquals(0, number(cluster, primary, "persistence", "rdb_saves"));
  }

  /** What the shard began with stands in no log: whoever has lost it must get it from others. */
  @Test
  void ofARestoredShardItGetsWhatTheShardBeganWithFromOthers() throws IOException {
    String store = "file:" + temp.resolve("store");
    try (Cluster cluster = Cluster.start(ClusterOptions.plain().withReplicas(0))) {
      cluster.awaitHealthy();
      write(cluster, KEYS);
      create(cluster, store);
    }
    try (Cluster cluster =
        Cluster.start(
            ClusterOptions.plain().withReplicas(0).with("--snapshotter", "--restore", store))) {
      int own = cluster.firstPort() + 1;
      write(cluster, 1);
      awaitCaughtUp(cluster, own);
      cluster.process(own).kill();
      delete(cluster.directory().resolve("snapshotter"));
      cluster.startMissing();
      awaitCaughtUp(cluster, own);
      String keys = text(cluster, own, "keyspace", "db0");
      assertEquals(text(cluster, cluster.firstPort(), "keyspace", "db0"), keys);
      assertTrue(keys.startsWith("keys="), keys);
    }
  }

  private static Command.Result engram(String... arguments) {
    List<String> all = new ArrayList<>(List.of(Settings.launcher().toString()));
    all.addAll(List.of(arguments));
    return Command.run(Cluster.UP_LIMIT, Settings.root(), Map.of(), all);
  }

  private static String create(Cluster cluster, String store) {
    return engram("snapshot", "create", "--dir", cluster.directory() + "", store).orFail().out();
  }

  private static ClusterOptions options(String store) {
    return ClusterOptions.plain()
        .with("--snapshotter", "--snapshot-store", store)
        .with("--set", "archive-interval-ms=1000");
  }

  private static int snapshotterPort(Cluster cluster) {
    return cluster.firstPort() + Cluster.ZONES;
  }

  private static void isShownAndNobodyIsSentThere(Cluster cluster, int own) throws IOException {
    ClusterStatus.Node shown = cluster.status().nodes().getLast();
    assertEquals("snapshotter", shown.role());
    assertEquals(own, shown.port());
    for (int port : List.of(cluster.awaitWritable(), own)) {
      try (RespClient client = cluster.connect(port)) {
        String nodes = client.call("CLUSTER", "NODES").text();
        assertEquals(Cluster.ZONES, nodes.lines().count(), nodes);
        assertFalse(nodes.contains(":" + own + "@"), nodes);
        for (String answer : List.of("SLOTS", "SHARDS")) {
          Reply reply = client.call("CLUSTER", answer);
          assertTrue(names(reply, cluster.firstPort()), reply::toString);
          assertFalse(names(reply, own), reply::toString);
        }
      }
    }
    try (RespClient primary = cluster.connectPrimary()) {
      String shownThere = "name=snapshotter,zone=a,role=snapshotter,state=online";
      eventually(primary, text -> text.contains(shownThere), "INFO", "raft");
      eventually(primary, text -> text.contains("connected_slaves:2"), "INFO", "replication");
      // Two others vote: whoever has written nothing is told of those alone.
      eventually(primary, "2"::equals, "WAIT", "2", "1000");
      Reply refused = primary.call("FAILOVER", "TO", "127.0.0.1", "" + own);
      assertTrue(refused.isError(), refused::toString);
    }
    try (RespClient client = cluster.connect(own)) {
      client.call("READONLY").orFail();
      eventually(client, text -> text.startsWith("MOVED "), "GET", "key1");
      assertTrue(client.call("SET", "key1", "v").text().startsWith("MOVED "));
      assertTrue(client.call("PUBLISH", "c", "m").text().startsWith("READONLY "));
      for (String about : List.of("KEYS *", "DBSIZE", "CLUSTER COUNTKEYSINSLOT 1")) {
        assertTrue(client.call(about.split(" ")).text().startsWith("READONLY "), about);
      }
      assertEquals("snapshotter", text(cluster, own, "raft", "raft_role"));
    }
  }

  /** What a member knows of others it may have heard a moment later than the test. */
  private static void eventually(RespClient client, Predicate<String> wanted, String... words) {
    String[] last = {""};
    Await.value(
        () -> String.join(" ", words) + " answers " + last[0],
        Cluster.HEAL_LIMIT,
        () -> {
          last[0] = client.call(words).text();
          return wanted.test(last[0]) ? Optional.of(true) : Optional.empty();
        });
  }

  /** Whether that port stands somewhere in the reply, as a field of its own. */
  private static boolean names(Reply reply, int port) {
    if (reply instanceof Reply.Many many) {
      return !many.isNil() && many.items().stream().anyMatch(each -> names(each, port));
    }
    return !reply.isNil() && reply.text().equals("" + port);
  }

  private void write(Cluster cluster, int writes) throws IOException {
    String body = "v".repeat(VALUE_BYTES);
    int target = written + writes;
    while (written < target) {
      try (RespClient client = cluster.connectPrimary()) {
        while (written < target) {
          Reply reply = client.call("SET", "key" + written % KEYS, body + written);
          if (reply.isError()) {
            break;
          }
          written++;
        }
      } catch (IOException closed) {
        // The primary is gone: the next one answers soon.
      }
    }
  }

  /** It has in memory what was committed when this was called. */
  private static void awaitCaughtUp(Cluster cluster, int own) {
    long committed = number(cluster, cluster.awaitWritable(), "raft", "raft_commit_index");
    Await.until(
        "the snapshotter has caught up",
        Cluster.HEAL_LIMIT,
        () ->
            number(cluster, own, "raft", "raft_applied_index") >= committed
                && text(cluster, own, "raft", "raft_state").equals("following"));
  }

  private static void awaitArchived(Cluster cluster, int own) {
    long committed = number(cluster, own, "raft", "raft_commit_index");
    Await.until(
        "the archive has everything",
        Cluster.HEAL_LIMIT,
        () -> number(cluster, own, "persistence", "archive_index") >= committed);
    assertEquals(0, number(cluster, own, "persistence", "archive_gaps"));
  }

  private static long number(Cluster cluster, int port, String section, String field) {
    String text = text(cluster, port, section, field);
    return text.isEmpty() ? -1 : Long.parseLong(text);
  }

  /** Empty while the node does not answer. */
  private static String text(Cluster cluster, int port, String section, String field) {
    try (RespClient client = cluster.connect(port)) {
      Reply info = client.call("INFO", section);
      if (info.isError()) {
        return "";
      }
      for (String line : info.text().split("\r\n")) {
        if (line.startsWith(field + ":")) {
          return line.substring(field.length() + 1);
        }
      }
    } catch (IOException notYet) {
      return "";
    }
    throw new AssertionError("no " + field);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
