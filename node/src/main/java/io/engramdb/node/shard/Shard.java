package io.engramdb.node.shard;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.LongScript;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.shard.EffectLog.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One shard: its memory, its state, its turns.
 *
 * <p>A turn is everything that clients ask between two looks at the log: commands execute, then
 * {@link #endTurn} submits one record for all of them, checks the lease once, and lets the clients
 * send what may leave. Everything here runs on the shard's thread.
 */
public final class Shard {

  /** Keys that active expiry removes before it lets clients run again. */
  private static final int EXPIRED_PER_SLICE = 200;

  /** Clients that wait for keys and are asked before others run again. */
  private static final int SERVED_PER_SLICE = 1024;

  /** Buckets of a resize that are moved per idle tick and database. */
  private static final int REHASHED_PER_TICK = 1000;

  private static final long TICK_MS = 100;
  private static final byte[] NO_BYTES = new byte[0];

  /** Everything a shard is made of that others make. */
  public record Parts(
      CommandTable table,
      List<AdmissionCheck> checks,
      Keyspaces keyspaces,
      EffectLog log,
      ShardScheduler scheduler,
      RandomGenerator random,
      ExecutionListener executionListener,
      NodeMetrics metrics,
      long leaseDurationMs) {}

  /** Told of what the shard can't decide by itself. */
  public interface Listener {
    /** The log refused a record; nothing more can be appended in this epoch. */
    void appendRefused();

    /** A tick has passed (about ten a second). */
    void tick(long nowMs);

    /** A record of ours is committed, or everything in flight is. */
    void progressed();
  }

  private final ShardScheduler scheduler;
  private final ShardClock clock;
  private final Keyspaces keyspaces;
  private final CommitPipeline pipeline;
  private final CommandExecutor executor;
  private final BusyDesk busyDesk;
  private final AccessTracker tracker;
  private final WatchedKeys watched = new WatchedKeys();
  private final ShardLimits limits = new ShardLimits();
  private final EvictionCycle eviction;
  private final Lease lease;
  private final ReplayExecutor replay;
  private final Set<ShardClient> clients = new LinkedHashSet<>();
  private final LinkedHashSet<ShardClient> stalled = new LinkedHashSet<>();
  private final Deferrals deferrals;
  private final BlockedClients blocked;
  private final HeldKeys heldKeys = new HeldKeys();
  private final NodeMetrics metrics;
  private final Runnable endTurnTask = this::endTurn;

  private final LinkedHashSet<ShardClient> leaseless = new LinkedHashSet<>();

  private ArrayList<ShardClient> active = new ArrayList<>();
  private ArrayList<ShardClient> ending = new ArrayList<>();
  private Listener listener = new IgnoringListener();
  private MessageOutlet outlet = MessageOutlet.NONE;
  private ShardState state = ShardState.LOADING;
  private boolean inTurn;

  /** Who may run a script in the task that runs now, or null. */
  private @Nullable ShardClient scriptClient;

  private boolean leaseWanted;
  private long nowMs;
  private long turnStartNanos;
  private long parkedBytes;
  private long turnCount;
  private boolean stopped;

  /** Runs once, as soon as everything executed stands in appended records. */
  private @Nullable Runnable whenSent;

  /** Number of the newest release record of this epoch; only later records renew the lease. */
  private long releaseSequence;

  public Shard(Parts parts) {
    scheduler = parts.scheduler();
    metrics = parts.metrics();
    clock = new ShardClock(scheduler);
    keyspaces = parts.keyspaces();
    lease = new Lease(parts.leaseDurationMs());
    DirtyKeys dirty = new DirtyKeys(keyspaces.count());
    blocked = new BlockedClients(keyspaces, scheduler, this::turnTimeMs);
    eviction = new EvictionCycle(keyspaces, limits, scheduler, new EvictionTurn());
    tracker = new AccessTracker(keyspaces, dirty, watched, blocked);
    keyspaces.observe(tracker);
    pipeline = new CommitPipeline(parts.log(), scheduler, clock, new PipelineEvents());
    replay = new ReplayExecutor(parts.table(), keyspaces);
    deferrals = new Deferrals(scheduler, new DeferralHost());
    executor = executor(parts, parts.checks(), tracker);
    AccessTracker unused = new AccessTracker(keyspaces, dirty, watched, blocked);
    busyDesk = new BusyDesk(parts.checks(), checks -> executor(parts, checks, unused));
    nowMs = clock.readMs();
    scheduler.schedule(this::tick, TICK_MS);
  }

  private CommandExecutor executor(
      Parts parts, List<AdmissionCheck> checks, AccessTracker itsTracker) {
    return new CommandExecutor(
        parts.table(),
        checks,
        keyspaces,
        itsTracker,
        pipeline,
        watched,
        limits,
        parts.random(),
        parts.executionListener());
  }

  /** Who hears of the shard; set once, before anything runs. */
  public void listen(Listener newListener) {
    listener = newListener;
  }

  /**
   * Where commands leave what they have to say to other clients; set once, before anything runs.
   *
   * @param waiter hears with the clients when leadership is lost
   */
  public void speakThrough(MessageOutlet newOutlet, ShardClient waiter) {
    outlet = newOutlet;
    join(waiter);
  }

  /** Who hears of changes of keys from now on; null for nobody, which costs nothing. */
  public void tellOfChanges(@Nullable KeyChangeListener changes) {
    tracker.tell(changes);
    executor.tell(changes);
    replay.tell(changes);
  }

  /** Data may take so much from now on, 0 for no limit; what is too much goes at once. */
  public void limitMemory(long maxBytes) {
    limits.maxMemoryBytes = maxBytes;
    keyspaces.access().memoryLimited = maxBytes > 0;
    eviction.makeRoom();
  }

  // --- what it is made of

  public CommandExecutor executor() {
    return executor;
  }

  public CommitPipeline pipeline() {
    return pipeline;
  }

  public Keyspaces keyspaces() {
    return keyspaces;
  }

  public ReplayExecutor replay() {
    return replay;
  }

  public Lease lease() {
    return lease;
  }

  public ShardLimits limits() {
    return limits;
  }

  public WatchedKeys watched() {
    return watched;
  }

  public Deferrals deferrals() {
    return deferrals;
  }

  public BlockedClients blocked() {
    return blocked;
  }

  /** Keys that nobody may change just now. */
  public HeldKeys heldKeys() {
    return heldKeys;
  }

  /** Counters of this shard, its connections and its process. */
  public NodeMetrics metrics() {
    return metrics;
  }

  public ShardState state() {
    return state;
  }

  public Collection<ShardClient> clients() {
    return clients;
  }

  /** Shard time, Unix milliseconds, as of this turn. */
  public long nowMs() {
    return nowMs;
  }

  /** Turns so far. */
  public long turnCount() {
    return turnCount;
  }

  // --- clients

  public void join(ShardClient client) {
    clients.add(client);
  }

  public void leave(ShardClient client) {
    clients.remove(client);
    stalled.remove(client);
    heldKeys.forget(client);
    leaseless.remove(client);
    deferrals.forget(client);
    blocked.forget(client);
  }

  /** Whether this command may run just now; otherwise the client waits for {@code resume}. */
  public boolean admits(@Nullable CommandSpec spec, ClientState client) {
    if (spec == null || !CommandExecutor.usesData(spec, client)) {
      return true;
    }
    if (state == ShardState.CATCHING_UP
        || state == ShardState.WAITING_OUT
        || state == ShardState.HANDING_OVER) {
      return false;
    }
    eviction.makeRoom();
    boolean mayWrite =
        spec.isWrite() || spec.isLogged() || spec.runsScript() || client.transaction.open;
    return !mayWrite || state != ShardState.LEADING || hasBudget();
  }

  /** The client waits for keys from now on. */
  public void block(ShardClient client, ClientState state, KeyWait wait) {
    blocked.add(client, Objects.requireNonNull(state.lastCommand), wait, state.database, nowMs);
  }

  /**
   * Lets clients execute again that wait for keys which the last command, transaction or record has
   * touched.
   */
  public void serveBlocked() {
    if (blocked.hasReady() && state.showsData()) {
      beginTurn();
      if (blocked.serve(SERVED_PER_SLICE)) {
        scheduler.execute(this::serveBlocked);
      }
    }
  }

  /** What the client sent behind the command that it waited with runs a little later. */
  public void resumeSoon(ShardClient client) {
    scheduler.execute(client::resume);
  }

  // --- scripts

  /**
   * Scripts run in a task behind the look at the sockets that has read them: only there the sockets
   * can be looked at again in the middle of one.
   *
   * @return whether this is a script and no such task; the client resumes in one
   */
  public boolean postponesScript(
      @Nullable CommandSpec spec, ClientState client, ShardClient session) {
    if (scriptClient != null || spec == null || !runsScript(spec, client)) {
      return false;
    }
    client.scriptPostponed = true;
    scheduler.execute(
        () -> {
          client.scriptPostponed = false;
          scriptClient = session;
          try {
            session.resume();
          } finally {
            scriptClient = null;
          }
        });
    return true;
  }

  private static boolean runsScript(CommandSpec spec, ClientState client) {
    return client.transaction.open
        ? spec.isExec() && client.transaction.runsScripts()
        : spec.runsScript();
  }

  /** These requests will be submitted next, one by one. */
  public void preview(Args[] batch, int count, int database) {
    if (!busyDesk.isOpen()) {
      beginTurn();
      executor.preview(batch, count, database);
    }
  }

  /**
   * In the middle of a script that has run for too long: looks at the connections.
   *
   * @param looks serves what they have sent; nothing of this shard but {@link #busyDesk} answers
   */
  public void lookAround(LongScript script, Runnable looks) {
    if (scriptClient != null && !busyDesk.isOpen()) {
      releaseReads();
      busyDesk.open(script, looks, nowMs);
    }
  }

  /** What others have asked in the script's turn before it need not wait for its end. */
  private void releaseReads() {
    boolean leaseValid = !state.leads() || lease.isValid(scheduler.nanoTime());
    for (int i = 0; i < active.size(); i++) {
      ShardClient client = active.get(i);
      if (client == scriptClient) {
        continue;
      }
      if (leaseValid) {
        client.leaseRegained();
      } else {
        client.recordCommitted();
      }
    }
  }

  /** Who answers in the middle of a script. */
  public BusyDesk busyDesk() {
    return busyDesk;
  }

  /** Whether effects and replies that wait leave room for more. */
  public boolean hasBudget() {
    return pipeline.waitingBytes() + parkedBytes < CommitPipeline.MAX_WAITING_BYTES;
  }

  /** The client tries again when budget is freed or the state has changed. */
  public void stall(ShardClient client) {
    stalled.add(client);
  }

  /** Clients whose next command may not run yet. */
  public int stalledCount() {
    return stalled.size() + heldKeys.waitingCount();
  }

  /** Lets every client that waits try again, in the order in which they came. */
  public void resumeStalled() {
    for (int left = stalled.size(); left > 0 && !stalled.isEmpty(); left--) {
      stalled.removeFirst().resume();
    }
  }

  /** Lets those try again who wait for keys that are held, after what the thread does now. */
  public void resumeHeldSoon() {
    scheduler.execute(heldKeys::resumeWaiting);
  }

  /** Bytes of replies that wait for records have grown or shrunk. */
  public void parked(long changeBytes) {
    parkedBytes += changeBytes;
  }

  /** Bytes of replies that wait for records. */
  public long parkedBytes() {
    return parkedBytes;
  }

  // --- turns

  /** Must be called before a command runs; the turn ends after what the thread does now. */
  public void beginTurn() {
    if (!inTurn) {
      inTurn = true;
      turnCount++;
      turnStartNanos = scheduler.nanoTime();
      nowMs = clock.readMs();
      executor.beginTurn(nowMs);
      scheduler.execute(endTurnTask);
    }
  }

  /** A run is over: what it said to other clients may leave with the newest record. */
  public void runEnded() {
    if (!outlet.isEmpty()) {
      outlet.release(neededByMessages());
    }
  }

  /** The record that what was just said to other clients waits for; 0 if nothing was, or none. */
  public long neededByMessages() {
    if (!outlet.waits() || !state.leads()) {
      return 0;
    }
    long newest = pipeline.newestSequence();
    return newest > pipeline.committedSequence() ? newest : 0;
  }

  /** For {@link #mayTell}: now. */
  public ShardControl.ReadPoint readPoint() {
    return new ShardControl.ReadPoint(pipeline.newestSequence(), pipeline.openSequence());
  }

  /**
   * Whether what was read then may leave by another way than a reply. Only within a turn; if there
   * is no lease this asks for one, and for the record by which it goes without.
   */
  public boolean mayTell(ShardControl.ReadPoint point) {
    boolean valid = lease.isValid(scheduler.nanoTime());
    if (!valid) {
      wantLease();
    }
    long committed = pipeline.committedSequence();
    return state == ShardState.LEADING
        && (committed >= point.next() || (valid && committed >= point.newest()));
  }

  private long turnTimeMs() {
    beginTurn();
    return nowMs;
  }

  /** This client ran a command in this turn. */
  public void activate(ShardClient client) {
    active.add(client);
  }

  /** A reply of this turn depends on the lease. */
  public void wantLease() {
    leaseWanted = true;
  }

  /**
   * Replies of this client wait for a record because there was no lease. A commit may bring the
   * lease back long before that record is there, when a huge run stands before it.
   */
  public void awaitLease(ShardClient client) {
    leaseless.add(client);
  }

  private void releaseLeaseless() {
    if (leaseless.isEmpty() || !state.leads() || !lease.isValid(scheduler.nanoTime())) {
      return;
    }
    List<ShardClient> waiting = List.copyOf(leaseless);
    leaseless.clear();
    for (ShardClient client : waiting) {
      client.leaseRegained();
    }
  }

  private void endTurn() {
    if (!inTurn) {
      return;
    }
    // What expiry and deferred replies have said; commands of clients have ended their runs.
    runEnded();
    inTurn = false;
    boolean leaseValid = true;
    if (state.leads()) {
      pipeline.submit();
      runIfSent();
      // Read after everything of this turn has executed: a pause in between only delays answers.
      long nowNanos = scheduler.nanoTime();
      leaseValid = lease.isValid(nowNanos);
      renewIfNeeded(leaseValid, nowNanos);
    }
    leaseWanted = false;
    ArrayList<ShardClient> finished = active;
    active = ending;
    ending = finished;
    for (int i = 0; i < finished.size(); i++) {
      finished.get(i).endTurn(leaseValid);
    }
    finished.clear();
    sendAwaited();
    metrics.turnEnded(scheduler.nanoTime() - turnStartNanos, nowMs);
  }

  /**
   * Replies may wait for a record that will carry nothing: a read without a lease, or one that was
   * executed just before a hand-over that failed. Something has to be sent in its place.
   */
  private void sendAwaited() {
    if (state == ShardState.LEADING
        && !pipeline.hasUnsent()
        && pipeline.isOpenAwaited()
        && mayRenew()) {
      pipeline.enqueueControl(Kind.LEASE_RENEWAL, NO_BYTES);
      pipeline.submit();
    }
  }

  /** Renewals stand outside the budget of data, but they must not grow without bound either. */
  private boolean mayRenew() {
    return pipeline.inFlightCount() < CommitPipeline.MAX_IN_FLIGHT_RECORDS;
  }

  private void renewIfNeeded(boolean leaseValid, long nowNanos) {
    if (!leaseWanted || state != ShardState.LEADING) {
      return;
    }
    // A reply without a lease waits for the open record; if that carries no effects, nobody would
    // ever send it.
    boolean nothingWillRenew = pipeline.isIdle() && lease.isRenewalDue(nowNanos);
    if (nothingWillRenew || (!leaseValid && !pipeline.hasUnsent() && mayRenew())) {
      pipeline.enqueueControl(Kind.LEASE_RENEWAL, NO_BYTES);
      pipeline.submit();
    }
  }

  private void tick() {
    if (stopped) {
      return;
    }
    scheduler.schedule(this::tick, TICK_MS);
    beginTurn();
    if (state == ShardState.LEADING) {
      expireDue();
    }
    for (int i = 0; i < keyspaces.count() && !limits.backgroundPaused; i++) {
      keyspaces.database(i).rehash(REHASHED_PER_TICK);
    }
    deferrals.poll();
    listener.tick(nowMs);
  }

  /** Removes keys whose time has passed, a slice at a time, as logged effects. */
  private void expireDue() {
    boolean stopped = limits.backgroundPaused || limits.dataStill || !limits.backgroundExpiry;
    if (state != ShardState.LEADING || stopped || !hasBudget()) {
      return;
    }
    beginTurn();
    long startNanos = scheduler.nanoTime();
    keyspaces.beginCommand(nowMs, ExpiryMode.PRIMARY, false);
    boolean more = false;
    for (int i = 0; i < keyspaces.count(); i++) {
      Keyspace database = keyspaces.database(i);
      if (database.nextExpiryMs() <= nowMs) {
        more |= database.expireDue(EXPIRED_PER_SLICE) == EXPIRED_PER_SLICE;
      }
    }
    keyspaces.endCommand();
    runEnded();
    pipeline.endRun();
    serveBlocked();
    metrics.expireCycleEnded(scheduler.nanoTime() - startNanos, nowMs);
    if (more) {
      scheduler.execute(this::expireDue);
    }
  }

  /** Nothing is scheduled any more; the shard is not used after this. */
  public void stop() {
    stopped = true;
  }

  // --- state

  /** Changes the state where nothing else has to happen. */
  public void enter(ShardState newState) {
    Invariant.check(
        newState != ShardState.LEADING || pipeline.epoch() > 0, "LEADING without epoch");
    state = newState;
    executor.enter(newState);
    if (newState != ShardState.WAITING_OUT && newState != ShardState.HANDING_OVER) {
      scheduler.execute(this::resumeStalled);
    }
  }

  /**
   * Becomes the primary of an epoch.
   *
   * @param genesis the shard's first record if the log has none yet, otherwise null
   */
  public void lead(long epoch, byte @Nullable [] genesis) {
    replay.dropOpenRun();
    clock.restart();
    clock.observe(replay.lastStampMs());
    // A turn may be open that began as a replica: what executes in it must not see older time.
    nowMs = clock.readMs();
    executor.beginTurn(nowMs);
    pipeline.begin(epoch, replay.runningChecksum(), replay.lastStampMs());
    tracker.lead(pipeline);
    lease.drop();
    metrics.promotions++;
    releaseSequence = 0;
    if (genesis != null) {
      pipeline.enqueueControl(Kind.GENESIS, genesis);
      pipeline.submit();
    }
    enter(ShardState.LEADING);
  }

  /**
   * Leads no more. What becomes of the memory follows from what is unsent and in flight.
   *
   * @return the state that it is in now: FOLLOWING, RESOLVING or TAINTED
   */
  public ShardState demote() {
    boolean unsent = pipeline.hasUnsent();
    whenSent = null;
    metrics.demotions++;
    tracker.follow();
    lease.drop();
    watched.breakAll();
    pipeline.forgetWaiters();
    leaseless.clear();
    active.clear();
    for (ShardClient client : List.copyOf(clients)) {
      client.leadershipLost();
    }
    deferrals.cancelAll(CommandError.UNBLOCKED);
    blocked.endAll();
    if (unsent) {
      taint();
    } else {
      enter(pipeline.inFlightCount() == 0 ? ShardState.FOLLOWING : ShardState.RESOLVING);
    }
    return state;
  }

  /** Memory holds something that the log does not: it is thrown away. */
  public void taint() {
    enter(ShardState.TAINTED);
    pipeline.discard();
    watched.breakAll();
    keyspaces.reset();
  }

  /** The memory rebuilt from the log takes the place of what was thrown away. */
  public void adopt(Keyspaces rebuilt, ReplayExecutor rebuiltBy) {
    keyspaces.takeOver(rebuilt);
    replay.continueFrom(rebuiltBy);
    watched.breakAll();
  }

  /**
   * Where memory stands in the log. On a primary the newest record may not be committed yet.
   *
   * @param inFlight whether the newest record is not committed yet
   * @param term of the newest record of this epoch; 0 if there is none, then of what is applied
   * @param index of the same
   * @param checksum running checksum up to there
   * @param timeMs newest stamp up to there
   * @param records DATA records up to there
   */
  public record Standing(
      boolean inFlight, long term, long index, int checksum, long timeMs, long records) {}

  /** Where memory stands; null if it holds what no appended record, or no whole run, does. */
  public @Nullable Standing standing() {
    if (!state.showsData() || pipeline.hasUnsent() || (!state.leads() && replay.hasOpenRun())) {
      return null;
    }
    PendingRecord newest = pipeline.inFlight().peekLast();
    // Of another epoch it would say nothing: memory may have been built anew since.
    long committed = state.leads() ? pipeline.committedIndex() : 0;
    return newest == null
        ? new Standing(
            false,
            committed == 0 ? 0 : pipeline.epoch(),
            committed,
            replay.runningChecksum(),
            replay.lastStampMs(),
            replay.appliedRecords())
        : new Standing(
            true,
            newest.term,
            newest.index,
            newest.checksum,
            newest.stampMs,
            replay.appliedRecords()
                + pipeline.inFlight().stream().filter(each -> each.kind == Kind.DATA).count());
  }

  /** Runs the task once, as soon as a primary has sent all that it has executed. */
  public void whenSent(Runnable task) {
    whenSent = task;
  }

  private void runIfSent() {
    Runnable task = whenSent;
    if (task != null && !pipeline.hasUnsent()) {
      whenSent = null;
      task.run();
    }
  }

  /** Takes over what a snapshot holds, before anything else happened. */
  public void restore(Keyspaces loaded, int checksum, long timeMs, long records) {
    keyspaces.takeOver(loaded);
    replay.restore(checksum, timeMs, records);
  }

  /** Puts a control record behind everything recorded so far and sends it. */
  public void submitControl(Kind kind) {
    submitControl(kind, NO_BYTES);
  }

  /** Writes up to where the log may be cut; only while LEADING. */
  public void submitFloor(byte[] floor) {
    Invariant.check(state == ShardState.LEADING, "a floor is written by who does not lead");
    submitControl(Kind.SNAPSHOT_FLOOR, floor);
  }

  /**
   * Writes the time, if this shard leads: what was acknowledged before it stands before that
   * record.
   */
  public void submitTime() {
    if (state == ShardState.LEADING && mayRenew()) {
      beginTurn();
      submitControl(Kind.LEASE_RENEWAL, ByteBuffer.allocate(Long.BYTES).putLong(nowMs).array());
    }
  }

  private void submitControl(Kind kind, byte[] bytes) {
    beginTurn();
    pipeline.submit();
    pipeline.enqueueControl(kind, bytes);
    pipeline.submit();
  }

  /**
   * A record of ours at this position is committed, if it is the oldest in flight.
   *
   * @return false if it is not ours
   */
  public boolean committed(long term, long index) {
    if (!pipeline.committed(term, index)) {
      return false;
    }
    releaseLeaseless();
    if (state.leads()) {
      pipeline.submit();
      runIfSent();
      sendAwaited();
      if (!stalled.isEmpty() && state == ShardState.LEADING && hasBudget()) {
        resumeStalled();
      }
      deferrals.poll();
    } else if (state == ShardState.RESOLVING && pipeline.inFlightCount() == 0) {
      // Nothing was lost: memory is what the log says, go on as a replica.
      enter(ShardState.FOLLOWING);
    }
    listener.progressed();
    return true;
  }

  /**
   * The oldest record of ours in flight is committed if it is of that term and not behind that
   * index. Records by which the shard is founded or given away are left: what follows from them
   * depends on the order of all that the log tells.
   *
   * @return its index, or -1 if there is no such record
   */
  public long committedUpTo(long term, long index) {
    long head = pipeline.oldestInFlight(term);
    return head >= 0 && head <= index && committed(term, head) ? head : -1;
  }

  /**
   * An entry that is none of ours is committed.
   *
   * @return true if it proves that a record of ours is lost
   */
  public boolean contradictedBy(long term, long index) {
    return pipeline.contradictedBy(term, index);
  }

  /** Whether a record of ours stood at or behind an index that was cut off the log. */
  public boolean lostByTruncation(long firstRemovedIndex) {
    return pipeline.inFlightFrom(firstRemovedIndex);
  }

  private final class EvictionTurn implements EvictionCycle.Turn {
    @Override
    public boolean mayRemove() {
      return state == ShardState.LEADING && hasBudget();
    }

    @Override
    public long begin() {
      beginTurn();
      return nowMs;
    }

    @Override
    public void end() {
      runEnded();
      pipeline.endRun();
      if (blocked.hasReady()) {
        scheduler.execute(Shard.this::serveBlocked);
      }
    }
  }

  private final class DeferralHost implements Deferrals.Host {
    @Override
    public long beginTurn() {
      return turnTimeMs();
    }

    @Override
    public boolean mayRun(@Nullable CommandSpec spec, ClientState client) {
      return admits(spec, client) && !limits.dataStill;
    }

    @Override
    public void ran() {
      serveBlocked();
    }
  }

  private final class PipelineEvents implements CommitPipeline.Listener {
    @Override
    public void committed(
        long sequence, Kind kind, int checksum, long stampMs, long submittedNanos) {
      metrics.recordCommitted(scheduler.nanoTime() - submittedNanos, nowMs);
      if (kind == Kind.DATA) {
        replay.adopt(checksum, stampMs);
      }
      // Once a release stands in the log, a successor may skip its wait: what was submitted before
      // it proves nothing any more.
      if (state.leads() && sequence > releaseSequence) {
        lease.witness(submittedNanos);
      }
    }

    @Override
    public void refused() {
      listener.appendRefused();
    }
  }

  /** Submits the release record of a hand-over; from here on there is no lease. */
  public void releaseLease() {
    Invariant.check(isDrained(), "a release behind uncommitted records");
    lease.drop();
    releaseSequence = pipeline.openSequence();
    submitControl(Kind.LEASE_RELEASED);
  }

  /** Whether everything recorded is committed. */
  public boolean isDrained() {
    return pipeline.isIdle();
  }

  /** The hand-over failed: records submitted from now on may renew the lease again. */
  public void takeBack() {
    enter(ShardState.LEADING);
    sendAwaited();
  }

  private static final class IgnoringListener implements Listener {
    @Override
    public void appendRefused() {}

    @Override
    public void tick(long nowMs) {}

    @Override
    public void progressed() {}
  }
}
