package io.engramdb.it.harness;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition with a deadline; the only place that lets time pass. */
public final class Await {
  private static final long POLL_INTERVAL_NS = Duration.ofMillis(5).toNanos();

  private Await() {}

  /** Waits until the condition holds; fails with {@code what} when the time is over. */
  public static void until(String what, Duration limit, Callable<Boolean> condition) {
    value(what, limit, () -> condition.call() ? Optional.of(true) : Optional.empty());
  }

  /** Waits until there is a value. A condition that throws counts as "not yet". */
  public static <T> T value(String what, Duration limit, Callable<Optional<T>> condition) {
    return value(() -> what, limit, condition);
  }

  /** As {@link #value(String, Duration, Callable)}; the text is made only for a failure. */
  public static <T> T value(
      Supplier<String> what, Duration limit, Callable<Optional<T>> condition) {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    Exception last = null;
    while (true) {
      try {
        Optional<T> found = condition.call();
        if (found.isPresent()) {
          return found.get();
        }
        last = null;
      } catch (Exception notYet) {
        last = notYet;
      }
      if (System.nanoTime() > deadlineNs) {
        throw new AssertionError("not within %s: %s".formatted(limit, what.get()), last);
      }
      pause();
    }
  }

  /** One step of a bounded poll or of a paced load. */
  public static void pause() {
    pause(POLL_INTERVAL_NS);
  }

  /** Paces a load; never used to hope that something has happened meanwhile. */
  public static void pause(long intervalNs) {
    LockSupport.parkNanos(intervalNs);
    if (Thread.interrupted()) {
      throw new IllegalStateException("interrupted while waiting");
    }
  }

  /** Holds a fault for its whole length. */
  public static void passes(Duration duration) {
    long endNs = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < endNs) {
      pause(Math.max(1, Math.min(POLL_INTERVAL_NS, endNs - System.nanoTime())));
    }
  }
}
