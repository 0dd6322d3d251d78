package io.engramdb.txlog.ratis;

import io.engramdb.txlog.Invariant;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Brings the callbacks of several Ratis threads into one order and runs them one at a time.
 *
 * <p>Idea: a queue, and a count of what is in it. Whoever raises the count from 0 runs what is
 * there until it is 0 again. The thread that applies committed entries holds no lock of Ratis, so
 * it runs notices itself, with no change of thread on the way from commit to reply. Threads that
 * hold locks of Ratis (votes, truncation) only put their notice in; a thread of the lane runs it.
 * So a slow listener delays delivery and never a vote.
 */
final class NoticeLane {
  /** Above so many waiting notices the applying thread waits. */
  static final int MAX_WAITING_NOTICES = 1024;

  private static final long WAIT_NS = 100_000;

  private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

  /** Notices in the queue or running; raised after the queue was filled, lowered after the run. */
  private final AtomicInteger waiting = new AtomicInteger();

  private final ExecutorService runner;
  private final Consumer<Throwable> onFailure;
  private volatile boolean closed;

  /**
   * A lane with a thread of its own.
   *
   * @param onFailure hears what a notice threw; the lane is closed then
   */
  NoticeLane(String name, Consumer<Throwable> onFailure) {
    this.onFailure = onFailure;
    this.runner =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("log-notices-" + name).daemon().factory());
  }

  /** From the applying thread, which may wait: runs the notice, after those before it. */
  void deliver(Runnable notice) {
    while (waiting.get() >= MAX_WAITING_NOTICES && !closed) {
      LockSupport.parkNanos(WAIT_NS);
    }
    if (closed) {
      return;
    }
    queue.add(notice);
    if (waiting.getAndIncrement() == 0) {
      drain();
    }
  }

  /** From a thread that may hold locks of Ratis: never waits, never runs a notice itself. */
  void hand(Runnable notice) {
    if (closed) {
      return;
    }
    queue.add(notice);
    if (waiting.getAndIncrement() == 0) {
      try {
        runner.execute(this::drain);
      } catch (RejectedExecutionException e) {
        // Only after the end, when nobody is to hear anything.
        Invariant.check(closed, "lane refuses a notice while open");
      }
    }
  }

  private void drain() {
    do {
      Runnable notice = queue.poll();
      Invariant.check(notice != null, "lane is empty, waiting=%d", waiting.get());
      if (!closed) {
        run(notice);
      }
    } while (waiting.decrementAndGet() != 0);
  }

  private void run(Runnable notice) {
    try {
      notice.run();
    } catch (Throwable t) {
      closed = true;
      onFailure.accept(t);
    }
  }

  /** No notice begins after this; one that runs may still end. */
  void close() {
    closed = true;
  }

  /** Ends the lane's thread; after it nothing may be handed in. */
  void shutDown() {
    closed = true;
    runner.shutdown();
  }

  /** Notices that wait; for display. */
  int waitingCount() {
    return waiting.get();
  }
}
