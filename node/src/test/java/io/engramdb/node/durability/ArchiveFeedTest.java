package io.engramdb.node.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.shard.EffectCodec;
import io.engramdb.snapshot.archive.ArchivedRecord;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.Segment;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that archive one log into one store; log and clock are the test's. */
class ArchiveFeedTest {
  private static final UUID SHARD = new UUID(1, 2);
  private static final UUID INCARNATION = new UUID(3, 4);
  private static final long INTERVAL_MS = 300_000;
  private static final int HEADER_BYTES = 18;

  private record Logged(RecordKind kind, byte[] payload) {}

  @TempDir Path temp;

  private final List<Logged> log = new ArrayList<>();
  private int checksum;
  private long bytes;
  private long nowMs = 1_000_000_000;
  private boolean storeIsDown;
  private int members = 1;

  private SnapshotStore open() throws IOException {
    if (storeIsDown) {
      throw new IOException("the store is down");
    }
    return new SnapshotStore(new DirectoryObjects(temp.resolve("store")));
  }

  /** A node whose log is the test's, from some index on. */
  private final class FakeMember implements ArchiveFeed.Member {
    final SnapshotDirectory directory;
    final ArchiveHold hold = new ArchiveHold(() -> 1 << 30, INTERVAL_MS / 2);
    final ArchiveFeed feed;
    int rank;
    long firstIndex;

    FakeMember(String name, int rank) throws IOException {
      this.rank = rank;
      directory = SnapshotDirectory.open(temp.resolve(name));
      feed =
          new ArchiveFeed(
              new ArchiveFeed.Settings(SHARD, INTERVAL_MS, 16 << 20, members),
              directory,
              this,
              ArchiveFeedTest.this::open,
              hold);
    }

    @Override
    public ArchiveFeed.Standing standing() {
      return new ArchiveFeed.Standing(
          new Genesis(INCARNATION, 250), log.size() - 1, bytes, firstIndex, rank);
    }

    @Override
    public void read(long first, long last, TxLog.ReplayConsumer to) throws IOException {
      if (first < firstIndex) {
        throw new IOException("index " + first + " is not in the log");
      }
      for (long index = first; index <= last; index++) {
        Logged each = log.get((int) index);
        to.record(1, index, each.kind(), each.payload());
      }
    }
  }

  private void born() {
    log.add(new Logged(RecordKind.GENESIS, new Genesis(INCARNATION, 250).encode()));
  }

  private void write(int records, int bodyBytes) {
    for (int i = 0; i < records; i++) {
      byte[] record = new byte[HEADER_BYTES + bodyBytes];
      ByteBuffer.wrap(record).put((byte) 1).put((byte) 3).putInt(1).putLong(++nowMs);
      ByteBuffer.wrap(record).putInt(HEADER_BYTES, log.size());
      checksum = EffectCodec.checksum(checksum, record, record.length);
      ByteBuffer.wrap(record).putInt(14, checksum);
      log.add(new Logged(RecordKind.DATA, record));
      bytes += record.length;
    }
  }

  private List<SegmentHead> heads() throws IOException {
    LogArchive archive = new SnapshotStore(new DirectoryObjects(temp.resolve("store"))).archive();
    List<SegmentHead> heads = new ArrayList<>();
    for (LogArchive.Place each : archive.list(SHARD, INCARNATION)) {
      heads.add(archive.head(each.name()));
    }
    return heads;
  }

  private List<Long> dataIndexes() throws IOException {
    LogArchive archive = new SnapshotStore(new DirectoryObjects(temp.resolve("store"))).archive();
    List<Long> indexes = new ArrayList<>();
    for (LogArchive.Place each : archive.list(SHARD, INCARNATION)) {
      Segment segment = archive.read(each.name());
      segment.read(
          (ArchivedRecord record) -> {
            if (record.kind() == RecordKind.DATA.code()) {
              indexes.add(record.index());
            }
          });
    }
    return indexes;
  }

  private static List<Long> range(int from, int to) {
    List<Long> all = new ArrayList<>();
    for (long i = from; i <= to; i++) {
      all.add(i);
    }
    return all;
  }

