package io.engramdb.node.shard;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.shard.EffectLog.Kind;
import io.engramdb.node.shard.EffectLog.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The way of effects from execution to commit: EXECUTED (in the open record) → READY (sealed, waits
 * for a place) → IN_FLIGHT (appended, position known) → COMMITTED (its replies may leave).
 *
 * <p>One record a turn when the log is idle; under load a record fills until {@link GroupCommit}
 * lets it go. Numbers: the open record always has the number after the last sealed one, so a reply
 * knows its record before the record is complete. A run that is split into parts keeps one number,
 * which commits with its last part; the log counts the parts on its own. Shard thread only.
 *
 * <p>Invariants: committed &lt; first in flight ≤ last in flight &lt; first ready ≤ last ready &lt;
 * open; sequence numbers are without gaps; only the head of the records in flight can commit.
 */
public final class CommitPipeline {

  /**
   * Records in flight at least, whatever their size. It also bounds what the disks and threads of
   * the members have to take before they can answer the next heartbeat: the parts of a very large
   * run must not cost the primary its leadership.
   */
  public static final int MAX_IN_FLIGHT_RECORDS = 4;

  /** Bytes in flight below which further records may join. */
  public static final int MAX_IN_FLIGHT_BYTES = 256 * 1024;

  /** Size at which a record is sealed even if it can't be sent yet, bytes. */
  static final int SOFT_RECORD_BYTES = 32 * 1024;

  /** Largest record, bytes; a larger run is split. */
  static final int MAX_RECORD_BYTES = 1 << 20;

  /**
   * Parts of a split run, bytes. Four of them must be on the members' disks well within a lease,
   * and none may be an object that the collector treats as huge.
   */
  static final int PART_BYTES = 256 * 1024;

  /** Effects and parked replies that may wait in all before writes are held back, bytes. */
  public static final long MAX_WAITING_BYTES = 16L << 20;

  /** Records whose index is remembered after they have committed; a power of two. */
  private static final int INDEXES_REMEMBERED = 1024;

  /** Of records for which nobody can wait; never added to. */
  private static final ArrayList<ShardClient> NO_WAITERS = new ArrayList<>(0);

  /** Told of what becomes of records. */
  public interface Listener {
    /**
     * A record of this epoch is committed; its waiters are told next.
     *
     * @param checksum running checksum up to and with this record
     * @param stampMs shard time of the newest DATA record so far
     */
    void committed(long sequence, Kind kind, int checksum, long stampMs, long submittedNanos);

    /** A record was refused by the log: this node can append nothing more in this epoch. */
    void refused();
  }

  /** What is done when a record is committed. */
  private record Change(long sequence, Runnable apply) {}

  private final EffectLog log;
  private final ShardScheduler scheduler;
  private final ShardClock clock;
  private final Listener listener;
  private final GroupCommit group = new GroupCommit();
  private final Runnable waitOver = this::waitOver;
  private final RecordBuffer open = new RecordBuffer();
  private ArrayList<ShardClient> openWaiters = new ArrayList<>();
  private final ArrayDeque<PendingRecord> ready = new ArrayDeque<>();
  private final ArrayDeque<PendingRecord> inFlight = new ArrayDeque<>();
  private final ArrayList<ArrayList<ShardClient>> spareLists = new ArrayList<>();

  /** Changes of what is no key, in the order of their records; bounded as these are. */
  private final ArrayDeque<Change> changes = new ArrayDeque<>();

  private long epoch;
  private long openSequence = 1;
  private long nextLogSequence = 1;
  private long committedSequence;
  private long committedIndex;
  private long appendedSequence;
  private final long[] indexes = new long[INDEXES_REMEMBERED];
  private int runningChecksum;
  private long readyBytes;
  private long inFlightBytes;
  private boolean refused;
  private long lastStampMs;
  private boolean timerRuns;

  public CommitPipeline(
      EffectLog log, ShardScheduler scheduler, ShardClock clock, Listener listener) {
    this.log = log;
    this.scheduler = scheduler;
    this.clock = clock;
    this.listener = listener;
  }

