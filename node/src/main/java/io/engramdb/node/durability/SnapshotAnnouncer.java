package io.engramdb.node.durability;

import io.engramdb.node.durability.SnapshotMessage.Have;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.SnapshotFloor;
import io.engramdb.txlog.api.TxLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides up to where the shard needs its log no more, and cuts this node's.
 *
 * <p>The primary asks the other data members, each time the log has grown by a quarter of what lies
 * between two snapshots, which verified snapshots they have, and writes a SNAPSHOT_FLOOR record:
 * the position of a snapshot, so it is never inside a run. Members that answer keep the floor down
 * to the older of their two snapshots, and to one that somebody is fetching, as long as the log
 * stays below {@link #HOLD_FACTOR} times that size; members that are away keep nothing. A
 * snapshotter may keep the floor down as long as it makes progress, but never raises it: what it
 * has is gone with its one disk. Every data node cuts below the floor, but only below the older of
 * its own two snapshots: if the newest does not hold, the log behind the other one is all there.
 * Voters without data cut at the floor. A node alone needs no record. Shard thread only.
 */
final class SnapshotAnnouncer {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotAnnouncer.class);

  /** The log beyond which nobody holds the floor any more, in sizes between two snapshots. */
  private static final long HOLD_FACTOR = 4;

  /** A snapshotter that has kept the same hold for so many sizes keeps the floor down no more. */
  private static final long PROGRESS_SIZES = 2;

  /** Questions for each size between two snapshots. */
  private static final long ROUNDS_PER_SIZE = 4;

  private static final int INCARNATION_BYTES = 16;

  /** Pause between two looks whether the archive lets the log go. */
  private static final long LOOK_MS = 1000;

  private final Shard shard;
  private final TxLog log;
  private final SnapshotSettings settings;
  private final LongSupplier intervalBytes;
  private final Supplier<@Nullable Genesis> genesis;
  private final Supplier<List<SnapshotManifest>> kept;
  private final Supplier<@Nullable SnapshotManifest> oldestRead;

  /** Newest committed floor that this node knows. */
  private LogPosition floor = LogPosition.NONE;

  /** What this node proposed last, and in which epoch; one at a time. */
  private LogPosition proposed = LogPosition.NONE;

  private long proposedEpoch;
  private boolean underWay;
  private long cutIndex = -1;
  private long bytesSinceRound;
  private long heardBytes;

  /** What each snapshotter held when that changed last. */
  private final Map<String, Progress> progress = new HashMap<>();

  private @Nullable ArchiveHold archive;
  private boolean held;
  private long nextLookMs;

  /** A hold, and how much this node had heard when it was new. */
  private record Progress(long index, long atBytes) {}

  SnapshotAnnouncer(
      Shard shard,
      TxLog log,
      SnapshotSettings settings,
      LongSupplier intervalBytes,
      Supplier<@Nullable Genesis> genesis,
      Supplier<List<SnapshotManifest>> kept,
      Supplier<@Nullable SnapshotManifest> oldestRead) {
    this.shard = shard;
    this.log = log;
    this.settings = settings;
    this.intervalBytes = intervalBytes;
    this.genesis = genesis;
    this.kept = kept;
    this.oldestRead = oldestRead;
  }

  LogPosition floor() {
    return floor;
  }

  /** From now on what is not archived is kept, as long as the disk allows. */
  void archive(ArchiveHold hold) {
    archive = hold;
  }

  void tick(long nowMs) {
    ArchiveHold hold = archive;
    if (hold != null && (held || hold.hasLetGo()) && nowMs >= nextLookMs) {
      nextLookMs = nowMs + LOOK_MS;
      cut();
    }
  }

  /**
   * Where the log of a member without data may begin: at the floor, or, as long as a restarted node
   * has heard of none, at what its own log was cut below.
   */
  LogPosition mayBegin() {
    LogPosition own = hold();
    return own.index() > floor.index() ? own : floor;
  }

  void heard(int sizeBytes) {
    bytesSinceRound += sizeBytes;
    heardBytes += sizeBytes;
  }

  /** Whether the primary should look again what the others have; if so, not soon again. */
  boolean isRoundDue() {
    long limit = intervalBytes.getAsLong();
    if (limit == 0
        || settings.peers().alone()
        || shard.state() != ShardState.LEADING
        || bytesSinceRound < Math.max(1, limit / ROUNDS_PER_SIZE)) {
      return false;
    }
    bytesSinceRound = 0;
    return true;
  }

  /** Up to where this node, and who reads one of its snapshots, needs no log. */
  LogPosition hold() {
    SnapshotManifest older = older();
    SnapshotManifest read = oldestRead.get();
    SnapshotManifest least =
        older != null && read != null && read.index() < older.index() ? read : older;
    return least == null ? LogPosition.NONE : SnapshotMessage.position(least);
  }

  /** The older of the two newest snapshots of this node, if there are two. */
  private @Nullable SnapshotManifest older() {
    List<SnapshotManifest> all = kept.get();
    return all.size() < ShardSnapshotter.KEPT ? null : all.get(ShardSnapshotter.KEPT - 1);
  }

  /**
   * The others have answered, as many as are there: writes a floor if it can be raised.
   *
   * @param answers by member
   */
  void propose(Map<String, Have> answers) {
    Genesis born = genesis.get();
    boolean waits = underWay && proposedEpoch == shard.pipeline().epoch();
    if (shard.state() != ShardState.LEADING || born == null || waits) {
      return;
    }
    long limit = intervalBytes.getAsLong();
    List<LogPosition> data = new ArrayList<>(List.of(hold()));
    List<LogPosition> progressing = new ArrayList<>();
    answers.forEach(
        (member, have) -> {
          if (!settings.peers().snapshotters().contains(member)) {
            data.add(have.hold());
          } else if (progresses(member, have.hold().index(), PROGRESS_SIZES * limit)) {
            progressing.add(have.hold());
          }
        });
    boolean full = log.status().sizeBytes() > HOLD_FACTOR * limit;
    LogPosition next = next(floor, data, progressing, full);
    if (next.index() <= floor.index()) {
      return;
    }
    LOG.info("the log may be cut up to {}", next);
    proposed = next;
    proposedEpoch = shard.pipeline().epoch();
    underWay = true;
    shard.submitFloor(SnapshotFloor.payload(next, bytes(born.incarnation())));
  }

  private boolean progresses(String snapshotter, long index, long withinBytes) {
    Progress last = progress.get(snapshotter);
    if (last == null || last.index() != index) {
      last = new Progress(index, heardBytes);
      progress.put(snapshotter, last);
    }
    return heardBytes - last.atBytes() <= withinBytes;
  }

  /**
   * Where the floor should be.
   *
   * @param data what this member and others that hold data hold
   * @param progressing what snapshotters hold that are on their way
   * @param full whether the log is so large that the furthest data member alone counts
   */
  static LogPosition next(
      LogPosition floor, List<LogPosition> data, List<LogPosition> progressing, boolean full) {
    Comparator<LogPosition> order = Comparator.comparingLong(LogPosition::index);
    LogPosition next = Stream.concat(data.stream(), progressing.stream()).min(order).orElseThrow();
    return next.index() <= floor.index() && full ? Collections.max(data, order) : next;
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(INCARNATION_BYTES)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }

  /**
   * A floor record is committed.
   *
   * @param payload its bytes; null if it is of an epoch that this node led
   */
  void committed(long term, long index, byte @Nullable [] payload) {
    LogPosition next = payload == null ? own(term) : read(index, payload);
    if (next.index() > floor.index()) {
      floor = next;
      cut();
    }
  }

  private LogPosition own(long term) {
    if (term != proposedEpoch) {
      // One that was written two epochs ago; the next one will do.
      return LogPosition.NONE;
    }
    underWay = false;
    return proposed;
  }

  private LogPosition read(long index, byte[] payload) {
    Genesis born = genesis.get();
    LogPosition next = SnapshotFloor.position(payload);
    ByteBuffer rest = ByteBuffer.wrap(payload, SnapshotFloor.BYTES, payload.length - 16);
    boolean ours =
        born != null
            && rest.remaining() >= INCARNATION_BYTES
            && born.incarnation().equals(new UUID(rest.getLong(), rest.getLong()));
    if (!ours || next.index() >= index) {
      LOG.error("floor {} at {} is not one of this shard's history: ignored", next, index);
      return LogPosition.NONE;
    }
    return next;
  }

  /** Floor or snapshots are new: cuts the log as far as both allow. */
  void cut() {
    long own = hold().index();
    long to = archived(settings.peers().alone() ? own : Math.min(floor.index(), own));
    if (to > cutIndex) {
      cutIndex = to;
      long upTo = to;
      settings.writer().execute(() -> log.purge(upTo));
    }
  }

  /** How much of that the archive allows. */
  private long archived(long wanted) {
    ArchiveHold hold = archive;
    if (hold == null) {
      return wanted;
    }
    boolean behind = hold.index() < wanted;
    held = behind && wanted > cutIndex;
    if (!behind) {
      hold.letGo(false);
    }
    if (!held) {
      return wanted;
    }
    boolean full =
        hold.isFull(
            log.status().sizeBytes(),
            HOLD_FACTOR * intervalBytes.getAsLong(),
            shard.limits().logDiskLow);
    if (full && !hold.hasLetGo()) {
      LOG.error(
          "THE LOG IS CUT BEFORE IT IS ARCHIVED: the archive ends at {}, the disk needs room up to"
              + " {}",
          hold.index() < 0 ? "an index that is not known" : hold.index(),
          wanted);
    }
    hold.letGo(full);
    return full ? wanted : hold.index();
  }
}