  @Test
  void whatIsOldOrLargeIsArchivedAndNothingTwice() throws IOException {
    born();
    write(10, 100);
    FakeMember one = new FakeMember("one", 0);
    one.feed.tick(nowMs);
    assertEquals(range(1, 10), dataIndexes());
    write(5, 100);
    one.feed.tick(nowMs);
    assertEquals(range(1, 10), dataIndexes(), "neither old nor large");
    assertTrue(one.feed.status(nowMs).lagBytes() >= 500, one.feed.status(nowMs)::toString);
    nowMs += INTERVAL_MS;
    one.feed.tick(nowMs);
    assertEquals(range(1, 15), dataIndexes());
    assertEquals(0, one.feed.status(nowMs).lagBytes());
    write(20, 1 << 20);
    one.feed.tick(nowMs);
    assertEquals(range(1, 35), dataIndexes(), "more than 16 MiB wait for nothing");
    List<SegmentHead> heads = heads();
    for (int i = 1; i < heads.size(); i++) {
      assertEquals(heads.get(i - 1).lastIndex() + 1, heads.get(i).firstIndex());
      assertEquals(heads.get(i - 1).checksumAfter(), heads.get(i).checksumBefore());
      assertEquals(heads.get(i - 1).recordsAfter(), heads.get(i).recordsBefore());
      assertFalse(heads.get(i).isBehindGap());
    }
    assertEquals(checksum, heads.getLast().checksumAfter());
    assertEquals(35, one.hold.index(), "the log may be cut up to there");
    assertEquals("ok", one.feed.status(nowMs).word());
  }

  @Test
  void anotherMemberGoesOnWhereTheFirstOneEnded() throws IOException {
    born();
    write(10, 10);
    FakeMember one = new FakeMember("one", 0);
    FakeMember two = new FakeMember("two", 1);
    one.feed.tick(nowMs);
    two.feed.tick(nowMs);
    assertEquals(10, two.hold.index(), "who does not archive knows how far it is");
    write(10, 10);
    one.feed.tick(nowMs);
    two.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    // The first one is gone; the second waits somewhat longer, then does it.
    two.feed.tick(nowMs);
    assertEquals(range(1, 10), dataIndexes());
    nowMs += 61_000;
    two.feed.tick(nowMs);
    assertEquals(range(1, 20), dataIndexes());
    // The first one is back and finds that it is done.
    one.feed.tick(nowMs);
    assertEquals(range(1, 20), dataIndexes());
    assertEquals(20, one.hold.index());
    assertEquals(1, two.feed.status(nowMs).segments());
  }

  @Test
  void whoHasNoTurnArchivesNothingAndKnowsHowFarItIs() throws IOException {
    born();
    write(10, 10);
    FakeMember loading = new FakeMember("loading", -1);
    FakeMember replica = new FakeMember("replica", 0);
    loading.feed.tick(nowMs);
    assertEquals(List.of(), heads());
    assertEquals(-1, loading.hold.index(), "nothing may be cut yet");
    replica.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    loading.feed.tick(nowMs);
    assertEquals(10, loading.hold.index());
  }

  @Test
  void aStoreThatIsDownIsCaughtUpWithLater() throws IOException {
    born();
    write(10, 10);
    storeIsDown = true;
    FakeMember one = new FakeMember("one", 0);
    for (int i = 0; i < 12; i++) {
      one.feed.tick(nowMs);
      write(3, 1 << 20);
      nowMs += INTERVAL_MS;
    }
    assertEquals("failing", one.feed.status(nowMs).word());
    assertEquals("the store is down", one.feed.status(nowMs).lastError());
    long lagMs = one.feed.status(nowMs).lagMs();
    assertTrue(lagMs >= 11 * INTERVAL_MS, one.feed.status(nowMs)::toString);
    assertEquals(lagMs + 7000, one.feed.status(nowMs + 7000).lagMs(), "also without a tick");
    assertEquals(-1, one.hold.index());
    storeIsDown = false;
    one.feed.tick(nowMs);
    assertEquals(range(1, 46), dataIndexes());
    assertEquals("ok", one.feed.status(nowMs).word());
    assertEquals(0, one.feed.status(nowMs).lagMs());
  }

  @Test
  void silenceIsArchivedAsSilence() throws IOException {
    born();
    write(1, 10);
    FakeMember one = new FakeMember("one", 0);
    one.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    log.add(
        new Logged(
            RecordKind.LEASE_RENEWAL, ByteBuffer.allocate(Long.BYTES).putLong(nowMs).array()));
    one.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    one.feed.tick(nowMs);
    SegmentHead last = heads().getLast();
    assertEquals(0, last.entries());
    assertEquals(nowMs - INTERVAL_MS, last.coveredMs());
  }

