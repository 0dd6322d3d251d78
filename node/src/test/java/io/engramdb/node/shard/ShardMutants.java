package io.engramdb.node.shard;

import java.util.HashMap;
import java.util.Map;

/** Faulty stand-ins for methods of this package, for tests that rules are noticed when left out. */
public final class ShardMutants {

  private static final Map<ShardScheduler, Long> TURN_BEGINS = new HashMap<>();

  private ShardMutants() {}

  /** Remembers when the turn began. */
  public static void execute(ShardScheduler scheduler, Runnable endTurn) {
    TURN_BEGINS.put(scheduler, scheduler.nanoTime());
    scheduler.execute(endTurn);
  }

  /** Makes the change at once. */
  public static void whenCommitted(CommitPipeline pipeline, Runnable change) {
    change.run();
  }

  /** The time at which the turn began instead of the time now. */
  public static long nanoTime(ShardScheduler scheduler) {
    return TURN_BEGINS.getOrDefault(scheduler, scheduler.nanoTime());
  }
}
