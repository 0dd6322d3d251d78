package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.archive.ArchiveException;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.ReadWatcher;
import io.engramdb.snapshot.restore.RestorePlan;
import io.engramdb.snapshot.restore.RestorePlanner;
import io.engramdb.snapshot.restore.RestoreTarget;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * States of the past from what a whole node has archived: twenty keys, an index and a time at which
 * they were all there was; twenty more, a snapshot; a large transaction; FLUSHALL; one more key.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PointInTimeTest {
  private static final int PART_BYTES = 200_000;

  @TempDir static Path directory;

  private static String url;
  private static SnapshotStore store;
  private static long twentyAt;
  private static long twentyMs;
  private static long emptyMs;
  private static int files;

  @BeforeAll
  static void live() throws Exception {
    url = "file:" + directory.resolve("store");
    LoneNode node =
        new LoneNode(
            directory.resolve("node"),
            "--snapshot-store",
            url,
            "--archive-interval-ms",
            "200",
            "--snapshot-window",
            "");
    fill(node, 0, 20);
    node.client.ask("SADD set a b c");
    node.client.ask("RPUSH list x y");
    twentyAt = Long.parseLong(node.info("raft").get("raft_applied_index"));
    twentyMs = System.currentTimeMillis() + 20;
    covered(node, twentyMs);
    fill(node, 20, 40);
    bringSnapshot(node);
    fill(node, 40, 50);
    bringSnapshot(node);
    assertEquals("+OK|", node.client.ask("MULTI"));
    for (int i = 0; i < 8; i++) {
      String value = "v".repeat(PART_BYTES);
      node.client.send("*3\r\n$3\r\nSET\r\n$4\r\nbig" + i + "\r\n$200000\r\n" + value + "\r\n");
      assertEquals("+QUEUED|", node.client.reply());
    }
    node.client.ask("EXEC");
    fill(node, 0, 1);
    assertEquals("+OK|", node.client.ask("FLUSHALL"));
    emptyMs = System.currentTimeMillis() + 20;
    covered(node, emptyMs);
    fill(node, 99, 100);
    covered(node, System.currentTimeMillis() + 20);
    node.close();
    store = SnapshotStore.open(StoreUrl.parse(url));
  }

  private static void fill(LoneNode node, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      assertEquals("+OK|", node.client.ask("SET key" + i + " value" + i));
    }
  }

  /** The archive knows what was until then, and by a second more: INFO tells seconds. */
  private static void covered(LoneNode node, long ms) throws IOException {
    node.await(
        "persistence",
        facts -> Long.parseLong(facts.get("archive_covered_time")) * 1000 >= ms + 1000);
  }

  private static void bringSnapshot(LoneNode node) throws Exception {
    node.client.ask("SAVE");
    Path own = directory.resolve("node/snapshots");
    String saved = "" + node.number("persistence", "snapshot_index");
    try (SnapshotStore to = SnapshotStore.open(StoreUrl.parse(url));
        SnapshotStore from = SnapshotStore.open(StoreUrl.parse("file:" + own))) {
      StoredSnapshot newest = from.list().getFirst();
      assertEquals(saved, "" + newest.manifest().index());
      to.publish(SnapshotSeries.MANUAL, newest.manifest(), own.resolve(newest.path() + ".rdb"));
    }
  }

  @AfterAll
  static void close() {
    store.close();
  }

  private static Map<String, String> strings(RestorePlan plan, @Nullable String pattern)
      throws IOException {
    Path file = directory.resolve("state-" + files++ + ".rdb");
    PointInTime.write(store, plan, pattern, file, ReadWatcher.NONE);
    KeysInText keys = new KeysInText();
    try (RdbReader reader = RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(keys);
    }
    return keys.all;
  }

  private static Map<String, String> expected(int to) {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < to; i++) {
      all.put("key" + i, "value" + i);
    }
    all.put("set", "set of 3");
    all.put("list", "list");
    return all;
  }

  private static RestorePlanner planner() {
    return new RestorePlanner(store, null);
  }

  @Test
  void aTimeGivesWhatWasAcknowledgedByThen() throws IOException {
    RestorePlan plan = planner().plan(new RestoreTarget.Time(twentyMs));
    assertNull(plan.base(), "no snapshot is that old");
    assertEquals(expected(20), strings(plan, null));
    assertEquals(expected(20), strings(planner().plan(new RestoreTarget.Index(twentyAt)), null));
    assertEquals(Map.of(), strings(planner().plan(new RestoreTarget.Time(emptyMs)), null));
    assertEquals(
        Map.of("key99", "value99"), strings(planner().plan(new RestoreTarget.Newest()), null));
  }

  @Test
  void theLastTimeThatACommandRanIsFoundAndWhatWasBeforeIt() throws IOException {
    RestorePlan plan = planner().before(PointInTime.search("flushall"), "FLUSHALL", Long.MAX_VALUE);
    assertNotNull(plan.base(), "the newest snapshot before it");
    Map<String, String> all = strings(plan, null);
    assertEquals(50 + 2 + 8, all.size());
    assertEquals("value49", all.get("key49"));
    assertEquals(PART_BYTES, all.get("big7").length());
    assertEquals(
        List.of(
            "key4", "key40", "key41", "key42", "key43", "key44", "key45", "key46", "key47", "key48",
            "key49"),
        List.copyOf(strings(plan, "key4*").keySet()));
    assertThrows(
        ArchiveException.class,
        () -> planner().before(PointInTime.search("swapdb"), "SWAPDB", Long.MAX_VALUE));
    assertThrows(
        ArchiveException.class,
        () -> planner().before(PointInTime.search("flushall"), "FLUSHALL", twentyMs));
    assertEquals(
        plan.lastIndex(),
        planner().before(PointInTime.search("flushall"), "FLUSHALL", emptyMs).lastIndex());
    assertTrue(plan.text().getFirst().contains(", the last until 20"), plan::toString);
    long laterMs = System.currentTimeMillis() + 3_600_000;
    assertThrows(
        ArchiveException.class,
        () -> planner().before(PointInTime.search("flushall"), "FLUSHALL", laterMs),
        "it may have run again, and nobody has heard of it");
  }

  @Test
  void aMomentWithinATransactionIsTheOneBeforeIt() throws IOException {
    long found =
        planner().before(PointInTime.search("flushall"), "FLUSHALL", Long.MAX_VALUE).lastIndex();
    boolean some = false;
    for (long index = found; index > twentyAt; index--) {
      Map<String, String> all = strings(planner().plan(new RestoreTarget.Index(index)), null);
      long big = all.keySet().stream().filter(each -> each.startsWith("big")).count();
      assertTrue(big == 0 || big == 8, index + ": " + big);
      some |= big == 0;
    }
    assertTrue(some);
  }

  @Test
  void theLogLeadsFromOneSnapshotToTheNext() throws IOException {
    List<StoredSnapshot> both = store.list();
    assertEquals(2, both.size());
    StoredSnapshot to = both.getFirst();
    RestorePlan plan = planner().between(both.getLast(), to);
    PointInTime.Rehearsal rehearsal = PointInTime.rehearse(store, plan, to);
    assertEquals(10, rehearsal.records());
    assertEquals(52, rehearsal.keys());
    // One that stops too early is noticed by records, checksum and digest.
    RestorePlan early =
        new RestorePlan(plan.history(), "", plan.base(), plan.segments(), plan.lastIndex() - 3, 0);
    String message =
        assertThrows(IOException.class, () -> PointInTime.rehearse(store, early, to)).getMessage();
    assertTrue(message.contains("digest") && message.contains("running checksum"), message);
  }

  @Test
  void whatTheArchiveDoesNotKnowIsRefused() {
    for (RestoreTarget each :
        List.of(
            new RestoreTarget.Time(System.currentTimeMillis() + 3_600_000),
            new RestoreTarget.Time(1),
            new RestoreTarget.Index(1_000_000))) {
      String message =
          assertThrows(ArchiveException.class, () -> planner().plan(each)).getMessage();
      assertTrue(message.contains("there is"), message);
    }
    assertThrows(
        ArchiveException.class,
        () -> new RestorePlanner(store, "no-such").plan(new RestoreTarget.Newest()));
  }

  @Test
  void aSegmentThatIsMissingOrDamagedEndsIt() throws IOException {
    LogArchive.History history = store.archive().histories().getFirst();
    RestorePlan whole = planner().plan(new RestoreTarget.Time(twentyMs));
    LogArchive.Place place = store.archive().list(history.shard(), history.incarnation()).get(0);
    Path file = directory.resolve("store").resolve(place.name());
    byte[] bytes = Files.readAllBytes(file);
    byte[] damaged = bytes.clone();
    damaged[bytes.length - 20] ^= 1;
    try {
      Files.write(file, damaged);
      assertThrows(ArchiveException.class, () -> strings(whole, null));
      Files.delete(file);
      assertThrows(IOException.class, () -> strings(whole, null));
      assertThrows(ArchiveException.class, () -> planner().plan(new RestoreTarget.Time(twentyMs)));
    } finally {
      Files.write(file, bytes);
    }
  }
}
