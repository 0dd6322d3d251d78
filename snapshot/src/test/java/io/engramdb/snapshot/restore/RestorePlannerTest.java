package io.engramdb.snapshot.restore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.archive.ArchiveException;
import io.engramdb.snapshot.archive.ArchivedRecord;
import io.engramdb.snapshot.archive.SegmentBuilder;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.store.SampleSnapshot;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which history had a moment: one that began empty, and one that was restored from it at 5,000 ms
 * and writes later.
 */
class RestorePlannerTest {
  private static final UUID SHARD = new UUID(1, 2);
  private static final UUID FIRST = new UUID(3, 4);
  private static final UUID RESTORED = new UUID(5, 6);
  private static final byte DATA = 1;
  private static final long RESTORED_MS = 5000;

  @TempDir Path temp;

  private SnapshotStore store;

  @BeforeEach
  void live() throws Exception {
    store = new SnapshotStore(new DirectoryObjects(temp.resolve("store")));
    archive(FIRST, 1000, 4000);
    SampleSnapshot sample = SampleSnapshot.make(temp.resolve("seed"), RESTORED, 7, RESTORED_MS);
    store.publish(SnapshotSeries.AUTOMATIC, seed(sample.manifest()), sample.file());
    archive(RESTORED, 6000, 9000);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Ten records, one each tenth of the time, and nothing more until it is over. */
  private void archive(UUID incarnation, long fromMs, long toMs) throws Exception {
    SegmentBuilder builder = SegmentBuilder.behind(SHARD, incarnation, 0, -1, 0, 0, 0);
    for (int i = 0; i < 10; i++) {
      builder.data(DATA, 1, 1 + i, fromMs + i * (toMs - fromMs) / 10, i, new byte[] {(byte) i});
    }
    builder.covered(toMs);
    assertTrue(store.archive().put(builder.end(12)));
  }

  private static SnapshotManifest seed(SnapshotManifest of) {
    return new SnapshotManifest(
        SHARD,
        of.incarnation(),
        0,
        -1,
        0,
        0,
        0,
        of.leaseMs(),
        of.keys(),
        of.digest(),
        of.sizeBytes(),
        of.crc32c(),
        of.rdbVersion(),
        of.createdMs());
  }

  private RestorePlanner planner() {
    return new RestorePlanner(store, null);
  }

  private UUID historyAt(long ms) throws Exception {
    return planner().plan(new RestoreTarget.Time(ms)).history().incarnation();
  }

  /** Finds records whose only byte is that one. */
  private static RecordSearch search(int wanted) {
    return new RecordSearch() {
      @Override
      public void restart() {}

      @Override
      public long look(ArchivedRecord record) {
        return record.payload()[0] == wanted ? record.index() : -1;
      }
    };
  }

  @Test
  void aRestoredHistoryKnowsNothingOfTheTimeBeforeIt() throws Exception {
    assertEquals(FIRST, historyAt(2000));
    assertEquals(FIRST, historyAt(4000));
    assertEquals(RESTORED, historyAt(RESTORED_MS));
    assertEquals(RESTORED, historyAt(8000));
    for (long ms : new long[] {999, 4001, 4999, 9001}) {
      assertThrows(ArchiveException.class, () -> historyAt(ms), "at " + ms);
    }
    RestorePlan plan = planner().plan(new RestoreTarget.Time(RESTORED_MS));
    assertEquals(-1, plan.base().manifest().index());
    assertEquals(0, plan.lastIndex());
  }

  @Test
  void whatIsNotKnownUntilThenIsNotSearched() throws Exception {
    RestorePlan plan = planner().before(search(3), "THREE", 4000);
    assertEquals(FIRST, plan.history().incarnation());
    assertEquals(3, plan.lastIndex());
    assertTrue(plan.text().getFirst().contains("until 1970-01-01T00:00:04Z"), plan::toString);
    assertEquals(RESTORED, planner().before(search(3), "THREE", 9000).history().incarnation());
    for (long ms : new long[] {4500, 9001}) {
      assertThrows(
          ArchiveException.class, () -> planner().before(search(3), "THREE", ms), "at " + ms);
    }
    assertThrows(
        ArchiveException.class, () -> planner().before(search(3), "THREE", 6500), "was later");
    assertThrows(
        ArchiveException.class,
        () -> planner().before(search(3), "THREE", Long.MAX_VALUE),
        "two histories");
  }

  @Test
  void theLogLeadsFromTheFirstFileToTheNextSnapshot() throws Exception {
    SampleSnapshot sample = SampleSnapshot.make(temp.resolve("next"), RESTORED, 8, 8500);
    StoredSnapshot next = store.publish(SnapshotSeries.AUTOMATIC, sample.manifest(), sample.file());
    List<StoredSnapshot> all = store.list();
    RestorePlan plan = planner().between(all.getLast(), next);
    assertEquals(8, plan.lastIndex());
    assertEquals(1, plan.segments().size());
  }
}
