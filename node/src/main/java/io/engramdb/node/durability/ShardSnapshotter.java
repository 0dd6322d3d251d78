package io.engramdb.node.durability;

import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.LogPosition;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes snapshots of a shard at exactly one log index while commands go on, and keeps the newest
 * two.
 *
 * <p>The shard's thread encodes, a few entries at a time, what {@link
 * io.engramdb.node.engine.SnapshotWalk} shows; another thread writes, forces, reads back and
 * compares. What a replica begins with is committed. A primary begins at a moment at which all that
 * it has executed stands in appended records, and its snapshot exists only once the newest of those
 * is committed in the same epoch; if it is deposed before, the snapshot is thrown away.
 *
 * <p>By itself it begins on a snapshotter, on a replica if there is none, or where no other member
 * holds data. Otherwise only if asked, or if for long nobody had a snapshot that this member could
 * copy; the primary last of all. Shard thread only.
 */
final class ShardSnapshotter {

  private static final Logger LOG = LoggerFactory.getLogger(ShardSnapshotter.class);

  /** Why none is begun: to be waited for. */
  static final String IN_PROGRESS = "Background save already in progress";

  private static final long NANOS_PER_MS = 1_000_000;

  /** Snapshots kept: the newest, and the one before in case the newest is damaged. */
  static final int KEPT = 2;

  /**
   * A member that copies and finds nobody to copy from makes one itself after so many sizes between
   * two snapshots.
   */
  private static final long PATIENCE_SIZES = 2;

  /** A primary beside replicas that have that patience: one of them is to lose it first. */
  private static final long LAST_PATIENCE_SIZES = 3;

  /** And for so long: where much is written, sizes are no time for a replica to make one in. */
  private static final long LAST_PATIENCE_MS = 30_000;

  /** Marks of the log within one size between two snapshots. */
  private static final long MARKS_PER_SIZE = 128;

  /** Entries between two looks at what a slice has cost. */
  private static final int ENTRIES_PER_STEP = 16;

  /** Steps of one slice at most. */
  private static final int STEPS_PER_SLICE = 64;

  /** Bytes of one slice, but for the last entry's. */
  private static final long SLICE_BYTES = 128 << 10;

  /** Time of one slice, but for the last entry's. */
  private static final long SLICE_NANOS = 500_000;

  /** Pause between slices, three times as long as a slice: commands come first. */
  private static final long PAUSE_MICROS = 1_500;

  /** After a failure nothing is begun by itself for so long. */
  private static final long RETRY_MS = 60_000;

  /** How long one that was asked for on a primary waits for the moment to begin. */
  private static final long MOMENT_MS = 10_000;

  private final Shard shard;
  private final ShardScheduler scheduler;
  private final SnapshotSettings settings;
  private final boolean copiesAsPrimary;
  private final boolean copiesAsReplica;
  private final boolean replicasCopy;
  private final Supplier<@Nullable Genesis> genesis;
  private final Supplier<LogPosition> applied;
  private final LongSupplier heardIndex;
  private final BooleanSupplier rebuilding;

  private Consumer<List<SnapshotManifest>> onKept = snapshots -> {};
  private BooleanSupplier copying = () -> false;
  private BooleanSupplier snapshottersAway = () -> false;
  private @Nullable SnapshotRun run;

  /** All entries were met; the file ends once everything that it contains is committed. */
  private boolean walked;

  /** A primary waits for the moment to begin, until then; 0 if not. */
  private long wantedUntilMs;

  private final HeardMarks marks = new HeardMarks();
  private long markEveryBytes = 1;
  private long bytesSince;

  /** Since when a primary has lacked one for longer than the others have patience; -1: not. */
  private long leftSinceMs = -1;

  private long failedMs = -RETRY_MS;
  private boolean lastFailed;
  private long lastSavedMs;
  private long lastTookMs = -1;
  private long saves;
  private long savedChanges;
  private long savedIndex = -1;
  private long savedSizeBytes;

