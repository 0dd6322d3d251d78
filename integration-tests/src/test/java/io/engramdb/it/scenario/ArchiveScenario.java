package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.Command;
import io.engramdb.it.harness.FreePorts;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster archives its log while it is written to and loses its primary; then new clusters begin
 * with what it had at a moment in the past, key for key what was acknowledged by then.
 *
 * <p>{@code -Dengram.test.archiveWrites=200000} writes more.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ArchiveScenario {
  private static final int WRITES = Settings.size("archiveWrites", 400);
  private static final int KEYS = 300;

  /** Nothing is written around the moment that is wanted: clocks differ by less. */
  private static final Duration QUIET = Duration.ofMillis(300);

  @TempDir Path temp;

  private int written;

  @Test
  void clustersBeginWithWhatAnotherOneHadInThePast() throws IOException {
    String store = "file:" + temp.resolve("store");
    Map<String, String> atMoment;
    Map<String, String> beforeFlush;
    Instant moment;
    try (Cluster cluster = Cluster.start(archiving(store))) {
      cluster.awaitHealthy();
      Map<String, String> state = new TreeMap<>();
      write(cluster, state, WRITES);
      engram("snapshot", "create", "--dir", cluster.directory() + "", store).orFail();
      write(cluster, state, WRITES);
      rest();
      moment = Instant.now();
      atMoment = Map.copyOf(state);
      rest();
      write(cluster, state, WRITES / 2);
      cluster.killPrimary();
      write(cluster, state, WRITES / 2);
      cluster.up();
      cluster.awaitHealthy();
      engram("snapshot", "create", "--dir", cluster.directory() + "", store).orFail();
      write(cluster, state, WRITES);
      beforeFlush = Map.copyOf(state);
      accepted(cluster, "FLUSHALL");
      accepted(cluster, "SET", "afterwards", "1");
      awaitArchived(cluster, moment.plus(QUIET));
      cluster.down();
    }
    Command.Result verify = engram("snapshot", "verify", "--all", "--replay", store).orFail();
    assertTrue(verify.out().contains("replayed from"), verify::toString);
    System.out.println("archive: " + verify.out().strip().replace("\n", "\narchive: "));

    refused(store);
    dryRun(store, moment);
    restored(
        store, atMoment, archiving(store).with("--restore", store, "--to-time", moment.toString()));
    // The restored cluster has archived into the same store: two histories, never mixed.
    String ambiguous = plan(store, "--to-time", "newest").err();
    assertTrue(ambiguous.contains("choose one history"), ambiguous);
    Map<String, String> some = new TreeMap<>(beforeFlush);
    some.keySet().removeIf(key -> !key.startsWith("key1"));
    restored(
        store,
        some,
        ClusterOptions.plain()
            .withoutClusterMode()
            .withReplicas(0)
            .with("--restore", store, "--before-command", "flushall", "--key-pattern", "key1*")
            .with("--history", firstHistory(verify.out())));
  }

  private static ClusterOptions archiving(String store) {
    return ClusterOptions.plain()
        .withoutClusterMode()
        .with("--snapshot-store", store, "--set", "archive-interval-ms=500");
  }

  private static void rest() {
    LockSupport.parkNanos(QUIET.toNanos());
  }

  private static Command.Result engram(String... arguments) {
    List<String> all = new ArrayList<>(List.of(Settings.launcher().toString()));
    all.addAll(List.of(arguments));
    return Command.run(Cluster.UP_LIMIT, Settings.root(), Map.of(), all);
  }

  /** Writes to whoever is primary; what closed without an answer is written again. */
  private void write(Cluster cluster, Map<String, String> state, int writes) throws IOException {
    int target = written + writes;
    while (written < target) {
      try (RespClient client = cluster.connectPrimary()) {
        while (written < target) {
          String key = "key" + written % KEYS;
          Reply reply = client.call("SET", key, "value " + written);
          if (reply.isError()) {
            break;
          }
          state.put(key, "value " + written);
          written++;
        }
      } catch (IOException closed) {
        // The primary is gone: the next one answers soon.
      }
    }
    assertFalse(state.isEmpty());
  }

  private static void accepted(Cluster cluster, String... command) throws IOException {
    try (RespClient client = cluster.connectPrimary()) {
      client.call(command).orFail();
    }
  }

  /** Until a node says that everything until then, and until now, is archived. */
  private static void awaitArchived(Cluster cluster, Instant moment) {
    long nowSec = Math.max(moment.getEpochSecond(), Instant.now().getEpochSecond()) + 1;
    Await.until(
        "the archive has everything",
        Cluster.HEAL_LIMIT,
        () -> {
          for (int port : cluster.dataPorts()) {
            if (number(cluster, port, "archive_covered_time") >= nowSec) {
              return true;
            }
          }
          return false;
        });
    for (int port : cluster.dataPorts()) {
      assertEquals(0, number(cluster, port, "archive_gaps"));
      assertEquals(1, number(cluster, port, "archive_enabled"));
    }
  }

  private static long number(Cluster cluster, int port, String field) {
    try (RespClient client = cluster.connect(port)) {
      for (String line : client.call("INFO", "persistence").text().split("\r\n")) {
        if (line.startsWith(field + ":")) {
          return Long.parseLong(line.substring(field.length() + 1));
        }
      }
    } catch (IOException notYet) {
      return -1;
    }
    throw new AssertionError("no " + field);
  }

  private Command.Result plan(String store, String... more) {
    List<String> words = new ArrayList<>(List.of("restore", store, "--dry-run"));
    words.addAll(List.of("--dir", temp.resolve("none").toString()));
    words.addAll(List.of(more));
    return engram(words.toArray(String[]::new));
  }

  /** What the archive does not know makes no cluster. */
  private void refused(String store) {
    String future = Instant.now().plusSeconds(3600).toString();
    Path none = temp.resolve("none");
    Command.Result up =
        engram(
            "up",
            "--dir",
            none.toString(),
            "--port",
            "" + FreePorts.consecutive(3),
            "--restore",
            store,
            "--to-time",
            future);
    assertEquals(1, up.exitCode(), up::toString);
    assertTrue(up.err().contains("can't be restored"), up::toString);
    assertFalse(Files.exists(none.resolve("cluster.json")));
    assertNotEquals(0, plan(store, "--before-command", "swapdb").exitCode());
  }

  private void dryRun(String store, Instant moment) {
    String plan = plan(store, "--to-time", moment.toString()).orFail().out();
    assertTrue(plan.contains("load snapshot manual/"), plan);
    assertTrue(plan.contains("segments of the archived log"), plan);
    assertFalse(Files.exists(temp.resolve("none/cluster.json")));
    System.out.println("archive: " + plan.strip().replace("\n", "\narchive: "));
  }

  private static String firstHistory(String verified) {
    // manual/SHARD/INCARNATION/...
    return verified.split("/")[2];
  }

  private static void restored(String store, Map<String, String> expected, ClusterOptions options)
      throws IOException {
    try (Cluster cluster = Cluster.start(options)) {
      cluster.awaitHealthy();
      try (RespClient client = cluster.connectPrimary()) {
        Map<String, String> found = new TreeMap<>();
        for (Reply key : client.call("KEYS", "*").items()) {
          found.put(key.text(), client.call("GET", key.text()).text());
        }
        // The harness asks who takes writes.
        found.keySet().removeIf(key -> key.startsWith("harness"));
        assertEquals(new TreeMap<>(expected), found);
      }
      if (options.flags().contains("--snapshot-store")) {
        awaitArchived(cluster, Instant.now());
      }
      System.out.printf("archive: %d keys restored from %s%n", expected.size(), store);
    }
  }
}
