package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.store.SnapshotStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole node that archives its log. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StoreArchiveTest {
  private static final String INTERVAL_MS = "200";

  @TempDir Path directory;

  @Test
  void aLoneNodeArchivesWhatItWritesAndSaysThatItIsIdle() throws Exception {
    Path key = directory.resolve("key");
    Files.writeString(key, "0123456789abcdef".repeat(4));
    String store = "file:" + directory.resolve("store") + "?key-file=" + key;
    LoneNode node =
        new LoneNode(
            directory.resolve("node"),
            "--snapshot-store",
            store,
            "--archive-interval-ms",
            INTERVAL_MS);
    for (int i = 0; i < 50; i++) {
      assertEquals("+OK|", node.client.ask("SET key" + i + " value"));
    }
    long written = Long.parseLong(node.info("raft").get("raft_applied_index"));
    Map<String, String> fields =
        node.await("persistence", facts -> Long.parseLong(facts.get("archive_index")) >= written);
    assertEquals("1", fields.get("archive_enabled"));
    assertEquals("ok", fields.get("archive_status"));
    assertEquals("", fields.get("archive_last_error"));
    assertEquals("0", fields.get("archive_gaps"));
    long coveredSec = System.currentTimeMillis() / 1000 + 1;
    node.await(
        "persistence", facts -> Long.parseLong(facts.get("archive_covered_time")) >= coveredSec);
    node.close();
    try (SnapshotStore open = SnapshotStore.open(StoreUrl.parse(store))) {
      LogArchive.History history = open.archive().histories().getFirst();
      SegmentHead newest = open.archive().newest(history.shard(), history.incarnation(), 0);
      assertTrue(newest.lastIndex() >= written, newest::toString);
      assertEquals(50, newest.recordsAfter());
    }
  }

  @Test
  void replicasHaveTheirTurnInOrderAndThePrimaryTheLast() {
    List<String> three = List.of("a", "b", "c");
    assertEquals(0, StoreArchive.rank(ShardState.FOLLOWING, "a", "b", three));
    assertEquals(1, StoreArchive.rank(ShardState.FOLLOWING, "c", "b", three));
    assertEquals(2, StoreArchive.rank(ShardState.LEADING, "b", "b", three));
    assertEquals(-1, StoreArchive.rank(ShardState.LOADING, "a", "b", three));
    assertEquals(1, StoreArchive.rank(ShardState.LEADING, "a", "a", List.of("a", "b")));
    assertEquals(0, StoreArchive.rank(ShardState.LEADING, "a", "a", List.of("a")));
    List<String> withSnapshotter = List.of("s", "a", "b");
    assertEquals(0, StoreArchive.rank(ShardState.FOLLOWING, "s", "a", withSnapshotter));
    assertEquals(1, StoreArchive.rank(ShardState.FOLLOWING, "b", "a", withSnapshotter));
    assertEquals(2, StoreArchive.rank(ShardState.LEADING, "a", "a", withSnapshotter));
  }

  @ParameterizedTest
  @CsvSource({"--archive, no", "--snapshot-retention-days, 0"})
  void ifToldSoOrIfNothingWouldDeleteItNothingIsArchived(String directive, String value)
      throws Exception {
    LoneNode node =
        new LoneNode(
            directory.resolve("node"),
            "--snapshot-store",
            "file:" + directory.resolve("store"),
            directive,
            value);
    assertEquals("0", node.info("persistence").get("archive_enabled"));
    assertEquals("off", node.info("persistence").get("archive_status"));
    node.close();
    try (SnapshotStore open =
        SnapshotStore.open(StoreUrl.parse("file:" + directory.resolve("store")))) {
      assertNull(open.archive().histories().stream().findFirst().orElse(null));
    }
  }

  @Test
  void aStoreThatIsDownHoldsTheLogUpToItsLimitAndTheGapBehindItIsSaid() throws Exception {
    Path parent = Files.createDirectory(directory.resolve("parent"));
    Path aside = directory.resolve("aside");
    LoneNode node =
        new LoneNode(
            directory.resolve("node"),
            "--snapshot-store",
            "file:" + parent + "/store",
            "--archive-interval-ms",
            INTERVAL_MS,
            "--snapshot-log-size",
            "2mb");
    node.client.ask("SET first value");
    node.await("persistence", facts -> Long.parseLong(facts.get("archive_segments")) > 0);
    Files.move(parent, aside);
    Files.writeString(parent, "no directory any more");
    for (int i = 0; i < 24; i++) {
      megabyte(node, i);
    }
    node.await(
        "persistence",
        facts ->
            facts.get("archive_status").equals("failing")
                && Long.parseLong(facts.get("rdb_saves")) >= 2
                && facts.get("rdb_bgsave_in_progress").equals("0")
                && Long.parseLong(facts.get("archive_lag_bytes")) > 20 << 20);
    assertEquals(0, node.number("raft", "raft_first_index"), "nothing may be cut");
    // Now the disk has no room for more.
    node.client.ask("CONFIG SET archive-log-limit 1mb");
    node.await("raft", facts -> Long.parseLong(facts.get("raft_first_index")) > 1);
    node.await("persistence", facts -> facts.get("archive_status").equals("degraded"));
    assertEquals("0", node.info("persistence").get("archive_gaps"));
    Files.delete(parent);
    Files.move(aside, parent);
    Map<String, String> after =
        node.await(
            "persistence",
            facts ->
                facts.get("archive_gaps").equals("1") && facts.get("archive_last_error").isEmpty());
    assertEquals("degraded", after.get("archive_status"));
    node.close();
  }

  private static void megabyte(LoneNode node, int number) throws Exception {
    String value = "v".repeat(1_000_000);
    node.client.send(
        "*3\r\n$3\r\nSET\r\n$4\r\nkey" + number % 4 + "\r\n$1000000\r\n" + value + "\r\n");
    assertEquals("+OK|", node.client.reply());
  }
}
