package io.engramdb.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.Segment;
import io.engramdb.snapshot.archive.SegmentBuilder;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.retention.RetentionPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the archived log when snapshots go. */
class RetentionOfSegmentsTest {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  @TempDir Path temp;

  private void put(LogArchive archive, SnapshotManifest of, long first, long last, long atMs)
      throws Exception {
    SegmentBuilder builder =
        SegmentBuilder.behind(of.shard(), of.incarnation(), first, first - 1, 0, 0, 0);
    Segment segment = builder.end(last);
    assertTrue(archive.put(segment));
    Files.setLastModifiedTime(
        temp.resolve("store").resolve(segment.head().name()), FileTime.fromMillis(atMs));
  }

  private static List<Long> firsts(LogArchive archive, UUID shard, UUID incarnation)
      throws Exception {
    return archive.list(shard, incarnation).stream().map(LogArchive.Place::firstIndex).toList();
  }

  @Test
  void theLogBeforeTheOldestSnapshotThatIsKeptGoes() throws Exception {
    try (SnapshotStore store = new SnapshotStore(new DirectoryObjects(temp.resolve("store")))) {
      long nowMs = 100 * DAY_MS;
      StoredSnapshot newest = null;
      for (int day = 10; day >= 0; day--) {
        SampleSnapshot sample =
            SampleSnapshot.make(temp.resolve("s" + day), 1000 - 50L * day, nowMs - day * DAY_MS);
        newest = store.publish(SnapshotSeries.AUTOMATIC, sample.manifest(), sample.file());
      }
      SnapshotManifest any = newest.manifest();
      LogArchive archive = store.archive();
      for (long first = 500; first < 1100; first += 20) {
        put(archive, any, first, first + 19, nowMs - (1000 - first - 19) * DAY_MS / 50);
      }
      UUID abandoned = new UUID(7, 7);
      assertTrue(archive.put(SegmentBuilder.behind(any.shard(), abandoned, 1, 0, 0, 0, 0).end(10)));
      RetentionPlan plan = RetentionPlan.of(store, any.shard(), 7, nowMs, newest);
      assertEquals(
          1, plan.text().stream().filter(each -> each.contains("delete 7 segments")).count());
      plan.run(store);
      // Seven days ago the snapshot was that of index 650: the segment with 651 stays.
      assertEquals(640, firsts(archive, any.shard(), any.incarnation()).getFirst());
      assertEquals(1080, firsts(archive, any.shard(), any.incarnation()).getLast());
      assertEquals(List.of(1L), firsts(archive, any.shard(), abandoned), "no snapshot replaces it");
      assertEquals(
          List.of(), RetentionPlan.of(store, any.shard(), 7, nowMs, newest).steps(), "once");
    }
  }

  @Test
  void theFirstSnapshotDoesNotTakeTheLogThatLeadsToIt() throws Exception {
    try (SnapshotStore store = new SnapshotStore(new DirectoryObjects(temp.resolve("store")))) {
      long nowMs = 100 * DAY_MS;
      SampleSnapshot sample = SampleSnapshot.make(temp.resolve("s"), 1000, nowMs);
      StoredSnapshot first =
          store.publish(SnapshotSeries.AUTOMATIC, sample.manifest(), sample.file());
      LogArchive archive = store.archive();
      SnapshotManifest of = first.manifest();
      for (long day = 10; day >= 0; day--) {
        put(archive, of, 1000 - 100 * day, 1099 - 100 * day, nowMs - day * DAY_MS);
      }
      RetentionPlan.of(store, of.shard(), 11, nowMs, first).run(store);
      assertEquals(0, firsts(archive, of.shard(), of.incarnation()).getFirst());
      RetentionPlan.of(store, of.shard(), 7, nowMs, first).run(store);
      assertEquals(300, firsts(archive, of.shard(), of.incarnation()).getFirst());
    }
  }

  @Test
  void theSmallestIndexIsTheOldestSnapshotWheneverItWasMade() throws Exception {
    try (SnapshotStore store = new SnapshotStore(new DirectoryObjects(temp.resolve("store")))) {
      long nowMs = 100 * DAY_MS;
      StoredSnapshot last = null;
      for (long index : new long[] {900, 300, 600}) {
        SampleSnapshot sample =
            SampleSnapshot.make(temp.resolve("s" + index), index, nowMs - index);
        last = store.publish(SnapshotSeries.AUTOMATIC, sample.manifest(), sample.file());
      }
      LogArchive archive = store.archive();
      SnapshotManifest of = last.manifest();
      for (long first = 0; first < 1000; first += 100) {
        put(archive, of, first, first + 99, nowMs - 30 * DAY_MS);
      }
      RetentionPlan.of(store, of.shard(), 7, nowMs, last).run(store);
      assertEquals(300, firsts(archive, of.shard(), of.incarnation()).getFirst());
    }
  }

  @Test
  void aPlanHasAsManySegmentsAsThereAre() throws Exception {
    try (SnapshotStore store = new SnapshotStore(new DirectoryObjects(temp.resolve("store")))) {
      long nowMs = 100 * DAY_MS;
      SampleSnapshot sample = SampleSnapshot.make(temp.resolve("s"), 10_000, nowMs);
      StoredSnapshot only =
          store.publish(SnapshotSeries.AUTOMATIC, sample.manifest(), sample.file());
      SnapshotManifest of = only.manifest();
      Path folder = temp.resolve("store").resolve(LogArchive.folder(of.shard(), of.incarnation()));
      Files.createDirectories(folder);
      for (int first = 0; first < 1500; first++) {
        Path file = Files.createFile(folder.resolve("%019d.log".formatted(first)));
        Files.setLastModifiedTime(file, FileTime.fromMillis(nowMs - 30 * DAY_MS));
      }
      RetentionPlan.of(store, of.shard(), 7, nowMs, only).run(store);
      assertEquals(List.of(1499L), firsts(store.archive(), of.shard(), of.incarnation()));
    }
  }
}
