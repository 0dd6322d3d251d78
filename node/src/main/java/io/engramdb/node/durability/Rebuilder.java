package io.engramdb.node.durability;

import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.txlog.api.RecordKind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the memory of a tainted shard anew from its own log, beside the shard's thread, while the
 * log goes on.
 *
 * <p>It replays in rounds: each up to what was heard when the round began. Records heard during a
 * round are retained; when a round ends with all of them at hand, they are applied and the new
 * memory takes the place of the old. If more came than may be retained, another round follows.
 */
final class Rebuilder {

  private static final Logger LOG = LoggerFactory.getLogger(Rebuilder.class);

  /** Bytes of records that may be retained during a round. */
  private static final int MAX_RETAINED_BYTES = 32 << 20;

  private record Heard(long epoch, byte[] payload) {}

  private final Shard shard;
  private final ReplayedMemory.Source source;
  private final ShardScheduler scheduler;
  private final Executor background;
  private final Runnable onDone;
  private final Consumer<Throwable> onFailure;

  private final ArrayDeque<Heard> retained = new ArrayDeque<>();
  private long retainedBytes;
  private boolean retaining;
  private boolean running;
  // Of the round that runs; between rounds of the shard's thread.
  private @Nullable ReplayedMemory memory;
  private long firstIndex;
  private long heardIndex;

  /** Newest term in which this node led; its own records arrive without their bytes. */
  private long ledTerm;

  /** An entry of a later term was heard: no record of {@link #ledTerm} can follow. */
  private boolean settled;

  /** A round has ended with everything at hand, but the led term is not settled. */
  private boolean waiting;

  Rebuilder(
      Shard shard,
      ReplayedMemory.Source source,
      ShardScheduler scheduler,
      Executor background,
      Runnable onDone,
      Consumer<Throwable> onFailure) {
    this.shard = shard;
    this.source = source;
    this.scheduler = scheduler;
    this.background = background;
    this.onDone = onDone;
    this.onFailure = onFailure;
  }

  boolean isRunning() {
    return running;
  }

  /**
   * Begins; the shard's memory must have been thrown away.
   *
   * @param firstIndex oldest index of the log; only behind a snapshot it is not its first
   * @param newestHeard newest index heard as committed
   * @param newestTerm its term
   * @param newLedTerm newest term in which this node led
   */
  void start(long newFirstIndex, long newestHeard, long newestTerm, long newLedTerm) {
    LOG.warn("memory is ahead of the log: rebuilding it from the log, up to index {}", newestHeard);
    running = true;
    memory = null;
    firstIndex = newFirstIndex;
    heardIndex = newestHeard;
    ledTerm = newLedTerm;
    settled = newestTerm > newLedTerm;
    nextRound();
  }

  private void nextRound() {
    waiting = false;
    retained.clear();
    retainedBytes = 0;
    retaining = true;
    long to = heardIndex;
    background.execute(() -> runRound(to));
  }

  /** Beside the shard's thread; only this round touches the new memory. */
  private void runRound(long to) {
    try {
      ReplayedMemory target = memory;
      if (target == null) {
        target = source.begin(firstIndex);
        memory = target;
      }
      target.readUpTo(to);
    } catch (IOException | RuntimeException | Error failure) {
      onFailure.accept(failure);
      return;
    }
    scheduler.execute(this::roundEnded);
  }

  /** A record is committed while the rebuild runs. */
  void heard(long term, long index, long epoch, RecordKind kind, byte @Nullable [] payload) {
    if (kind == RecordKind.DATA) {
      retain(epoch, payload);
    }
    passed(term, index);
  }

  private void retain(long epoch, byte @Nullable [] payload) {
    if (!retaining) {
      return;
    }
    if (payload == null || retainedBytes + payload.length > MAX_RETAINED_BYTES) {
      // Our own record of a lost epoch, or too much: the next round reads it from the log.
      retaining = false;
      retained.clear();
      return;
    }
    retained.addLast(new Heard(epoch, payload));
    retainedBytes += payload.length;
  }

  /** An index is committed that carries nothing. */
  void heardNothing(long term, long index) {
    passed(term, index);
  }

  private void passed(long term, long index) {
    heardIndex = index;
    settled |= term > ledTerm;
    if (waiting && settled) {
      finishOrGoOn();
    }
  }

  private void roundEnded() {
    // Records that this node appended in its last epoch may still be committed, and the log tells
    // of them without their bytes: only a rebuild that runs can read them.
    waiting = !settled;
    if (settled) {
      finishOrGoOn();
    }
  }

  private void finishOrGoOn() {
    if (!retaining) {
      nextRound();
      return;
    }
    ReplayedMemory rebuilt = memory;
    if (rebuilt == null) {
      return;
    }
    for (Heard record : retained) {
      rebuilt.replay().apply(record.epoch(), record.payload());
    }
    retained.clear();
    shard.adopt(rebuilt.keyspaces(), rebuilt.replay());
    memory = null;
    waiting = false;
    running = false;
    LOG.info("memory is rebuilt up to index {}: {} keys", heardIndex, shard.keyspaces().keyCount());
    onDone.run();
  }
}