  // --- epochs

  /**
   * Begins an epoch with nothing pending.
   *
   * @param checksum running checksum of the last applied DATA record
   * @param stampMs its shard time
   */
  void begin(long newEpoch, int checksum, long stampMs) {
    Invariant.check(inFlight.isEmpty(), "%d records in flight at promotion", inFlight.size());
    Invariant.check(ready.isEmpty() && open.isEmpty(), "unsent effects at promotion");
    Invariant.check(changes.isEmpty(), "%d changes at promotion", changes.size());
    epoch = newEpoch;
    openSequence = 1;
    nextLogSequence = 1;
    committedSequence = 0;
    committedIndex = 0;
    appendedSequence = 0;
    runningChecksum = checksum;
    lastStampMs = stampMs;
    refused = false;
  }

  public long epoch() {
    return epoch;
  }

  // --- recording

  /** The open record, where commands record their effects. */
  RecordBuffer recorder() {
    return open;
  }

  /** Number of the record that is being filled. */
  public long openSequence() {
    return openSequence;
  }

  /** Number of the newest record that holds anything, sent or not; 0 if there is none. */
  long newestSequence() {
    return open.isEmpty() ? openSequence - 1 : openSequence;
  }

  public long committedSequence() {
    return committedSequence;
  }

  /** Index of this epoch's newest committed record, known here first; 0 if there is none. */
  long committedIndex() {
    return committedIndex;
  }

  /** Ends a command, transaction or script: what it recorded stays together. */
  void endRun() {
    if (open.sizeBytes() >= SOFT_RECORD_BYTES) {
      sealOpen();
    }
  }

  /** Sends what can be sent; called at the end of each turn and when a place becomes free. */
  void submit() {
    while (!refused) {
      if (ready.isEmpty()) {
        if (open.isEmpty()) {
          return;
        }
        if (!hasPlace() || !isTimeToSeal()) {
          return;
        }
        sealOpen();
      }
      // Control records prove or end leadership; they must not wait behind the data's budget.
      PendingRecord first = ready.getFirst();
      if (first.kind == Kind.DATA && !hasPlace()) {
        return;
      }
      append(ready.removeFirst());
    }
  }

  /** Puts a record of ours that carries no effects behind everything recorded so far. */
  void enqueueControl(Kind kind, byte[] bytes) {
    if (!open.isEmpty()) {
      sealOpen();
    }
    // Nothing is open, so the waiters of the open number wait for this very record.
    enqueue(kind, bytes, bytes.length, true);
  }

  private boolean isTimeToSeal() {
    long nowNanos = scheduler.nanoTime();
    if (group.mayLeave(open.effectCount(), inFlight.size(), nowNanos)) {
      return true;
    }
    // With records in flight the next commit looks again; otherwise nothing else might.
    if (inFlight.isEmpty() && !timerRuns) {
      timerRuns = true;
      scheduler.scheduleMicros(waitOver, group.waitMicros(nowNanos));
    }
    return false;
  }

  private void waitOver() {
    timerRuns = false;
    submit();
  }

  private boolean hasPlace() {
    return inFlight.size() < MAX_IN_FLIGHT_RECORDS || inFlightBytes < MAX_IN_FLIGHT_BYTES;
  }

  private void sealOpen() {
    int length = open.sizeBytes();
    int effects = open.effectCount();
    long timeMs = Math.max(lastStampMs, clock.readMs());
    lastStampMs = timeMs;
    byte[] bytes = open.detach();
    if (length <= MAX_RECORD_BYTES) {
      runningChecksum =
          EffectCodec.seal(bytes, length, EffectCodec.WHOLE, effects, timeMs, runningChecksum);
      enqueue(Kind.DATA, bytes, length, true).effects = effects;
    } else {
      sealInParts(bytes, length, effects, timeMs);
    }
  }

