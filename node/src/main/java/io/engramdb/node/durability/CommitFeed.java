package io.engramdb.node.durability;

import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.RecordKind;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries what the log tells from the log's threads to the shard's, in one queue and one order:
 * role changes and commits never overtake each other.
 *
 * <p>Records of other members count against {@link #MAX_QUEUED_BYTES}; when those wait, delivery
 * pauses until the shard has caught up. Own records carry no bytes here and are bounded by what the
 * shard may have in flight.
 */
final class CommitFeed implements LogListener {

  /** Bytes of committed records that wait for the shard. */
  static final int MAX_QUEUED_BYTES = 64 << 20;

  /** What a notice without payload counts for, bytes. */
  private static final int NOTICE_BYTES = 64;

  /** Notices that are handled before other work of the thread gets its turn. */
  private static final int NOTICES_PER_RUN = 256;

  /** Hears the notices on the shard's thread. */
  interface Handler {
    void committed(
        long term,
        long index,
        long epoch,
        RecordKind kind,
        byte @Nullable [] payload,
        boolean mine);

    /** Own records of that term are committed up to that index; {@link #committed} follows. */
    void committedAhead(long term, long index);

    void internalEntry(long term, long index);

    void truncated(long firstRemovedIndex);

    void tooFarBehind(long firstAvailableIndex);

    void elected(long term, long electedNanos);

    void leaderReady(long term, long startIndex);

    void leadershipLost(long term);

    void leaderChanged(@Nullable String leader, long term);
  }

  @FunctionalInterface
  private interface Notice {
    void deliver(Handler handler);
  }

  private record Queued(Notice notice, int bytes) {}

  private final ShardScheduler scheduler;
  private final Handler handler;
  private final java.util.function.Consumer<Throwable> onFailure;
  private final Queue<Queued> queue = new ConcurrentLinkedQueue<>();
  private final Semaphore room = new Semaphore(MAX_QUEUED_BYTES);
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong heardIndex = new AtomicLong(-1);
  private final Runnable drain = this::drain;

  CommitFeed(
      ShardScheduler scheduler, Handler handler, java.util.function.Consumer<Throwable> onFailure) {
    this.scheduler = scheduler;
    this.handler = handler;
    this.onFailure = onFailure;
  }

  /** Bytes that wait for the shard. */
  int queuedBytes() {
    return MAX_QUEUED_BYTES - room.availablePermits();
  }

  /** Newest index that the log has told of as committed; any thread. */
  long heardIndex() {
    return heardIndex.get();
  }

  @Override
  public void onCommitted(
      long term,
      long index,
      long epoch,
      long sequence,
      RecordKind kind,
      byte @Nullable [] payload,
      boolean mine) {
    heardIndex.set(index);
    int bytes = payload == null ? 0 : Math.min(MAX_QUEUED_BYTES, payload.length + NOTICE_BYTES);
    room.acquireUninterruptibly(bytes);
    put(to -> to.committed(term, index, epoch, kind, payload, mine), bytes);
  }

  @Override
  public void onCommittedAhead(long term, long index) {
    put(to -> to.committedAhead(term, index), 0);
  }

  @Override
  public void onInternalEntry(long term, long index) {
    heardIndex.set(index);
    put(to -> to.internalEntry(term, index), 0);
  }

  @Override
  public void onTruncated(long firstRemovedIndex) {
    put(to -> to.truncated(firstRemovedIndex), 0);
  }

  @Override
  public void onTooFarBehind(long firstAvailableIndex) {
    put(to -> to.tooFarBehind(firstAvailableIndex), 0);
  }

  @Override
  public void onElected(long term) {
    // The wait for older leases counts from this call, not from when the shard hears of it.
    long electedNanos = scheduler.nanoTime();
    put(to -> to.elected(term, electedNanos), 0);
  }

  @Override
  public void onLeaderReady(long term, long startIndex) {
    put(to -> to.leaderReady(term, startIndex), 0);
  }

  @Override
  public void onLeadershipLost(long term) {
    put(to -> to.leadershipLost(term), 0);
  }

  @Override
  public void onLeaderChanged(@Nullable String leader, long term) {
    put(to -> to.leaderChanged(leader, term), 0);
  }

  @Override
  public void onLogFailed(Throwable cause) {
    onFailure.accept(cause);
  }

  private void put(Notice notice, int bytes) {
    queue.add(new Queued(notice, bytes));
    if (scheduled.compareAndSet(false, true)) {
      scheduler.execute(drain);
    }
  }

  private void drain() {
    scheduled.set(false);
    for (int i = 0; i < NOTICES_PER_RUN; i++) {
      Queued next = queue.poll();
      if (next == null) {
        return;
      }
      room.release(next.bytes());
      next.notice().deliver(handler);
    }
    if (!queue.isEmpty() && scheduled.compareAndSet(false, true)) {
      scheduler.execute(drain);
    }
  }
}
