package io.engramdb.node.shard;

import io.engramdb.node.engine.EvictionPolicy;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspaces;

/**
 * Gives up keys as logged effects until the data fit, but not for longer than its tenacity allows
 * at a stretch: then commands go on, and it goes on behind them. Shard thread only.
 */
final class EvictionCycle {

  /** Keys that are given up before others run again, however tenacious it is. */
  private static final int EVICTED_PER_SLICE = 10_000;

  /** Keys that are given up between two looks at the clock. */
  private static final int EVICTED_PER_CLOCK = 16;

  /** What it needs of the shard. */
  interface Turn {
    /** Whether this node may remove keys just now. */
    boolean mayRemove();

    /** Begins a turn if none has begun; its shard time, Unix milliseconds. */
    long begin();

    /** What was removed is recorded. */
    void end();
  }

  private final Keyspaces keyspaces;
  private final ShardLimits limits;
  private final ShardScheduler scheduler;
  private final Turn turn;

  /** It goes on behind the work that waits. */
  private boolean scheduled;

  EvictionCycle(Keyspaces keyspaces, ShardLimits limits, ShardScheduler scheduler, Turn turn) {
    this.keyspaces = keyspaces;
    this.limits = limits;
    this.scheduler = scheduler;
    this.turn = turn;
  }

  /** Removes what is too much, as far as it may at a stretch; before each command. */
  void makeRoom() {
    // While nothing may be given up nothing is refused for it either.
    limits.makesRoom = limits.dataStill;
    if (limits.dataStill
        || limits.maxMemoryBytes == 0
        || keyspaces.access().policy == EvictionPolicy.NOEVICTION
        || keyspaces.usedBytes() <= limits.maxMemoryBytes
        || !turn.mayRemove()) {
      return;
    }
    keyspaces.beginCommand(turn.begin(), ExpiryMode.PRIMARY, false);
    boolean any = evict(evictionNanos(limits.evictionTenacity));
    keyspaces.endCommand();
    turn.end();
    limits.makesRoom = any && keyspaces.usedBytes() > limits.maxMemoryBytes;
    if (limits.makesRoom && !scheduled) {
      // Once, however many commands come meanwhile: each of them looks for room itself.
      scheduled = true;
      scheduler.execute(this::makeMoreRoom);
    }
  }

  private void makeMoreRoom() {
    scheduled = false;
    makeRoom();
  }

  /** Returns whether there may be more to give up. */
  private boolean evict(long limitNanos) {
    long startNanos = scheduler.nanoTime();
    int evicted = 0;
    boolean any = true;
    while (any && evicted < EVICTED_PER_SLICE && keyspaces.usedBytes() > limits.maxMemoryBytes) {
      any = keyspaces.evictOne();
      evicted++;
      if (evicted % EVICTED_PER_CLOCK == 0 && scheduler.nanoTime() - startNanos > limitNanos) {
        break;
      }
    }
    return any;
  }

  /** How long keys are given up at a stretch: 0.5 ms by default, without end at 100. */
  private static long evictionNanos(int tenacity) {
    if (tenacity <= 10) {
      return 50_000L * tenacity;
    }
    return tenacity < 100 ? (long) (500_000 * Math.pow(1.15, tenacity - 10)) : Long.MAX_VALUE;
  }
}
