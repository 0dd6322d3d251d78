package io.engramdb.node.durability;

import io.engramdb.node.command.ArchiveStatus;
import io.engramdb.node.shard.EffectCodec;
import io.engramdb.snapshot.archive.ArchiveException;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.Segment;
import io.engramdb.snapshot.archive.SegmentBuilder;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in archiving its shard's log.
 *
 * <p>Members do not agree on who does it; the store decides. They have an order, replicas first:
 * the first one does it as soon as something is old or large enough, each further one if it has
 * waited for that somewhat longer. A segment begins where the newest one in the store ends and is
 * put only if none begins there, so two at once do no harm. What is written is read from this
 * node's own log, and its running checksum must continue the archive's.
 *
 * <p>The log is not cut before it is archived, see {@link ArchiveHold}, but the disk has an end: if
 * the log had to be cut, the archive goes on behind a snapshot, which is brought there with it, and
 * says that there is a gap.
 *
 * <p>Its own thread, which blocks; {@link #status} from any thread. The time comes in.
 */
public final class ArchiveFeed {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveFeed.class);

  /** Pause after an attempt that failed, at most. */
  private static final long MAX_RETRY_MS = 15_000;

  /** Two members begin so far apart at most. */
  private static final long MAX_STAGGER_MS = 60_000;

  /** A gap is one if for so many intervals, and everybody's turn, no other member closed it. */
  private static final int GAP_PATIENCE_INTERVALS = 3;

  /** Segments of one turn. */
  private static final int MAX_SEGMENTS = 64;

  /** Moments that are remembered to tell how old and how large is what is not archived. */
  private static final int MAX_MOMENTS = 4096;

  /** A segment is full when not even one record of the largest size is sure to find room. */
  private static final int RECORD_BYTES = TxLog.MAX_RECORD_BYTES + 64;

  /** Indexes that are read at once: the largest records must fit. */
  private static final int MAX_STEP = 4;

  /** Behind the beginning of a log, where its first record must stand. */
  private static final int GENESIS_WITHIN = 64;

  /** What it asks of the node. */
  public interface Member {
    /** How things are; asks the shard's thread. */
    Standing standing();

    /** Reads committed records of this node's log. */
    void read(long firstIndex, long lastIndex, TxLog.ReplayConsumer to) throws IOException;
  }

  /**
   * How things are.
   *
   * @param genesis of the shard; null before it is born
   * @param heardIndex newest committed index that this node has heard
   * @param heardBytes bytes of records that it has heard since it started
   * @param firstIndex oldest index of its log
   * @param rank place among those that archive; negative: others do it
   */
  public record Standing(
      @Nullable Genesis genesis, long heardIndex, long heardBytes, long firstIndex, int rank) {}

  /**
   * What was configured.
   *
   * @param shard whose log
   * @param intervalMs nothing stays out of the archive for longer
   * @param sizeBytes nor more than this
   * @param members that may archive
   */
  public record Settings(UUID shard, long intervalMs, long sizeBytes, int members) {
    /** So far apart two members begin. */
    long staggerMs() {
      return Math.min(MAX_STAGGER_MS, intervalMs);
    }

    long gapPatienceMs() {
      return GAP_PATIENCE_INTERVALS * intervalMs + Math.max(0, members - 1) * staggerMs();
    }
  }

  private record Moment(long index, long bytes, long atMs) {}

  private final Settings settings;
  private final SnapshotDirectory directory;
  private final Member member;
  private final SnapshotDay.Opener opener;
  private final ArchiveHold hold;

  private final ArrayDeque<Moment> moments = new ArrayDeque<>();
  private long archivedBytes;
  private @Nullable UUID incarnation;
  private @Nullable SegmentHead newest;
  private boolean looked;
  private long nextTryMs = Long.MIN_VALUE;
  private long dueSinceMs = -1;
  private long gapSinceMs = -1;
  private long segments;
  private long gaps;
  private boolean hasGap;
  private String lastError = "";

  /** When the oldest of what is not archived was heard; -1: everything is. */
  private volatile long oldestMs = -1;

  private volatile ArchiveStatus status = new ArchiveStatus(true, -1, 0, 0, 0, 0, 0, false, "");

  /**
   * A feed.
   *
   * @param directory this node's own snapshots
   */
  public ArchiveFeed(
      Settings settings,
      SnapshotDirectory directory,
      Member member,
      SnapshotDay.Opener opener,
      ArchiveHold hold) {
    this.settings = settings;
    this.directory = directory;
    this.member = member;
    this.opener = opener;
    this.hold = hold;
  }

  /** What is known of the archive; the lag grows while an upload hangs. */
  public ArchiveStatus status(long nowMs) {
    long sinceMs = oldestMs;
    return status.withLagMs(sinceMs < 0 ? 0 : Math.max(0, nowMs - sinceMs));
  }

  /** Does what is due; may take as long as an upload. */
  public void tick(long nowMs) {
    try {
      Standing now = member.standing();
      if (now.genesis() == null) {
        return;
      }
      note(now, nowMs);
      tell(lagBytes(now));
      if (isDue(nowMs) && nowMs >= nextTryMs) {
        work(now, nowMs);
        lastError = "";
      }
      tell(lagBytes(now));
    } catch (IOException | RuntimeException | AssertionError e) {
      if (!Thread.currentThread().isInterrupted()) {
        failed(nowMs, e);
      }
    }
  }

  private long lagBytes(Standing now) {
    return moments.isEmpty() ? 0 : now.heardBytes() - archivedBytes;
  }

  private void failed(long nowMs, Throwable cause) {
    String why = String.valueOf(cause.getMessage()).replaceAll("[\\r\\n]+", " ");
    if (lastError.isEmpty()) {
      LOG.error("THE LOG IS NOT ARCHIVED JUST NOW: {}", why, cause);
    }
    lastError = why;
    nextTryMs = nowMs + retryMs();
    hold.asked();
    tell(status.lagBytes());
  }

  private void tell(long lagBytes) {
    SegmentHead head = newest;
    status =
        new ArchiveStatus(
            true,
            archivedIndex(),
            head == null ? 0 : head.coveredMs(),
            0,
            lagBytes,
            segments,
            hasGap ? Math.max(1, gaps) : 0,
            hold.hasLetGo(),
            lastError);
  }

  private long archivedIndex() {
    SegmentHead head = newest;
    return head == null ? -1 : head.lastIndex();
  }

  /** Remembers when this node came to know of what. */
  private void note(Standing now, long nowMs) {
    UUID present = Objects.requireNonNull(now.genesis()).incarnation();
    if (!present.equals(incarnation)) {
      incarnation = present;
      newest = null;
      looked = false;
    }
    Moment last = moments.peekLast();
    long known = last == null ? archivedIndex() : last.index();
    if (now.heardIndex() > known && moments.size() < MAX_MOMENTS) {
      moments.addLast(new Moment(now.heardIndex(), now.heardBytes(), nowMs));
    }
    sayOldest();
  }

  private void sayOldest() {
    Moment oldest = moments.peekFirst();
    oldestMs = oldest == null ? -1 : oldest.atMs();
  }

  private void isNow(@Nullable SegmentHead head) {
    newest = head;
    looked = true;
    if (head != null) {
      hold.archived(head.lastIndex());
      while (!moments.isEmpty() && moments.getFirst().index() <= head.lastIndex()) {
        archivedBytes = moments.removeFirst().bytes();
      }
      sayOldest();
    }
    hold.asked();
  }

  /** A gap that retention has not reached yet is one, whoever left it. */
  private void lookForGap(LogArchive archive) throws IOException {
    SegmentHead head = newest;
    hasGap =
        head != null
            && head.lastGapIndex() > 0
            && head.lastGapIndex() > archive.oldestIndex(head.shard(), head.incarnation());
  }

  private boolean isDue(long nowMs) {
    Moment oldest = moments.peekFirst();
    Moment last = moments.peekLast();
    boolean due =
        !looked
            || (oldest != null
                && last != null
                && (nowMs - oldest.atMs() >= settings.intervalMs()
                    || last.bytes() - archivedBytes >= settings.sizeBytes()));
    dueSinceMs = due ? (dueSinceMs < 0 ? nowMs : dueSinceMs) : -1;
    return due;
  }

  private void work(Standing now, long nowMs) throws IOException {
    try (SnapshotStore store = opener.open()) {
      LogArchive archive = store.archive();
      boolean first = !looked;
      isNow(look(archive));
      lookForGap(archive);
      // A node that has just started does not know how old what it finds is.
      if (now.rank() < 0 || (!first && !isDue(nowMs))) {
        nextTryMs = nowMs + retryMs();
        return;
      }
      long stagger = settings.staggerMs() * now.rank();
      if (nowMs - dueSinceMs < stagger) {
        nextTryMs = dueSinceMs + stagger;
        return;
      }
      for (int i = 0; i < MAX_SEGMENTS && archivedIndex() < now.heardIndex(); i++) {
        SegmentBuilder builder = begin(store, now, nowMs);
        Segment segment = builder.end(fill(builder, now.heardIndex()));
        if (archive.put(segment)) {
          segments++;
          isNow(segment.head());
          if (segment.head().isBehindGap()) {
            gaps++;
            lookForGap(archive);
          }
        } else {
          isNow(look(archive));
        }
      }
    }
  }

  /** An archive that was longer once is not the one that this node knows: another disk, perhaps. */
  private @Nullable SegmentHead look(LogArchive archive) throws IOException {
    SegmentHead known = newest;
    // What lies before the one that is known is not listed again.
    long from = known == null ? 0 : known.firstIndex();
    SegmentHead found = archive.newest(settings.shard(), id(), from);
    long before = archivedIndex();
    if (before >= 0 && (found == null || found.lastIndex() < before)) {
      found = found == null ? archive.newest(settings.shard(), id(), 0) : found;
      throw new ArchiveException(
          "the archive reached index %d and ends at %s now: nothing is added until it is there"
                  .formatted(before, found == null ? "nothing" : "" + found.lastIndex())
              + " again, or this node is started anew");
    }
    return found;
  }

  private long retryMs() {
    return Math.min(MAX_RETRY_MS, settings.intervalMs());
  }

  /**
   * Where the next segment begins.
   *
   * @throws ArchiveException if another member is to close a gap first
   */
  private SegmentBuilder begin(SnapshotStore store, Standing now, long nowMs) throws IOException {
    SegmentHead before = newest;
    if (before != null && now.firstIndex() <= before.lastIndex() + 1) {
      gapSinceMs = -1;
      return SegmentBuilder.after(before);
    }
    long firstIndex = Math.max(0, now.firstIndex());
    if (before == null && firstIndex <= 1 && beganEmpty(firstIndex, now.heardIndex())) {
      return SegmentBuilder.behind(settings.shard(), id(), firstIndex, firstIndex - 1, 0, 0, 0);
    }
    if (before != null) {
      gapSinceMs = gapSinceMs < 0 ? nowMs : gapSinceMs;
      if (nowMs - gapSinceMs < settings.gapPatienceMs()) {
        throw new ArchiveException(
            "this node's log begins at %d, the archive ends at %d: waiting for another member"
                .formatted(firstIndex, before.lastIndex()));
      }
    }
    return behindSnapshot(store, before, firstIndex, now.heardIndex());
  }

  private UUID id() {
    return Objects.requireNonNull(incarnation);
  }

  /** Whether the shard began without keys, so that the log alone makes its data. */
  private boolean beganEmpty(long firstIndex, long heardIndex) throws IOException {
    boolean[] empty = {false};
    member.read(
        firstIndex,
        Math.min(heardIndex, firstIndex + GENESIS_WITHIN),
        (term, index, kind, payload) -> {
          if (kind == RecordKind.GENESIS) {
            empty[0] = !Genesis.decode(payload).seeded();
          }
        });
    return empty[0];
  }

  /** Goes on behind the oldest snapshot of this node that the log continues. */
  private SegmentBuilder behindSnapshot(
      SnapshotStore store, @Nullable SegmentHead before, long firstIndex, long heardIndex)
      throws IOException {
    long least =
        Math.max(firstIndex <= 1 ? -1 : firstIndex - 1, before == null ? -1 : before.lastIndex());
    List<SnapshotManifest> own =
        directory.list().stream()
            .filter(each -> each.shard().equals(settings.shard()))
            .filter(each -> each.incarnation().equals(id()))
            .filter(each -> each.index() >= least && each.index() < heardIndex)
            .sorted(Comparator.comparing(SnapshotManifest::index))
            .toList();
    if (own.isEmpty()) {
      throw new ArchiveException(
          "the log begins at " + firstIndex + " and this node has no snapshot to go on behind");
    }
    SnapshotManifest base = own.getFirst();
    bring(store, base);
    long from = Math.max(firstIndex, base.index() + 1);
    if (before != null) {
      LOG.error(
          "THE ARCHIVE HAS A GAP: it ends at index {} and goes on behind snapshot {}",
          before.lastIndex(),
          base.name());
    }
    return SegmentBuilder.behind(
        settings.shard(),
        id(),
        from,
        before == null ? from - 1 : before.lastIndex(),
        base.runningChecksum(),
        base.records(),
        base.timeMs());
  }

  /** An archive is worth nothing without a state to begin with. */
  private void bring(SnapshotStore store, SnapshotManifest base) throws IOException {
    Path link = directory.root().resolve("archive-" + UUID.randomUUID() + ".tmp");
    try {
      Files.createLink(link, directory.file(base));
      StoredSnapshot stored = store.publish(SnapshotSeries.AUTOMATIC, base, link);
      LOG.info("the archive begins behind snapshot {}", stored.path());
    } finally {
      Files.deleteIfExists(link);
    }
  }

  /** Reads records into a segment; returns the last index that it covers. */
  private long fill(SegmentBuilder into, long heardIndex) throws IOException {
    long next = into.firstIndex();
    while (next <= heardIndex) {
      int room = (SegmentBuilder.MAX_BYTES - into.sizeBytes()) / RECORD_BYTES;
      if (room == 0) {
        break;
      }
      long to = Math.min(heardIndex, next + Math.min(room, MAX_STEP) - 1);
      member.read(next, to, (term, index, kind, payload) -> add(into, term, index, kind, payload));
      next = to + 1;
    }
    return next - 1;
  }

  private static void add(
      SegmentBuilder into, long term, long index, RecordKind kind, byte[] payload) {
    switch (kind) {
      case DATA -> {
        int checksum = EffectCodec.runningChecksum(payload);
        if (checksum != EffectCodec.checksum(into.checksum(), payload, payload.length)) {
          throw new IllegalStateException(
              "record " + index + " does not continue what is archived: not the same history");
        }
        into.data(kind.code(), term, index, EffectCodec.timeMs(payload), checksum, payload);
      }
      case GENESIS -> into.other(kind.code(), term, index, payload);
      case LEASE_RENEWAL -> {
        if (payload.length == Long.BYTES) {
          into.covered(ByteBuffer.wrap(payload).getLong());
        }
      }
      default -> {
        // Says nothing about data.
      }
    }
  }
}
