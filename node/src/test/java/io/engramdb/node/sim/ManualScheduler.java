package io.engramdb.node.sim;

import io.engramdb.node.shard.ShardScheduler;
import java.util.ArrayDeque;

/** A clock and a task queue that a test moves by hand. */
public final class ManualScheduler implements ShardScheduler {
  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
  private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
  private long nowMs;

  public ManualScheduler(long nowMs) {
    this.nowMs = nowMs;
  }

  public void advance(long ms) {
    nowMs += ms;
  }

  @Override
  public long nanoTime() {
    return nowMs * 1_000_000;
  }

  @Override
  public long wallMs() {
    return nowMs;
  }

  @Override
  public void execute(Runnable task) {
    ready.add(task);
  }

  @Override
  public void schedule(Runnable task, long delayMs) {
    timers.add(task);
  }

  public void runReady() {
    while (!ready.isEmpty()) {
      ready.poll().run();
    }
  }

  public void runTimers() {
    for (int left = timers.size(); left > 0; left--) {
      timers.poll().run();
    }
    runReady();
  }
}
