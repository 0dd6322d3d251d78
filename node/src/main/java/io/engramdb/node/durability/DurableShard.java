package io.engramdb.node.durability;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardControl.Reload;
import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.command.SnapshotTraffic;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.shard.ExecutionListener;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard with its log: hears what is committed and who leads, and keeps memory and log in step.
 * Shard thread only, but for {@link #start} and {@link #close}.
 */
public final class DurableShard {

  /** What a durable shard is made of. */
  public record Parts(
      CommandTable table,
      List<AdmissionCheck> checks,
      Supplier<Keyspaces> emptyKeyspaces,
      TxLog log,
      ShardScheduler scheduler,
      Executor background,
      RandomGenerator random,
      Supplier<UUID> newIncarnation,
      ExecutionListener executionListener,
      NodeMetrics metrics,
      DurabilitySettings settings,
      @Nullable SnapshotSettings snapshots,
      Consumer<Throwable> onFatal) {}

  private static final Logger LOG = LoggerFactory.getLogger(DurableShard.class);

  private final TxLog log;
  private final ShardScheduler scheduler;
  private final Shard shard;
  private final CommitFeed feed;
  private final LeadershipGate gate;
  private final HandOver handOver;
  private final Rebuilder rebuilder;
  private final MemoryReload reloader;
  private final @Nullable SnapshotSettings snapshots;
  private final @Nullable ShardSnapshotter snapshotter;
  private final @Nullable SnapshotExchange exchange;
  private final NodeMetrics metrics;
  private final Events events = new Events();

  private @Nullable ArchiveHold archive;
  private long timeWrittenMs;
  private long heardBytes;

  private @Nullable String leader;
  private long leaderTerm;
  private long appliedIndex = -1;

  /** Newest index heard in order: what the log gives back for a rebuild. */
  private long heardIndex = -1;

  /** Newest index of a record of ours that was settled before it was heard in order. */
  private long aheadIndex = -1;

  /** Term of the newest entry heard; read by the thread that stops the process, too. */
  private volatile long heardTerm;

  /** Oldest index that this run of the process heard; -1 if none was. */
  private long firstIndex = -1;

  /** Epoch of the last hand-over that this node began. */
  private volatile long wasLeadingAtHandOver;

  /** The owner has closed the log: what it refuses from now on is no failure. */
  private volatile boolean closing;

  private final Consumer<Throwable> onFatal;

  public DurableShard(Parts parts) {
    onFatal = parts.onFatal();
    log = parts.log();
    scheduler = parts.scheduler();
    shard =
        new Shard(
            new Shard.Parts(
                parts.table(),
                parts.checks(),
                parts.emptyKeyspaces().get(),
                new TxLogEffectLog(log, parts.metrics()),
                scheduler,
                parts.random(),
                parts.executionListener(),
                parts.metrics(),
                parts.settings().leaseDurationMs()));
    feed = new CommitFeed(scheduler, events, this::fail);
    gate =
        new LeadershipGate(
            shard,
            log,
            scheduler,
            parts.settings(),
            parts.newIncarnation(),
            this::rebuild,
            why -> fail(new IllegalStateException(why)),
            this::lagsBehind);
    handOver = new HandOver(shard, log, scheduler, parts.settings().otherDataMembers());
    metrics = parts.metrics();
    snapshots = parts.snapshots();
    ReplayedMemory.Source disk =
        new ReplayedMemory.Source(
            log,
            parts.table(),
            parts.emptyKeyspaces(),
            snapshots == null ? null : snapshots.restorer());
    rebuilder =
        new Rebuilder(shard, disk, scheduler, parts.background(), this::rebuilt, this::fail);
    reloader = new MemoryReload(shard.keyspaces(), disk);
    snapshotter =
        snapshots == null
            ? null
            : new ShardSnapshotter(
                shard,
                scheduler,
                snapshots,
                gate::genesis,
                () -> new LogPosition(heardTerm, appliedIndex),
                () -> heardIndex,
                rebuilder::isRunning);
    exchange = snapshots == null || snapshotter == null ? null : exchange(snapshots, snapshotter);
    shard.listen(events);
  }

  private SnapshotExchange exchange(SnapshotSettings settings, ShardSnapshotter maker) {
    return new SnapshotExchange(
        shard, scheduler, log, settings, gate::genesis, () -> leader, () -> heardIndex, maker);
  }

  /**
   * Loads this node's newest snapshot, if there is one, and starts the log behind it; notices
   * arrive on the shard's thread from now on. Not for the shard's thread.
   *
   * @throws IOException if the member's directory is not what it must be
   */
  public void start() throws IOException {
    LoadedSnapshot loaded = snapshots == null ? null : snapshots.restorer().newest();
    if (loaded == null) {
      log.start(feed);
      return;
    }
    List<SnapshotManifest> kept =
        snapshots.directory().kept(loaded.head().genesis().incarnation(), ShardSnapshotter.KEPT);
    // Before the first notice: tasks of the shard's thread keep their order.
    scheduler.execute(() -> restore(loaded, kept));
    log.start(feed, loaded.head().index() < 0 ? LogPosition.NONE : loaded.position());
  }

  private void restore(LoadedSnapshot loaded, List<SnapshotManifest> kept) {
    SnapshotHead head = loaded.head();
    shard.restore(loaded.keyspaces(), head.runningChecksum(), head.timeMs(), head.records());
    if (head.index() == ShardSeed.INDEX) {
      gate.seeded(head.genesis());
    } else {
      gate.restored(head.genesis());
    }
    heardIndex = head.index();
    appliedIndex = head.index();
    heardTerm = head.term();
    if (snapshotter != null) {
      snapshotter.restored(head, kept.isEmpty() ? 0 : kept.getFirst().sizeBytes());
    }
    if (exchange != null) {
      exchange.nowKept(kept);
    }
  }

  /** The log is archived; before {@link #start}. */
  public void archive(ArchiveHold hold) {
    archive = hold;
    if (exchange != null) {
      exchange.archive(hold);
    }
  }

  /**
   * Asks the primary how far it is: a member that has just come back may follow, and be far behind.
   *
   * @return number of the question, for {@link #hasWhatPrimaryHad}
   */
  public long askPrimary() {
    return exchange == null ? 0 : exchange.askPrimary();
  }

  /** Whether memory has what was committed when the primary answered that question. */
  public boolean hasWhatPrimaryHad(long question) {
    return exchange != null && exchange.hasWhatPrimaryHad(question);
  }

  /** Bytes of records heard as committed since this process began. */
  public long heardBytes() {
    return heardBytes;
  }

  /** What is known of this node's snapshots. */
  public SnapshotStatus snapshotStatus() {
    return snapshotter == null ? SnapshotStatus.NONE : snapshotter.status();
  }

  /** What went between this node's snapshots and the others'. */
  public SnapshotTraffic snapshotTraffic() {
    return exchange == null
        ? SnapshotTraffic.NONE
        : new SnapshotTraffic(
            exchange.floor().index(),
            exchange.isFetching(),
            exchange.fetched(),
            exchange.fetchedBytes(),
            exchange.sentBytes());
  }

  /** Whether a message of another member is for {@link #received}. */
  public static boolean takes(byte[] message) {
    return SnapshotExchange.isOurs(message);
  }

  /** A message of another member. */
  public void received(String from, byte[] message) {
    if (exchange != null) {
      exchange.received(from, message);
    }
  }

  /** Begins a snapshot; null, or why it can't. */
  public @Nullable String startSnapshot() {
    return snapshotter == null ? "this node keeps no snapshots" : snapshotter.start();
  }

  /**
   * Makes memory anew from the newest snapshot and the log behind it, once nothing is on its way.
   * The shard's thread does it all: nobody is served meanwhile, and afterwards everything is as
   * before unless the disk holds something else than memory.
   */
  public ShardControl.Reload reload() {
    boolean still =
        shard.state() == ShardState.LEADING
            && shard.isDrained()
            && appliedIndex == heardIndex
            && !snapshotStatus().running();
    return still ? reloader.run(Math.max(0, firstIndex), appliedIndex) : Reload.NOT_YET;
  }

  /**
   * Ends the log; any thread. The shard's thread may be in the middle of a turn: what it can't
   * append or read any more is no failure of the log, and nobody is told.
   */
  public void close() {
    closing = true;
    log.close();
  }

  private boolean isClosing() {
    return closing;
  }

  private void fail(Throwable cause) {
    if (isClosing()) {
      LOG.info("while the log was closed: {}", cause.toString());
    } else {
      onFatal.accept(cause);
    }
  }

  /** Whether memory lacks records that are committed, so that another member may serve sooner. */
  private boolean lagsBehind() {
    return rebuilder.isRunning()
        || feed.queuedBytes() > 0
        || log.status().commitIndex() > feed.heardIndex();
  }

  /**
   * Whether a later primary serves, or is about to, than this node was when it handed over: an
   * entry of its term is committed. Any thread.
   */
  public boolean successorLeads() {
    return heardTerm > wasLeadingAtHandOver;
  }

  /** Whether this node has begun to hand over; any thread. */
  public boolean hasHandedOver() {
    return wasLeadingAtHandOver > 0;
  }

  public Shard shard() {
    return shard;
  }

  public TxLog log() {
    return log;
  }

  /** Newest index whose effect memory holds. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /** Newest index that was heard in order: what the log gives back. */
  public long appliedInOrder() {
    return heardIndex;
  }

  /** Newest index that the log has told of. */
  public long heardIndex() {
    return feed.heardIndex();
  }

  /** Name of the member that leads as far as this node knows, or null. */
  public @Nullable String leader() {
    return leader;
  }

  /** Term of {@link #leader}. */
  public long leaderTerm() {
    return leaderTerm;
  }

  /** Random identity of this shard's history; null before its first record is committed. */
  public @Nullable Genesis genesis() {
    return gate.genesis();
  }

  /** How far this node's clock is ahead of the newest record it heard live, milliseconds. */
  public long clockAheadMs() {
    return gate.clock().aheadMs();
  }

  public boolean isRebuilding() {
    return rebuilder.isRunning();
  }

  // --- hand-over

  /** Whether a planned hand-over runs. */
  public boolean isHandingOver() {
    return handOver.isRunning();
  }

  /** Whether it has reached the point of no return. */
  public boolean isTransferring() {
    return handOver.isTransferring();
  }

  /**
   * Hands leadership over.
   *
   * @param target member to lead, null for any
   * @param whenEnded told, on the shard's thread, whether this node leads no more
   * @return false if this node does not lead, or hands over already
   */
  public boolean handOver(@Nullable String target, long timeoutMs, Consumer<Boolean> whenEnded) {
    if (shard.state() != ShardState.LEADING || handOver.isRunning()) {
      return false;
    }
    wasLeadingAtHandOver = shard.pipeline().epoch();
    handOver.start(target, timeoutMs, whenEnded);
    return true;
  }

  /** Gives a hand-over up; false if none runs or it is too late. */
  public boolean abortHandOver() {
    return handOver.abort();
  }

  // --- rebuild

  private void rebuild() {
    // What was settled ahead is heard once more, in order.
    appliedIndex = heardIndex;
    aheadIndex = -1;
    rebuilder.start(Math.max(0, firstIndex), heardIndex, heardTerm, shard.pipeline().epoch());
  }

  private void rebuilt() {
    shard.enter(ShardState.FOLLOWING);
    gate.advance();
  }

  // --- events

  private final class Events implements CommitFeed.Handler, Shard.Listener {
    private long countedOwnBytes;

    /** The shard began with a file that this member does not have; it begins anew with it. */
    private boolean lacksFile;

    @Override
    public void committed(
        long term,
        long index,
        long epoch,
        RecordKind kind,
        byte @Nullable [] payload,
        boolean mine) {
      if (lacksFile || beganWithFile(kind, payload)) {
        // Without what the shard began with nothing of its log means anything.
        return;
      }
      boolean settledAhead = mine && index <= aheadIndex;
      if (settledAhead || shard.committed(term, index)) {
        heard(term, index);
        note(kind, term, index, payload);
        counted(0);
        afterResolution();
        return;
      }
      if (shard.contradictedBy(term, index)) {
        gate.recordLost();
      }
      gate.heardOther();
      // Only now: a rebuild that has just begun reads up to the entry before this one.
      heard(term, index);
      note(kind, term, index, payload);
      if (rebuilder.isRunning()) {
        rebuilder.heard(term, index, epoch, kind, payload);
      } else if (kind == RecordKind.DATA) {
        apply(epoch, index, payload);
      }
      counted(payload == null ? 0 : payload.length);
    }

    /** A member without a vote may come with an empty disk, and gets from others what it lacks. */
    private boolean beganWithFile(RecordKind kind, byte @Nullable [] payload) {
      if (kind == RecordKind.GENESIS
          && payload != null
          && exchange != null
          && gate.genesis() == null
          && Genesis.decode(payload).seeded()) {
        lacksFile = exchange.lacksFile();
      }
      return lacksFile;
    }

    /** Own records come without their bytes; what was appended since the last look is theirs. */
    private void counted(int sizeBytes) {
      if (snapshotter != null) {
        long own = metrics.bytesAppended - countedOwnBytes;
        countedOwnBytes += own;
        int bytes = sizeBytes + (int) Math.min(own, Integer.MAX_VALUE / 2);
        heardBytes += bytes;
        snapshotter.heard(bytes);
        if (exchange != null) {
          exchange.heard(bytes);
        }
      }
    }

    @Override
    public void committedAhead(long term, long index) {
      // In any other state the order of all notices decides what becomes of a record.
      while (shard.state().leads()) {
        long settled = shard.committedUpTo(term, index);
        if (settled < 0) {
          return;
        }
        noteAhead(settled);
      }
    }

    private void noteAhead(long settled) {
      aheadIndex = settled;
      appliedIndex = settled;
    }

    private void note(RecordKind kind, long term, long index, byte @Nullable [] payload) {
      if (kind == RecordKind.GENESIS) {
        gate.genesisCommitted(payload);
      } else if (kind == RecordKind.LEASE_RELEASED) {
        gate.releaseCommitted(index);
      } else if (exchange != null) {
        exchange.committed(term, index, kind, payload);
      }
    }

    private void apply(long epoch, long index, byte @Nullable [] payload) {
      if (payload == null) {
        throw new IllegalStateException("record " + index + " is ours but was not in flight");
      }
      shard.replay().apply(epoch, payload);
      shard.serveBlocked();
      if (shard.state() == ShardState.FOLLOWING) {
        long aheadMs = scheduler.wallMs() - shard.replay().lastStampMs();
        gate.clock().compared(aheadMs, feed.queuedBytes() == 0);
      }
    }

    private void heard(long term, long index) {
      Invariant.check(
          heardIndex < 0 ? index <= 1 : index == heardIndex + 1,
          "index %d is heard behind %d: the log does not continue what memory holds",
          index,
          heardIndex);
      heardIndex = index;
      appliedIndex = Math.max(appliedIndex, index);
      heardTerm = term;
      if (firstIndex < 0) {
        firstIndex = index;
      }
    }

    @Override
    public void internalEntry(long term, long index) {
      if (lacksFile) {
        return;
      }
      if (shard.contradictedBy(term, index)) {
        gate.recordLost();
      }
      heard(term, index);
      if (rebuilder.isRunning()) {
        rebuilder.heardNothing(term, index);
      }
      counted(0);
    }

    @Override
    public void tooFarBehind(long first) {
      if (exchange != null) {
        exchange.tooFarBehind(first);
      }
    }

    @Override
    public void truncated(long firstRemovedIndex) {
      if (shard.lostByTruncation(firstRemovedIndex)) {
        gate.recordLost();
      }
    }

    @Override
    public void elected(long term, long electedNanos) {
      gate.elected(term, electedNanos);
    }

    @Override
    public void leaderReady(long term, long startIndex) {
      gate.ready(term, startIndex);
    }

    @Override
    public void leadershipLost(long term) {
      handOver.leadershipLost();
      gate.lost(term);
    }

    @Override
    public void leaderChanged(@Nullable String newLeader, long term) {
      if (newLeader != null && !newLeader.equals(leader)) {
        LOG.info("{} leads in term {}", newLeader, term);
      }
      leader = newLeader;
      leaderTerm = term;
    }

    /** Everything in flight may be settled now. */
    private void afterResolution() {
      if (shard.state() == ShardState.FOLLOWING) {
        gate.advance();
      }
    }

    @Override
    public void appendRefused() {
      // Not inside the turn that noticed it: clients of this turn are told together with all
      // others.
      long epoch = shard.pipeline().epoch();
      scheduler.execute(
          () -> {
            if (!isClosing() && shard.pipeline().epoch() == epoch) {
              gate.abdicate("the log refused a record");
            }
          });
    }

    @Override
    public void tick(long nowMs) {
      gate.tick();
      if (snapshotter != null) {
        snapshotter.tick(nowMs);
      }
      if (exchange != null) {
        exchange.tick(nowMs);
      }
      writeTime(nowMs);
      if (shard.state() == ShardState.LOADING) {
        followIfCaughtUp();
      }
    }

    /** An archive that hears nothing for long could not tell silence from a lag. */
    private void writeTime(long nowMs) {
      ArchiveHold hold = archive;
      if (hold != null && shard.state() == ShardState.LEADING) {
        long lastMs = Math.max(timeWrittenMs, shard.replay().lastStampMs());
        if (nowMs - lastMs >= hold.markEveryMs()) {
          timeWrittenMs = nowMs;
          shard.submitTime();
        }
      }
    }

    /**
     * A restarted member has what the cluster had when it came back once an entry of the leader's
     * own term has arrived: everything committed before stands in front of it.
     */
    private void followIfCaughtUp() {
      LogStatus status = log.status();
      if (leader != null
          && heardTerm == status.term()
          && heardTerm > 0
          && appliedIndex >= status.commitIndex()) {
        LOG.info("follows {} in term {}, at index {}", leader, leaderTerm, appliedIndex);
        shard.enter(ShardState.FOLLOWING);
      }
    }

    @Override
    public void progressed() {
      handOver.progressed();
    }
  }
}
