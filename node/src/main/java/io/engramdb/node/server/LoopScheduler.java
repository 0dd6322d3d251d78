package io.engramdb.node.server;

import io.engramdb.node.shard.ShardScheduler;
import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A shard's thread is the event loop that serves its connections.
 *
 * <p>The loop itself would log an exception of a task and go on; a shard whose turn was cut short
 * must not, so it ends the process here.
 */
final class LoopScheduler implements ShardScheduler {
  private final EventLoop loop;

  LoopScheduler(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long wallMs() {
    return System.currentTimeMillis();
  }

  @Override
  public void execute(Runnable task) {
    try {
      loop.execute(guarded(task));
    } catch (RejectedExecutionException ending) {
      // The loop has been shut down: the process ends, nobody waits for this any more.
      if (!loop.isShuttingDown()) {
        throw ending;
      }
    }
  }

  @Override
  public void schedule(Runnable task, long delayMs) {
    schedule(task, delayMs, TimeUnit.MILLISECONDS);
  }

  @Override
  public void scheduleMicros(Runnable task, long delayMicros) {
    schedule(task, delayMicros, TimeUnit.MICROSECONDS);
  }

  private void schedule(Runnable task, long delay, TimeUnit unit) {
    try {
      loop.schedule(guarded(task), delay, unit);
    } catch (RejectedExecutionException ending) {
      if (!loop.isShuttingDown()) {
        throw ending;
      }
    }
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable failure) {
        ProcessEnd.fatal("the shard's thread failed", failure);
      }
    };
  }
}
