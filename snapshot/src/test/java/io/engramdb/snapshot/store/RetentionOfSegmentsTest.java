package io.engramdb.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.SegmentBuilder;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.retention.RetentionPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the archived log when snapshots go. */
class RetentionOfSegmentsTest {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  @TempDir Path temp;

  private static void put(LogArchive archive, SnapshotManifest of, long first, long last)
      throws Exception {
    SegmentBuilder builder =
        SegmentBuilder.behind(of.shard(), of.incarnation(), first, first - 1, 0, 0, 0);
    assertTrue(archive.put(builder.end(last)));
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
        put(archive, any, first, first + 19);
      }
      UUID abandoned = new UUID(7, 7);
      assertTrue(archive.put(SegmentBuilder.behind(any.shard(), abandoned, 1, 0, 0, 0, 0).end(10)));
      RetentionPlan plan = RetentionPlan.of(store, any.shard(), 7, nowMs, newest);
      plan.run(store);
      // Seven days ago the snapshot was that of index 650: the segment with 651 stays.
      assertEquals(640, firsts(archive, any.shard(), any.incarnation()).getFirst());
      assertEquals(1080, firsts(archive, any.shard(), any.incarnation()).getLast());
      assertEquals(List.of(1L), firsts(archive, any.shard(), abandoned), "no snapshot replaces it");
      assertEquals(
          List.of(), RetentionPlan.of(store, any.shard(), 7, nowMs, newest).steps(), "once");
    }
  }
}