  /**
   * Cuts a run that is larger than a record; replies wait for the last part. Only the cuts are made
   * now: the parts' bytes are copied one by one as they leave, or a huge run would stand in memory
   * twice.
   */
  private void sealInParts(byte[] run, int length, int effects, long timeMs) {
    int bodyBytes = PART_BYTES - EffectCodec.HEADER_BYTES;
    int from = EffectCodec.HEADER_BYTES;
    int parts = EffectCodec.FIRST_PART;
    while (from < length) {
      int body = Math.min(length - from, bodyBytes);
      boolean last = from + body == length;
      parts |= last ? EffectCodec.LAST_PART : 0;
      runningChecksum = EffectCodec.checksum(runningChecksum, run, from, body);
      PendingRecord part = enqueue(Kind.DATA, null, EffectCodec.HEADER_BYTES + body, last);
      part.run = run;
      part.runOffset = from;
      part.parts = parts;
      part.effects = last ? effects : 0;
      parts = 0;
      from += body;
    }
  }

  private PendingRecord enqueue(Kind kind, byte @Nullable [] bytes, int length, boolean completes) {
    ArrayList<ShardClient> waiters = completes ? openWaiters : NO_WAITERS;
    PendingRecord record =
        new PendingRecord(
            openSequence, kind, bytes, length, completes, waiters, runningChecksum, lastStampMs);
    ready.addLast(record);
    readyBytes += length;
    if (completes) {
      openSequence++;
      openWaiters = spareList();
    }
    return record;
  }

  private void append(PendingRecord record) {
    byte[] bytes = record.encoded();
    readyBytes -= record.length;
    // Before the call: the lease counts from here, and must not count from later.
    record.submittedNanos = scheduler.nanoTime();
    Position position = log.append(epoch, nextLogSequence, record.kind, bytes, 0, record.length);
    if (position == null) {
      refused = true;
      ready.addFirst(record);
      readyBytes += record.length;
      listener.refused();
      return;
    }
    nextLogSequence++;
    record.appended(position);
    if (record.completes) {
      appendedSequence = record.sequence;
      indexes[(int) (record.sequence & INDEXES_REMEMBERED - 1)] = record.index;
    }
    inFlight.addLast(record);
    inFlightBytes += record.length;
    group.sent(record.effects);
  }

  // --- waiting

  /** The waiter is told once, when that record commits or its outcome becomes unknown. */
  public void await(long sequence, ShardClient waiter) {
    waitersOf(sequence).add(waiter);
  }

  /** Done when the record that is open now is committed, before its replies leave. */
  void whenCommitted(Runnable change) {
    changes.addLast(new Change(openSequence, change));
  }

  /** As {@link #await}, but this waiter is told before those that are registered already. */
  public void awaitAhead(long sequence, ShardClient waiter) {
    waitersOf(sequence).addFirst(waiter);
  }

  private ArrayList<ShardClient> waitersOf(long sequence) {
    Invariant.check(
        sequence > committedSequence && sequence <= openSequence,
        "wait for record %d, committed %d, open %d",
        sequence,
        committedSequence,
        openSequence);
    if (sequence == openSequence) {
      return openWaiters;
    }
    for (PendingRecord record : inFlight) {
      if (record.sequence == sequence && record.completes) {
        return record.waiters;
      }
    }
    for (PendingRecord record : ready) {
      if (record.sequence == sequence && record.completes) {
        return record.waiters;
      }
    }
    throw new IllegalStateException("no record " + sequence);
  }

  private ArrayList<ShardClient> spareList() {
    int last = spareLists.size() - 1;
    return last < 0 ? new ArrayList<>() : spareLists.remove(last);
  }

  // --- outcomes

