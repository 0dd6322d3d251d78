package io.engramdb.node.durability;

import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.txlog.api.TxLog;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A planned hand-over: take nothing new, commit what there is, release the lease, transfer. Nothing
 * is submitted while the transfer runs. Shard thread only.
 *
 * <p>If it fails, the primary goes on; the lease that it released stays released until a record
 * submitted afterwards is committed.
 */
final class HandOver {

  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

  private enum Phase {
    NONE,
    DRAINING,
    RELEASING,
    TRANSFERRING
  }

  private final Shard shard;
  private final TxLog log;
  private final ShardScheduler scheduler;
  private final List<String> candidates;

  private Phase phase = Phase.NONE;
  private long attempt;
  private @Nullable String target;
  private long deadlineNanos;
  private long transferTimeoutMs;
  private Consumer<Boolean> onEnd = unused -> {};

  HandOver(Shard shard, TxLog log, ShardScheduler scheduler, List<String> candidates) {
    this.shard = shard;
    this.log = log;
    this.scheduler = scheduler;
    this.candidates = List.copyOf(candidates);
  }

  boolean isRunning() {
    return phase != Phase.NONE;
  }

  /** Whether the transfer itself has begun: then it can't be aborted any more. */
  boolean isTransferring() {
    return phase == Phase.TRANSFERRING;
  }

  /**
   * Begins; only while LEADING.
   *
   * @param newTarget member to lead, or null for any
   * @param whenEnded told whether leadership was handed over
   */
  void start(@Nullable String newTarget, long timeoutMs, Consumer<Boolean> whenEnded) {
    target = newTarget;
    onEnd = whenEnded;
    transferTimeoutMs = timeoutMs;
    deadlineNanos = scheduler.nanoTime() + timeoutMs * 1_000_000;
    phase = Phase.DRAINING;
    long mine = ++attempt;
    shard.enter(ShardState.HANDING_OVER);
    scheduler.schedule(() -> timeOut(mine), timeoutMs);
    progressed();
  }

  /** Something was committed, or may be. */
  void progressed() {
    if (phase == Phase.DRAINING && shard.isDrained()) {
      phase = Phase.RELEASING;
      shard.releaseLease();
    } else if (phase == Phase.RELEASING && shard.isDrained()) {
      phase = Phase.TRANSFERRING;
      transfer();
    }
  }

  private void transfer() {
    long mine = attempt;
    long leftMs = Math.max(1, (deadlineNanos - scheduler.nanoTime()) / 1_000_000);
    // Named, because a mere step-down would cost an election time-out.
    String successor = target != null ? target : Successor.furthest(log.status(), candidates);
    log.transferLeadership(successor, Math.min(leftMs, transferTimeoutMs))
        .whenComplete(
            (unused, failure) ->
                scheduler.execute(
                    () -> {
                      if (failure != null && attempt == mine) {
                        fail("transfer failed: " + failure.getMessage());
                      }
                    }));
  }

  /** Leadership is gone, by this hand-over or otherwise. */
  void leadershipLost() {
    if (phase != Phase.NONE) {
      phase = Phase.NONE;
      attempt++;
      onEnd.accept(true);
    }
  }

  private void timeOut(long of) {
    // A transfer that runs has its own deadline and reports by itself.
    if (attempt == of && (phase == Phase.DRAINING || phase == Phase.RELEASING)) {
      fail("time is up");
    }
  }

  /** Gives up; false if nothing runs or it is too late. */
  boolean abort() {
    if (phase != Phase.DRAINING && phase != Phase.RELEASING) {
      return false;
    }
    fail("aborted");
    return true;
  }

  private void fail(String why) {
    if (phase == Phase.NONE) {
      return;
    }
    LOG.warn("hand-over given up: {}", why);
    phase = Phase.NONE;
    attempt++;
    if (shard.state() == ShardState.HANDING_OVER) {
      shard.takeBack();
    }
    onEnd.accept(false);
  }
}
