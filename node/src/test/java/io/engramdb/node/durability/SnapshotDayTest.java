package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.retention.SnapshotWindow;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.SnapshotUpload;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Days of members that share a store; the clock is the test's. */
class SnapshotDayTest {
  private static final UUID SHARD = new UUID(1, 2);
  private static final long MINUTE_MS = 60_000;
  private static final int MEMBERS = 3;
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  @TempDir Path temp;

  private long nowMs = Instant.parse("2026-11-22T02:00:00Z").toEpochMilli();
  private boolean storeIsDown;

  private SnapshotStore open() throws IOException {
    if (storeIsDown) {
      throw new IOException("the store is down");
    }
    return new SnapshotStore(new DirectoryObjects(temp.resolve("store")));
  }

  private List<StoredSnapshot> stored() throws IOException {
    try (SnapshotStore store = new SnapshotStore(new DirectoryObjects(temp.resolve("store")))) {
      return store.list();
    }
  }

  /** A node that makes its snapshots at once. */
  private final class FakeMember implements SnapshotDay.Member {
    final SnapshotDirectory directory;
    final SnapshotDay day;
    boolean itsTurn = true;
    long index = -1;
    int begun;

    FakeMember(String name, int rank) throws IOException {
      directory = SnapshotDirectory.open(temp.resolve(name));
      SnapshotWindow window = SnapshotWindow.parse("03:00-04:00");
      day =
          new SnapshotDay(
              new SnapshotDay.Settings(SHARD, window, 7, rank, MEMBERS),
              directory,
              this,
              SnapshotDayTest.this::open,
              nowMs);
    }

    @Override
    public boolean isItsTurn() {
      return itsTurn;
    }

    @Override
    public @Nullable String begin() {
      begun++;
      try {
        index = nowMs / MINUTE_MS;
        save(directory, index, nowMs);
      } catch (IOException e) {
        return e.getMessage();
      }
      return null;
    }

    @Override
    public SnapshotStatus snapshots() {
      return new SnapshotStatus(false, 0, 0, 0, 0, false, 0, begun, 0, index, 0);
    }
  }

  private static void save(SnapshotDirectory directory, long index, long nowMs) throws IOException {
    save(directory, new UUID(3, 4), index, nowMs, 0);
  }

  static void save(
      SnapshotDirectory directory, UUID incarnation, long index, long nowMs, int checksum)
      throws IOException {
    save(directory, incarnation, index, nowMs, nowMs, checksum);
  }

  private static void save(
      SnapshotDirectory directory,
      UUID incarnation,
      long index,
      long timeMs,
      long createdMs,
      int checksum)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RdbWriter writer = new RdbWriter(bytes, RdbVersion.REDIS_7_2, false);
    writer.header(writer.version());
    writer.string(new RdbKey(0, ("at " + index).getBytes(), RdbKey.NO_EXPIRY), "v".getBytes());
    writer.end();
    RdbDigest digest = new RdbDigest();
    try (RdbReader reader =
        RdbReader.of(bytes.toByteArray(), RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(digest);
    }
    SnapshotUpload upload = directory.begin();
    upload.write(bytes.toByteArray(), bytes.size());
    upload.complete();
    SnapshotManifest manifest =
        new SnapshotManifest(
            SHARD,
            incarnation,
            1,
            index,
            timeMs,
            index,
            checksum,
            250,
            digest.keys(),
            digest.value(),
            upload.sizeBytes(),
            upload.crc32c(),
            RdbVersion.REDIS_7_2,
            createdMs);
    directory.publish(upload, manifest);
  }

  private void live(long minutes, FakeMember... members) {
    for (long i = 0; i < minutes; i++) {
      nowMs += MINUTE_MS;
      for (FakeMember each : members) {
        each.day.tick(nowMs);
      }
    }
  }

  @Test
  void oneMemberBringsOneSnapshotADay() throws IOException {
    FakeMember primary = new FakeMember("a", 0);
    FakeMember first = new FakeMember("b", 1);
    FakeMember second = new FakeMember("c", 2);
    primary.itsTurn = false;
    live(24 * 60, primary, first, second);
    assertEquals(1, stored().size());
    assertEquals(0, primary.begun);
    assertEquals(1, first.begun);
    assertEquals(0, second.begun);
    assertEquals(1, first.day.status().stored());
    assertEquals(stored().getFirst().manifest().createdMs(), second.day.status().newestMs());
    live(24 * 60, primary, first, second);
    assertEquals(2, stored().size());
    assertEquals(0, primary.day.status().missedWindows());
  }