  @Test
  void anotherHistoryIsNotMixedIn() throws IOException {
    born();
    write(10, 10);
    FakeMember one = new FakeMember("one", 0);
    one.feed.tick(nowMs);
    checksum = 4711;
    write(10, 10);
    nowMs += INTERVAL_MS;
    one.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    one.feed.tick(nowMs);
    assertEquals(range(1, 10), dataIndexes());
    assertTrue(
        one.feed.status(nowMs).lastError().contains("not the same history"),
        one.feed.status(nowMs)::lastError);
  }

  @Test
  void aLogThatHadToBeCutLeavesAGapThatIsSaid() throws IOException {
    born();
    write(10, 10);
    FakeMember one = new FakeMember("one", 0);
    one.feed.tick(nowMs);
    write(20, 10);
    int checksumAtTwenty = EffectCodec.runningChecksum(log.get(20).payload());
    SnapshotDayTest.save(one.directory, INCARNATION, 20, nowMs, checksumAtTwenty);
    one.firstIndex = 15;
    one.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    one.feed.tick(nowMs);
    assertNotEquals("", one.feed.status(nowMs).lastError(), "another member may still close it");
    assertEquals(0, one.feed.status(nowMs).gaps());
    nowMs += 3 * INTERVAL_MS;
    one.feed.tick(nowMs);
    SegmentHead last = heads().getLast();
    assertTrue(last.isBehindGap());
    assertEquals(21, last.firstIndex());
    assertEquals(10, last.afterIndex());
    assertEquals(1, one.feed.status(nowMs).gaps());
    assertEquals("degraded", one.feed.status(nowMs).word());
    try (SnapshotStore store = open()) {
      assertEquals(20, store.list().getFirst().manifest().index(), "with what it goes on behind");
    }
    write(5, 10);
    for (int i = 0; i < 2; i++) {
      one.feed.tick(nowMs);
      nowMs += INTERVAL_MS;
    }
    assertFalse(heads().getLast().isBehindGap());
    FakeMember another = new FakeMember("another", 0);
    another.firstIndex = 15;
    another.feed.tick(nowMs);
    assertEquals(1, another.feed.status(nowMs).gaps(), "another process knows of it");
    Path oldest = temp.resolve("store").resolve(heads().getFirst().name());
    Files.delete(oldest);
    write(5, 10);
    for (int i = 0; i < 2; i++) {
      another.feed.tick(nowMs);
      nowMs += INTERVAL_MS;
    }
    assertEquals(0, another.feed.status(nowMs).gaps(), "what was before it is not kept any more");
    assertEquals("ok", another.feed.status(nowMs).word());
  }

  @Test
  void aGapWaitsUntilEveryMemberHadItsTurn() throws IOException {
    members = 3;
    born();
    write(10, 10);
    FakeMember one = new FakeMember("one", 0);
    one.feed.tick(nowMs);
    write(20, 10);
    int checksumAtTwenty = EffectCodec.runningChecksum(log.get(20).payload());
    SnapshotDayTest.save(one.directory, INCARNATION, 20, nowMs, checksumAtTwenty);
    one.firstIndex = 15;
    one.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    one.feed.tick(nowMs);
    nowMs += 3 * INTERVAL_MS;
    one.feed.tick(nowMs);
    assertEquals(1, heads().size());
    FakeMember primary = new FakeMember("primary", 2);
    primary.feed.tick(nowMs);
    nowMs += 1000;
    primary.feed.tick(nowMs);
    nowMs += INTERVAL_MS;
    primary.feed.tick(nowMs);
    assertEquals(1, heads().size());
    nowMs += 120_000;
    primary.feed.tick(nowMs);
    one.feed.tick(nowMs);
    assertEquals(range(1, 30), dataIndexes());
    assertEquals("ok", one.feed.status(nowMs).word());
  }

  @Test
  void anArchiveThatIsGoneIsNotBegunAnewInSilence() throws IOException {
    born();
    write(10, 10);
    FakeMember one = new FakeMember("one", 0);
    one.feed.tick(nowMs);
    Path store = temp.resolve("store");
    Path aside = temp.resolve("aside");
    Files.move(store, aside);
    write(10, 10);
    for (int i = 0; i < 2; i++) {
      one.feed.tick(nowMs);
      nowMs += INTERVAL_MS;
    }
    assertEquals("failing", one.feed.status(nowMs).word());
    assertTrue(one.feed.status(nowMs).lastError().contains("reached index 10"));
    deleteEmpty(store);
    Files.move(aside, store);
    one.feed.tick(nowMs);
    assertEquals(range(1, 20), dataIndexes());
  }

  /** Whoever opens a store in a directory may make it. */
  private static void deleteEmpty(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> tree = Files.walk(root)) {
        for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }
}