  /**
   * A record at this position is committed.
   *
   * @return true if it is the oldest of ours in flight
   */
  boolean committed(long term, long index) {
    PendingRecord head = inFlight.peekFirst();
    if (head == null || head.index != index || head.term != term) {
      return false;
    }
    inFlight.removeFirst();
    inFlightBytes -= head.length;
    committedIndex = head.index;
    long now = scheduler.nanoTime();
    long took = now - head.submittedNanos;
    group.committed(head.effects, took, inFlight.size(), open.effectCount(), now);
    listener.committed(head.sequence, head.kind, head.checksum, head.stampMs, head.submittedNanos);
    if (!head.completes) {
      return true;
    }
    committedSequence = head.sequence;
    while (!changes.isEmpty() && changes.peekFirst().sequence <= committedSequence) {
      changes.removeFirst().apply.run();
    }
    for (int i = 0; i < head.waiters.size(); i++) {
      head.waiters.get(i).recordCommitted();
    }
    head.waiters.clear();
    spareLists.add(head.waiters);
    return true;
  }

  /**
   * Index of the oldest record in flight, if it is of that term and one of those that may be
   * settled before everything before them was heard; else -1.
   */
  long oldestInFlight(long term) {
    PendingRecord head = inFlight.peekFirst();
    boolean early =
        head != null
            && head.term == term
            && (head.kind == Kind.DATA || head.kind == Kind.LEASE_RENEWAL);
    return early ? head.index : -1;
  }

  /**
   * Whether an entry heard as committed, which is none of ours, proves that one of ours is lost: it
   * stands where ours stood, or it is of a later term than ours behind it.
   */
  boolean contradictedBy(long term, long index) {
    PendingRecord head = inFlight.peekFirst();
    return head != null && (head.index <= index || head.term < term);
  }

  /** Whether a record of ours stood at or behind this index. */
  boolean inFlightFrom(long index) {
    PendingRecord tail = inFlight.peekLast();
    return tail != null && tail.index >= index;
  }

  /** Records whose fate is open. */
  public int inFlightCount() {
    return inFlight.size();
  }

  /** Records whose fate is open, the oldest first; to look at only. */
  ArrayDeque<PendingRecord> inFlight() {
    return inFlight;
  }

  /** Whether effects were executed that stand in no appended record. */
  boolean hasUnsent() {
    return !open.isEmpty() || !ready.isEmpty();
  }

  /** Whether somebody waits for the record that is being filled. */
  boolean isOpenAwaited() {
    return !openWaiters.isEmpty();
  }

  /** Whether nothing recorded waits for anything. */
  boolean isIdle() {
    return inFlight.isEmpty() && ready.isEmpty() && open.isEmpty();
  }

  /** When the oldest record in flight was submitted, monotonic nanoseconds; 0 if none is. */
  public long oldestSubmittedNanos() {
    PendingRecord head = inFlight.peekFirst();
    return head == null ? 0 : head.submittedNanos;
  }

  /** Bytes that wait: recorded, sealed and in flight. */
  public long waitingBytes() {
    return open.sizeBytes() + readyBytes + inFlightBytes;
  }

  /** Leadership is lost: nobody waits here any more. Records in flight stay. */
  void forgetWaiters() {
    openWaiters.clear();
    ready.forEach(record -> record.waiters.clear());
    inFlight.forEach(record -> record.waiters.clear());
  }

  /** The memory that these records belong to is thrown away. */
  void discard() {
    open.discard();
    changes.clear();
    group.clear();
    ready.clear();
    inFlight.clear();
    readyBytes = 0;
    inFlightBytes = 0;
  }

  /** Running checksum over all DATA records sealed so far in this epoch and applied before. */
  int runningChecksum() {
    return runningChecksum;
  }

  /** Bytes of the records in flight. */
  public long inFlightBytes() {
    return inFlightBytes;
  }

  /**
   * Log index at which a record of this epoch ends, or of a later one if it is too long ago to be
   * remembered; -1 if it was not appended yet.
   */
  public long indexOf(long sequence) {
    if (sequence > appendedSequence) {
      return -1;
    }
    long remembered = Math.max(sequence, appendedSequence - INDEXES_REMEMBERED + 1);
    return indexes[(int) (remembered & INDEXES_REMEMBERED - 1)];
  }
}
