package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.durability.ShardSeed;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.rdb.ReadWatcher;
import io.engramdb.txlog.api.MemberDirectoryException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole node that makes snapshots, loses parts of them, and comes back. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SnapshotTest {

  private static final String SMALL_LOG = "64kb";

  /** SHA-1 of a script. */
  private static final String RETURN_SEVEN = "59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9";

  /** A library as it is typed. */
  private static final String LIBRARY =
      "\"#!lua name=mylib\\nredis.register_function('my_eight',function() return 8 end)\"";

  @TempDir private Path directory;

  private LoneNode start(String... more) throws Exception {
    return new LoneNode(directory, more);
  }

  private static void write(LoneNode node, String prefix, int keys) throws IOException {
    for (int i = 0; i < keys; i++) {
      assertEquals("+OK|", node.client.ask("SET " + prefix + i + " " + "v".repeat(100) + i));
    }
    assertEquals(":1|", node.client.ask("RPUSH " + prefix + "list a"));
    assertEquals(":1|", node.client.ask("HSET " + prefix + "hash f v"));
    assertEquals(":1|", node.client.ask("ZADD " + prefix + "zset 1.5 m"));
    assertEquals(":1|", node.client.ask("SADD " + prefix + "set 17"));
    assertTrue(node.client.ask("XADD " + prefix + "stream 1-1 f v").contains("1-1"));
    assertEquals("+OK|", node.client.ask("XGROUP CREATE " + prefix + "stream g 0"));
    assertEquals("+OK|", node.client.ask("SET " + prefix + "volatile v EX 10000"));
  }

  private static void check(LoneNode node, String prefix, int keys) throws IOException {
    String last = "v".repeat(100) + (keys - 1);
    assertTrue(node.client.ask("GET " + prefix + (keys - 1)).contains(last));
    assertTrue(node.client.ask("LINDEX " + prefix + "list 0").contains("a"));
    assertTrue(node.client.ask("HGET " + prefix + "hash f").contains("v"));
    assertTrue(node.client.ask("ZSCORE " + prefix + "zset m").contains("1.5"));
    assertEquals(":1|", node.client.ask("SISMEMBER " + prefix + "set 17"));
    assertTrue(node.client.ask("XINFO GROUPS " + prefix + "stream").contains("g"));
    assertTrue(node.client.ask("TTL " + prefix + "volatile").matches(":9[0-9]{3}\\|"));
  }

  @Test
  void expiriesOfHashFieldsAreInSnapshotsAndInTheLog() throws Exception {
    try (LoneNode node = start()) {
      assertEquals(":1|", node.client.ask("HSETEX saved EX 10000 FIELDS 2 a 1 b 2"));
      assertEquals("+OK|", node.client.ask("SAVE"));
      assertEquals("ok", node.info("persistence").get("rdb_last_bgsave_status"));
      assertEquals(":2|", node.client.ask("HSET logged a 1 b 2"));
      assertTrue(node.client.ask("HEXPIRE logged 10000 FIELDS 1 a").endsWith(":1|"));
    }
    try (LoneNode node = start()) {
      for (String key : List.of("saved", "logged")) {
        String left = node.client.ask("HTTL " + key + " FIELDS 1 a");
        assertTrue(left.matches(".*:(9[0-9]{3}|10000)\\|"), left);
      }
      assertTrue(node.client.ask("INFO keyspace").contains("subexpiry=2"));
    }
  }

  private List<Path> files(String end) throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("snapshots"))) {
      return all.filter(file -> file.toString().endsWith(end))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }

  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2]++;
    Files.write(file, bytes);
  }

  @Test
  void aRestartLoadsTheSnapshotAndTheLogBehindIt() throws Exception {
    try (LoneNode node = start()) {
      write(node, "a", 50);
      assertEquals("+OK|", node.client.ask("SAVE"));
      assertEquals("ok", node.info("persistence").get("rdb_last_bgsave_status"));
      assertEquals("0", node.info("persistence").get("rdb_changes_since_last_save"));
      assertEquals(1, files(".manifest").size());
      write(node, "b", 50);
      assertEquals("+Background saving started|", node.client.ask("BGSAVE SCHEDULE"));
      node.await("persistence", facts -> facts.get("rdb_saves").equals("2"));
      write(node, "c", 50);
    }
    assertEquals(2, files(".manifest").size());
    try (LoneNode node = start()) {
      check(node, "a", 50);
      check(node, "b", 50);
      check(node, "c", 50);
      assertTrue(node.number("persistence", "snapshot_index") > 0);
    }
    damage(files(".rdb").getFirst());
    try (LoneNode node = start()) {
      check(node, "a", 50);
      check(node, "b", 50);
      check(node, "c", 50);
      write(node, "d", 10);
    }
    for (Path each : files(".rdb")) {
      damage(each);
    }
    // The log was never cut: it has everything.
    try (LoneNode node = start()) {
      check(node, "a", 50);
      check(node, "d", 10);
    }
  }

  @Test
  void aNodeCutsItsLogByItselfAndNeverStartsEmptyAfterwards() throws Exception {
    int rounds = 12;
    try (LoneNode node = start("--snapshot-log-size", SMALL_LOG)) {
      assertEquals("+OK|", node.client.ask("ACL SETUSER bob on >secret ~b* +get"));
      assertEquals("+OK|", node.client.ask("ACL SETUSER eve on >secret ~* +@all"));
      assertEquals(":1|", node.client.ask("ACL DELUSER eve"));
      assertTrue(node.client.ask("SCRIPT LOAD \"return 7\"").contains(RETURN_SEVEN));
      assertTrue(node.client.ask("FUNCTION LOAD " + LIBRARY).contains("mylib"));
      assertTrue(node.client.ask("FUNCTION LOAD " + LIBRARY.replace("my", "old")).contains("old"));
      assertEquals("+OK|", node.client.ask("FUNCTION DELETE oldlib"));
      for (int i = 0; i < rounds; i++) {
        for (int j = 0; j < 60; j++) {
          String value = "x".repeat(60_000);
          assertEquals("+OK|", node.client.ask("SET big" + j % 3 + " " + value));
        }
        write(node, "r" + i + "-", 10);
        long saves = i;
        node.await("persistence", f -> Long.parseLong(f.get("rdb_saves")) >= Math.min(3, saves));
      }
      node.await("raft", facts -> Long.parseLong(facts.get("raft_first_index")) > 0);
    }
    assertEquals(2, files(".manifest").size());
    try (LoneNode node = start("--snapshot-log-size", "0")) {
      for (int i = 0; i < rounds; i++) {
        check(node, "r" + i + "-", 10);
      }
    }
    damage(files(".rdb").getFirst());
    try (LoneNode node = start("--snapshot-log-size", "0")) {
      assertTrue(node.client.ask("ACL LIST").contains("user bob on"));
      assertEquals(":7|", node.client.ask("EVALSHA " + RETURN_SEVEN + " 0"));
      assertEquals(":8|", node.client.ask("FCALL my_eight 0"));
      assertTrue(node.client.ask("FUNCTION LIST").startsWith("*1|"));
      assertEquals("$-1|", node.client.ask("ACL GETUSER eve").replace("*-1", "$-1"));
      for (int i = 0; i < rounds; i++) {
        check(node, "r" + i + "-", 10);
      }
    }
    damage(files(".rdb").getLast());
    assertThrows(MemberDirectoryException.class, () -> start("--snapshot-log-size", "0"));
  }

  @Test
  void theNextSnapshotWaitsUntilTheLogHasGrownByItsSize() throws Exception {
    String value = "x".repeat(60_000);
    try (LoneNode node = start("--snapshot-log-size", "0")) {
      for (int i = 0; i < 20; i++) {
        assertEquals("+OK|", node.client.ask("SET key" + i + " " + value));
      }
      assertEquals("+OK|", node.client.ask("SAVE"));
      assertEquals("+OK|", node.client.ask("CONFIG SET snapshot-log-size " + SMALL_LOG));
      long large = node.number("persistence", "snapshot_size_bytes");
      long saves = node.number("persistence", "rdb_saves");
      assertTrue(large > 20 * value.length());
      // Many times the setting, and less than the snapshot.
      for (int i = 0; i < 10; i++) {
        assertEquals("+OK|", node.client.ask("SET key" + i + " " + value));
      }
      assertEquals(saves, node.number("persistence", "rdb_saves"));
      assertEquals(0, node.number("persistence", "rdb_bgsave_in_progress"));
      for (int i = 0; i < 11; i++) {
        assertEquals("+OK|", node.client.ask("SET key" + i + " " + value));
      }
      node.await("persistence", facts -> facts.get("rdb_saves").equals("" + (saves + 1)));
    }
  }

  @Test
  void memoryMadeAnewFromTheDiskIsTheSame() throws Exception {
    try (LoneNode node = start("--enable-debug-command", "yes")) {
      write(node, "a", 50);
      String digest = node.client.ask("DEBUG DIGEST");
      assertEquals("+OK|", node.client.ask("DEBUG LOADAOF"));
      assertEquals(digest, node.client.ask("DEBUG DIGEST"));
      assertEquals(0, files(".manifest").size());
      assertEquals("+OK|", node.client.ask("DEBUG RELOAD"));
      assertEquals(1, files(".manifest").size());
      assertEquals(digest, node.client.ask("DEBUG DIGEST"));
      assertEquals("+OK|", node.client.ask("DEBUG POPULATE 100 p 20"));
      assertEquals(":1|", node.client.ask("RPOP alist").replace("$1|a|", ":1|"));
      digest = node.client.ask("DEBUG DIGEST");
      assertEquals("+OK|", node.client.ask("DEBUG RELOAD NOSAVE"));
      assertEquals(digest, node.client.ask("DEBUG DIGEST"));
      assertEquals(
          "-ERR Error trying to load the RDB dump|", node.client.ask("DEBUG RELOAD NOFLUSH"));
    }
    try (LoneNode node = start("--enable-debug-command", "yes")) {
      assertTrue(node.client.ask("GET p:99").contains("value:99"));
    }
  }

  /** A file with one key in each of two databases, one of which has expired. */
  private Path foreignFile(int secondDatabase) throws IOException {
    Path file = directory.resolve("foreign.rdb");
    try (OutputStream out = Files.newOutputStream(file)) {
      RdbWriter writer = new RdbWriter(out, RdbVersion.REDIS_7_2, true);
      writer.header(writer.version());
      writer.string(new RdbKey(0, ascii("greeting"), RdbKey.NO_EXPIRY), ascii("hello"));
      writer.string(new RdbKey(0, ascii("past"), 1), ascii("gone"));
      writer.string(new RdbKey(secondDatabase, ascii("other"), Long.MAX_VALUE), ascii("there"));
      writer.end();
    }
    return file;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aShardBeginsWithAForeignFileAndNeverWithoutItAgain() throws Exception {
    UUID shard = UUID.nameUUIDFromBytes("lone shard-id".getBytes(StandardCharsets.UTF_8));
    UUID history = new UUID(1, 2);
    Path seeds = directory.resolve("snapshots");
    ShardSeed.Report report =
        ShardSeed.plant(foreignFile(1), 16, shard, history, 1000, List.of(seeds));
    assertEquals(new ShardSeed.Report(2, 1, 0), report);
    for (int i = 0; i < 2; i++) {
      try (LoneNode node = start()) {
        assertTrue(node.client.ask("GET greeting").contains("hello"));
        assertEquals("$-1|", node.client.ask("GET past"));
        assertEquals("+OK|", node.client.ask("SELECT 1"));
        assertTrue(node.client.ask("GET other").contains("there"));
        assertEquals(":" + (i + 1) + "|", node.client.ask("INCR starts"));
      }
    }
    damage(seeds.resolve("seed.rdb"));
    assertThrows(IOException.class, this::start);
  }

  @Test
  void aFileWithDatabasesThatTheShardLacksIsRefused() throws Exception {
    Path file = foreignFile(3);
    List<Path> seeds = List.of(directory.resolve("a"), directory.resolve("b"));
    IOException refused =
        assertThrows(
            IOException.class,
            () -> ShardSeed.plant(file, 1, new UUID(0, 1), new UUID(1, 2), 1000, seeds));
    assertTrue(refused.getMessage().contains("only database 0"), refused::getMessage);
  }

  @Test
  void aFileThatTheNodesHaveNoMemoryForIsRefused() throws Exception {
    Path file = foreignFile(0);
    List<Path> seeds = List.of(directory.resolve("a"), directory.resolve("b"));
    ShardSeed.Terms terms = new ShardSeed.Terms(60, ReadWatcher.NONE);
    IOException refused =
        assertThrows(
            IOException.class,
            () -> ShardSeed.plant(file, 1, new UUID(0, 1), new UUID(1, 2), 1000, seeds, terms));
    assertTrue(refused.getMessage().contains("not enough memory"), refused::getMessage);
    try (Stream<Path> made = Files.list(seeds.getFirst())) {
      assertTrue(made.noneMatch(each -> each.toString().endsWith(".manifest")));
    }
  }
}