  @Test
  void theNextMemberDoesItIfTheFirstIsDead() throws IOException {
    FakeMember second = new FakeMember("c", 2);
    live(24 * 60, second);
    assertEquals(1, stored().size());
    assertEquals(0, second.day.status().missedWindows());
  }

  @Test
  void aReplicaThatBecomesThePrimaryBringsWhatItHasMade() throws IOException {
    FakeMember member = new FakeMember("b", 0);
    live(60, member);
    assertEquals(1, member.begun);
    assertEquals(0, stored().size());
    // The primary was killed; this one is elected before it has uploaded anything.
    member.itsTurn = false;
    live(5, member);
    assertEquals(1, stored().size());
  }

  @Test
  void aStoreThatIsDownIsTriedUntilItIsBack() throws IOException {
    FakeMember member = new FakeMember("b", 0);
    storeIsDown = true;
    live(90, member);
    assertEquals(0, stored().size());
    assertEquals("the store is down", member.day.status().lastError());
    storeIsDown = false;
    live(10, member);
    assertEquals(1, stored().size());
    assertEquals("", member.day.status().lastError());
    assertEquals(0, member.day.status().missedWindows());
  }

  @Test
  void aWindowThatWasMissedIsSaidOnceAndCounted() throws IOException {
    FakeMember member = new FakeMember("b", 0);
    storeIsDown = true;
    live(24 * 60, member);
    assertEquals(1, member.day.status().missedWindows());
    storeIsDown = false;
    live(24 * 60, member);
    assertEquals(1, member.day.status().missedWindows());
    assertEquals(1, stored().size());
  }

  @Test
  void retentionKeepsDaysAndTheNewestAndWhatIsNotItsOwn() throws IOException {
    FakeMember member = new FakeMember("b", 0);
    live(3 * 24 * 60, member);
    assertEquals(3, stored().size());
    try (SnapshotStore store = open()) {
      SnapshotManifest own = member.directory.list().getFirst();
      store.publish(SnapshotSeries.MANUAL, own, member.directory.file(own));
    }
    // Nobody for a month: nothing is deleted, however old.
    nowMs += 30 * DAY_MS;
    assertEquals(4, stored().size());
    live(24 * 60, member);
    List<StoredSnapshot> left = stored();
    assertEquals(2, left.size(), left.toString());
    assertTrue(left.getFirst().isAutomatic());
    assertTrue(left.getLast().path().startsWith("manual/"));
    live(10 * 24 * 60, member);
    assertEquals(8 + 1, stored().size());
  }

  @Test
  void aNodeThatStartsAgainInTheWindowGoesOnWithWhatItHas() throws IOException {
    FakeMember before = new FakeMember("b", 0);
    live(60, before);
    assertEquals(1, before.begun);
    FakeMember after = new FakeMember("b", 0);
    live(5, after);
    assertEquals(0, after.begun);
    assertEquals(1, stored().size());
  }

  @Test
  void ofManyMembersTheLastHasItsTurnBeforeTheWindowEnds() {
    SnapshotWindow window = SnapshotWindow.parse("03:00-03:10");
    SnapshotWindow.Span span = window.lastEnded(nowMs + DAY_MS);
    for (int members = 1; members <= 9; members++) {
      SnapshotDay.Settings last = new SnapshotDay.Settings(SHARD, window, 7, members - 1, members);
      assertTrue(last.turnMs(span) < span.endMs(), members + " members");
    }
  }

  /** It follows an old log quickly, and makes snapshots on its way that are new files. */
  @Test
  void whatAMemberThatLagsMakesInTheWindowIsNotTheSnapshotOfTheDay() throws IOException {
    FakeMember member = new FakeMember("b", 0);
    member.itsTurn = false;
    live(59, member);
    long lagMs = 5 * 60 * MINUTE_MS;
    nowMs += 5 * MINUTE_MS;
    save(member.directory, new UUID(3, 4), 7, nowMs - lagMs, nowMs, 0);
    live(5, member);
    assertEquals(0, stored().size());
    member.itsTurn = true;
    live(5, member);
    assertEquals(1, member.begun);
    assertEquals(1, stored().size());
    assertTrue(stored().getFirst().manifest().index() > 7);
  }
}