  ShardSnapshotter(
      Shard shard,
      ShardScheduler scheduler,
      SnapshotSettings settings,
      Supplier<@Nullable Genesis> genesis,
      Supplier<LogPosition> applied,
      LongSupplier heardIndex,
      BooleanSupplier rebuilding) {
    this.shard = shard;
    this.scheduler = scheduler;
    this.settings = settings;
    SnapshotPeers peers = settings.peers();
    copiesAsPrimary = !peers.dataMembers().isEmpty();
    // Two snapshotters would wait for each other.
    copiesAsReplica = peers.copiesAsReplica();
    replicasCopy = copiesAsReplica && peers.dataMembers().size() > peers.snapshotters().size();
    this.genesis = genesis;
    this.applied = applied;
    this.heardIndex = heardIndex;
    this.rebuilding = rebuilding;
    lastSavedMs = scheduler.wallMs();
  }

  /**
   * Somebody who wants to know.
   *
   * @param whenMade hears which snapshots there are, the newest first
   * @param isCopying whether one of another member is on its way
   * @param areAway whether no snapshotter answers just now
   */
  void listen(
      Consumer<List<SnapshotManifest>> whenMade,
      BooleanSupplier isCopying,
      BooleanSupplier areAway) {
    onKept = whenMade;
    copying = isCopying;
    snapshottersAway = areAway;
  }

  /**
   * Bytes of records between two snapshots: the setting, but at least as much as the next one will
   * be large, so that a shard never writes more for snapshots than for its log. 0: none by itself.
   */
  long intervalBytes() {
    return intervalBytes(
        settings.logSizeBytes().getAsLong(),
        shard.limits().logDiskLow,
        savedSizeBytes,
        shard.keyspaces().usedBytes());
  }

  /**
   * The next snapshot is as large as the newest, or smaller if that is more than memory holds now:
   * after FLUSHALL the old size would mean a long log to read at each start. While the log's disk
   * is low the setting alone counts, since only a snapshot lets the log be cut.
   */
  static long intervalBytes(
      long settingBytes, boolean logDiskLow, long savedSizeBytes, long usedBytes) {
    return settingBytes == 0 || logDiskLow
        ? settingBytes
        : Math.max(settingBytes, Math.min(savedSizeBytes, usedBytes));
  }

  /** Bytes of records since the last snapshot. */
  long bytesSince() {
    return bytesSince;
  }

  /** One of another member was copied instead; it may be an old one. */
  void copied(SnapshotManifest copy) {
    bytesSince = Math.min(bytesSince, marks.bytesBehind(copy.index()));
    savedIndex = copy.index();
    savedSizeBytes = copy.sizeBytes();
    lastSavedMs = scheduler.wallMs();
    savedChanges = shard.keyspaces().changeCount();
  }

  /**
   * The shard goes on behind a snapshot.
   *
   * @param newestSizeBytes of the newest one that is kept; 0 if none is
   */
  void restored(SnapshotHead head, long newestSizeBytes) {
    marks.begin(head.index());
    savedIndex = head.index();
    savedSizeBytes = newestSizeBytes;
    savedChanges = shard.keyspaces().changeCount();
    lastSavedMs = head.timeMs();
  }

  SnapshotStatus status() {
    SnapshotRun running = run;
    return new SnapshotStatus(
        running != null || wantedUntilMs > 0,
        running == null ? 0 : running.startedMs,
        running == null ? 0 : running.shownKeys(),
        running == null ? 0 : running.totalKeys,
        lastSavedMs,
        lastFailed,
        lastTookMs,
        saves,
        savedChanges,
        savedIndex,
        savedSizeBytes);
  }

  // --- when

  /** A record of that size was heard as committed. */
  void heard(int sizeBytes) {
    marks.heard(heardIndex.getAsLong(), sizeBytes, markEveryBytes);
    // A primary may begin with records in the snapshot that it has not heard in order yet.
    boolean within = run != null && heardIndex.getAsLong() <= run.head.index();
    bytesSince = within ? 0 : bytesSince + sizeBytes;
    endIfCommitted();
  }

