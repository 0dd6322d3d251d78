package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The log of a cluster is cut while writes go on, and a replica that was away for longer than that
 * comes back by a snapshot.
 *
 * <p>{@code -Dengram.test.cutMegabytes=2048} writes more; {@code
 * -Dengram.test.snapshotLogMegabytes=256} lets the nodes make their snapshots seldom.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class LogCutScenario {

  /** Written while the replica is away, at least; more if the log is not cut past it by then. */
  private static final int WRITTEN_MB = Settings.size("cutMegabytes", 24);

  private static final int SNAPSHOT_LOG_MB = Settings.size("snapshotLogMegabytes", 1);

  private static final int VALUE_BYTES = 64 << 10;
  private static final int WRITES_PER_MB = (1 << 20) / VALUE_BYTES;

  /** So few that a snapshot is smaller than the log between two of them. */
  private static final int KEYS = 8;

  /** Of the log on disk, beside what lies between snapshots: segments that are still in use. */
  private static final long SEGMENTS_BYTES = 40L << 20;

  private static final Duration BACK_LIMIT = Duration.ofMinutes(5);

  @Test
  void theDiskIsBoundedAndWhoWasAwayComesBackByASnapshot() throws IOException {
    try (Cluster cluster = Cluster.start(ClusterOptions.plain().withoutClusterMode())) {
      cluster.dataPorts().forEach(port -> configure(cluster, port));
      int primary = cluster.awaitWritable();
      int away = cluster.othersThan(primary).getFirst();
      cluster.awaitHealthy();
      fillTypes(cluster, primary);
      long last = number(cluster, away, "raft_applied_index");
      cluster.process(away).kill();
      int writtenMb = write(cluster, primary, WRITTEN_MB);
      while (number(cluster, primary, "raft_first_index") <= last + 1
          && writtenMb < 4 * WRITTEN_MB) {
        writtenMb += write(cluster, primary, 8);
      }
      long first = number(cluster, primary, "raft_first_index");
      assertTrue(first > last + 1, "the log begins at " + first + ", the replica needs " + last);
      long logBytes = logBytes(cluster, primary);
      long most = (4L * SNAPSHOT_LOG_MB << 20) + SEGMENTS_BYTES;
      System.out.printf(
          "log cut: %d MB written, the log begins at %d and has %d MB on disk, all of it %d MB%n",
          writtenMb, first, logBytes >> 20, bytes(cluster.directory()) >> 20);
      assertTrue(
          logBytes < most, "the log has " + logBytes + " bytes, " + writtenMb + " MB written");

      long startNs = System.nanoTime();
      cluster.up();
      Await.until(
          "the replica is back",
          BACK_LIMIT,
          () -> text(cluster, away, "replication", "master_link_status").equals("up"));
      cluster.awaitHealthy();
      System.out.printf("log cut: back after %d ms%n", (System.nanoTime() - startNs) / 1_000_000);
      assertEquals(content(cluster, primary), content(cluster, away));
      becomesPrimary(cluster, primary, away);
    }
  }

  private static void becomesPrimary(Cluster cluster, int primary, int away) throws IOException {
    // What it missed carries old times; a node hands leadership back whose clock seems ahead.
    try (RespClient client = cluster.connect(primary)) {
      client.call("SET", "afterwards", "0").orFail();
    }
    List<String> before = content(cluster, primary);
    Await.until(
        "the replica has the newest write",
        Cluster.HEAL_LIMIT,
        () -> content(cluster, away).equals(before));
    try (RespClient client = cluster.connect(primary)) {
      client.call("FAILOVER", "TO", "127.0.0.1", "" + away).orFail();
    }
    Await.until(
        "the replica that was away leads",
        Cluster.HEAL_LIMIT,
        () -> cluster.awaitWritable() == away);
    assertEquals(before, content(cluster, away));
    try (RespClient client = cluster.connect(away)) {
      client.call("SET", "afterwards", "1").orFail();
    }
    cluster.awaitHealthy();
    assertEquals(content(cluster, away), content(cluster, primary));
  }

  private static void configure(Cluster cluster, int port) {
    try (RespClient client = cluster.connect(port)) {
      client.call("CONFIG", "SET", "snapshot-log-size", SNAPSHOT_LOG_MB + "mb").orFail();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void fillTypes(Cluster cluster, int port) throws IOException {
    try (RespClient client = cluster.connect(port)) {
      for (int i = 0; i < 300; i++) {
        accepted(client, "RPUSH", "list", "element " + i);
        accepted(client, "HSET", "hash", "field " + i, "value " + i);
        accepted(client, "ZADD", "zset", i + ".5", "member " + i);
        accepted(client, "XADD", "stream", "1-" + (i + 1), "field", "value " + i);
      }
      client.call("SET", "volatile", "v", "EX", "100000").orFail();
    }
  }

  private static void accepted(RespClient client, String... command) throws IOException {
    Reply reply = client.call(command);
    assertFalse(reply.isError(), () -> command[0] + " answered " + reply);
  }

  private static int write(Cluster cluster, int port, int megabytes) throws IOException {
    try (RespClient client = cluster.connect(port)) {
      String body = "v".repeat(VALUE_BYTES);
      for (int mb = 0; mb < megabytes; mb++) {
        for (int i = 0; i < WRITES_PER_MB; i++) {
          client.send("SET", "key" + (mb * WRITES_PER_MB + i) % KEYS, body + mb);
        }
        client.flush();
        for (int i = 0; i < WRITES_PER_MB; i++) {
          client.receive().orFail();
        }
      }
    }
    return megabytes;
  }

  /** Everything but times, in an order of its own. */
  private static List<String> content(Cluster cluster, int port) throws IOException {
    List<String> all = new ArrayList<>();
    try (RespClient client = cluster.connect(port)) {
      client.call("READONLY");
      all.add(client.call("DBSIZE").toString());
      for (int i = 0; i < KEYS; i++) {
        String value = client.call("GET", "key" + i).toString();
        all.add(value.length() + " " + value.hashCode());
      }
      all.add(client.call("LRANGE", "list", "0", "-1").toString());
      all.add(client.call("ZRANGE", "zset", "0", "-1", "WITHSCORES").toString());
      all.add(client.call("XRANGE", "stream", "-", "+").toString());
      all.add(client.call("PEXPIRETIME", "volatile").toString());
      all.add(client.call("GET", "afterwards").toString());
      for (int i = 0; i < 300; i++) {
        all.add(client.call("HGET", "hash", "field " + i).toString());
      }
    }
    return all;
  }

  private static long number(Cluster cluster, int port, String field) {
    return Long.parseLong(text(cluster, port, "all", field));
  }

  private static String text(Cluster cluster, int port, String section, String field) {
    try (RespClient client = cluster.connect(port)) {
      String info = client.call("INFO", section).text();
      for (String line : info.split("\r\n")) {
        if (line.startsWith(field + ":")) {
          return line.substring(field.length() + 1);
        }
      }
      return "";
    } catch (IOException notYet) {
      return "";
    }
  }

  /** The log of the node that listens there, on its disk. */
  private static long logBytes(Cluster cluster, int port) throws IOException {
    return number(cluster, port, "aof_current_size");
  }

  /** What the files there take; those that go away meanwhile take nothing. */
  private static long bytes(Path directory) throws IOException {
    long[] sum = new long[1];
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
  }
}
