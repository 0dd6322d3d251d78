package io.engramdb.node.sim;

import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.txlog.sim.SimLogCluster;

/**
 * One process' thread and clocks on the world's virtual clock: clocks with an error of their own,
 * tasks in order, and none while the process stands still.
 */
final class SimScheduler implements ShardScheduler {

  /** Wall time at which every world begins, Unix milliseconds. */
  static final long BIRTH_MS = 1_700_000_000_000L;

  private static final long NANOS_PER_MS = 1_000_000;
  private static final long MAX_TASK_DELAY_NANOS = 40_000;

  private final SimLogCluster world;
  private final String name;
  private final long skewMs;
  private final int ratePpm;
  private final java.util.Random random;
  private final java.util.ArrayDeque<Runnable> held = new java.util.ArrayDeque<>();
  private boolean alive = true;
  private boolean stalled;
  private long busyUntilNanos;

  /**
   * @param skewMs how far the wall clock is ahead
   * @param ratePpm how much faster both clocks run than the world's, millionths
   */
  SimScheduler(
      SimLogCluster world, String name, long skewMs, int ratePpm, java.util.Random random) {
    this.world = world;
    this.name = name;
    this.skewMs = skewMs;
    this.ratePpm = ratePpm;
    this.random = random;
  }

  /** The process is gone: nothing of it runs any more. */
  void kill() {
    alive = false;
  }

  /** While stalled the shard's thread does nothing; its process, with the log, goes on. */
  void stall(boolean on) {
    stalled = on;
    while (!stalled && !held.isEmpty()) {
      held.poll().run();
    }
  }

  private void run(Runnable task) {
    if (!alive) {
      return;
    }
    if (stalled) {
      held.add(task);
    } else {
      task.run();
    }
  }

  @Override
  public long nanoTime() {
    long now = world.nowNs();
    return now + now / 1_000_000 * ratePpm;
  }

  @Override
  public long wallMs() {
    return BIRTH_MS + nanoTime() / NANOS_PER_MS + skewMs;
  }

  @Override
  public void execute(Runnable task) {
    // In order, but not at once: other events come in between, as they do on a busy loop.
    long at = world.nowNs() + random.nextLong(MAX_TASK_DELAY_NANOS);
    busyUntilNanos = Math.max(busyUntilNanos, at);
    after(busyUntilNanos - world.nowNs(), task);
  }

  @Override
  public void schedule(Runnable task, long delayMs) {
    long own = delayMs * NANOS_PER_MS;
    after(own - own / 1_000_000 * ratePpm, task);
  }

  private void after(long delayNanos, Runnable task) {
    world.schedule(delayNanos, () -> world.runOn(name, () -> run(task)));
  }
}