  void tick(long nowMs) {
    SnapshotRun running = run;
    boolean leads = shard.state() == ShardState.LEADING;
    if (running != null && running.epoch != 0 && !isStill(running.epoch)) {
      running.abandon("the primary was deposed");
      endIfCommitted();
    }
    if (wantedUntilMs > 0 && (!leads || nowMs >= wantedUntilMs)) {
      wantedUntilMs = 0;
      noted("no moment to begin was found");
    }
    long limit = intervalBytes();
    markEveryBytes = Math.max(1, limit / MARKS_PER_SIZE);
    leftSinceMs = leads ? leftSinceMs : -1;
    boolean itsTurn =
        leads
            ? !copiesAsPrimary || isLeftToPrimary(limit, nowMs)
            : shard.state() == ShardState.FOLLOWING && (!copiesAsReplica || isLeft(limit));
    if (limit > 0
        && bytesSince >= limit
        && itsTurn
        && run == null
        && wantedUntilMs == 0
        && nowMs - failedMs >= RETRY_MS) {
      start();
    }
  }

  private boolean isLeft(long limit) {
    return bytesSince >= patienceSizes(false, replicasCopy, snapshottersAway.getAsBoolean()) * limit
        && !copying.getAsBoolean();
  }

  private boolean isLeftToPrimary(long limit, long nowMs) {
    boolean away = copiesAsReplica && snapshottersAway.getAsBoolean();
    boolean left = bytesSince >= patienceSizes(true, replicasCopy, away) * limit;
    leftSinceMs = !left ? -1 : leftSinceMs < 0 ? nowMs : leftSinceMs;
    return left
        && !copying.getAsBoolean()
        && (!replicasCopy || shard.limits().logDiskLow || nowMs - leftSinceMs >= LAST_PATIENCE_MS);
  }

  /**
   * How many sizes between two snapshots a member that copies waits for one to copy. Members beside
   * a snapshotter do not lose their patience all at once, and have none with one that is away.
   *
   * @param replicasCopy whether there are a snapshotter and replicas
   * @param away whether there is a snapshotter that does not answer
   */
  static long patienceSizes(boolean leads, boolean replicasCopy, boolean away) {
    if (leads && replicasCopy) {
      return LAST_PATIENCE_SIZES;
    }
    return away ? 1 : PATIENCE_SIZES;
  }

  private boolean isStill(long epoch) {
    return shard.state().leads() && shard.pipeline().epoch() == epoch;
  }

  /** Begins one if it can be; returns null, or why not. */
  @Nullable String start() {
    if (run != null || wantedUntilMs > 0) {
      return IN_PROGRESS;
    }
    ShardState state = shard.state();
    if (!state.showsData() || rebuilding.getAsBoolean() || genesis.get() == null) {
      return "A snapshot can't be made just now, the shard is " + state;
    }
    if (state == ShardState.LEADING) {
      wantedUntilMs = shard.nowMs() + MOMENT_MS;
      shard.beginTurn();
      shard.whenSent(this::beginWanted);
      return null;
    }
    return shard.standing() == null ? "A snapshot can't be made inside a transaction" : begin();
  }

  private void beginWanted() {
    if (wantedUntilMs > 0) {
      wantedUntilMs = 0;
      begin();
    }
  }

  private @Nullable String begin() {
    Shard.Standing standing = shard.standing();
    Genesis born = genesis.get();
    if (standing == null || born == null) {
      noted("the shard is " + shard.state());
      return "A snapshot can't be made just now";
    }
    boolean inFlight = standing.inFlight();
    LogPosition own = new LogPosition(standing.term(), standing.index());
    LogPosition heard = applied.get();
    LogPosition at = inFlight || own.index() > heard.index() ? own : heard;
    if (at.index() == savedIndex) {
      // There is one of exactly this state.
      bytesSince = 0;
      lastSavedMs = scheduler.wallMs();
      return null;
    }
    SnapshotHead head =
        new SnapshotHead(
            born,
            at.term(),
            at.index(),
            standing.timeMs(),
            standing.records(),
            standing.checksum());
    try {
      run =
          new SnapshotRun(
              head,
              inFlight ? shard.pipeline().epoch() : 0,
              shard.keyspaces(),
              settings.directory(),
              settings.writer(),
              scheduler.wallMs(),
              scheduler.nanoTime());
    } catch (IOException e) {
      throw new IllegalStateException("the head of a snapshot goes to memory", e);
    }
    bytesSince = 0;
    LOG.info("snapshot at {} begins, {} keys", at, shard.keyspaces().keyCount());
    scheduler.execute(this::slice);
    return null;
  }

  // --- how

  private void slice() {
    SnapshotRun running = run;
    if (running == null) {
      return;
    }
    if (running.mustPause()) {
      scheduler.schedule(this::slice, 1);
      return;
    }
    long startNanos = scheduler.nanoTime();
    long startBytes = running.sizeBytes();
    boolean done = false;
    for (int i = 0; i < STEPS_PER_SLICE && !done; i++) {
      done = running.step(ENTRIES_PER_STEP);
      if (running.sizeBytes() - startBytes > SLICE_BYTES
          || scheduler.nanoTime() - startNanos > SLICE_NANOS) {
        break;
      }
    }
    if (!done) {
      scheduler.scheduleMicros(this::slice, PAUSE_MICROS);
      return;
    }
    walked = true;
    endIfCommitted();
  }

  /**
   * A snapshot ends once the newest record in it is committed: before that it must not exist, and
   * users, which change with the commit, would not be those of its index.
   */
  private void endIfCommitted() {
    SnapshotRun complete = run;
    if (complete == null || !walked) {
      return;
    }
    String broken = complete.broken();
    // Heard in order, too: a rebuild goes on from what was heard, and may begin with this snapshot.
    if (broken == null && heardIndex.getAsLong() < complete.head.index()) {
      return;
    }
    walked = false;
    if (broken == null && complete.epoch != 0 && !isStill(complete.epoch)) {
      broken = "the primary was deposed";
    }
    try {
      if (broken == null) {
        complete.end(shard.keyspaces().users().lines());
      }
    } catch (IOException e) {
      broken = String.valueOf(e.getMessage());
    }
    if (broken != null) {
      drop(complete, broken);
      return;
    }
    long nowMs = scheduler.wallMs();
    settings.writer().execute(() -> publish(complete, nowMs));
  }

  private void drop(SnapshotRun dropped, String why) {
    run = null;
    walked = false;
    noted(why);
    settings.writer().execute(dropped::discard);
  }

  private void noted(String why) {
    lastFailed = true;
    failedMs = shard.nowMs();
    LOG.warn("no snapshot: {}", why);
  }

  /** On the thread of snapshots. */
  private void publish(SnapshotRun complete, long nowMs) {
    try {
      SnapshotManifest manifest = complete.publish(settings.shard(), nowMs);
      List<SnapshotManifest> kept = settings.directory().retain(manifest.incarnation(), KEPT);
      scheduler.execute(() -> published(complete, manifest, kept));
    } catch (IOException | RuntimeException e) {
      LOG.error("a snapshot could not be written, or did not hold", e);
      scheduler.execute(() -> drop(complete, String.valueOf(e.getMessage())));
    }
  }

  private void published(
      SnapshotRun complete, SnapshotManifest manifest, List<SnapshotManifest> kept) {
    run = null;
    lastFailed = false;
    saves++;
    savedIndex = manifest.index();
    savedChanges = complete.changeCount;
    savedSizeBytes = manifest.sizeBytes();
    lastSavedMs = scheduler.wallMs();
    lastTookMs = (scheduler.nanoTime() - complete.startedNanos) / NANOS_PER_MS;
    LOG.info(
        "snapshot {}: {} keys, {} bytes, {} ms",
        manifest.name(),
        manifest.keys(),
        manifest.sizeBytes(),
        lastTookMs);
    onKept.accept(kept);
  }
}
