package io.engramdb.it.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Threads that repeat a step until they are stopped. A step that throws stops all, and {@link
 * #stop} passes its error on, so that no background failure stays unseen.
 */
public final class Worker implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  /** One step of client {@code index}. */
  @FunctionalInterface
  public interface Step {
    void run(int index) throws Exception;
  }

  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();

  private Worker() {}

  public static Worker start(String name, int count, Step step) {
    Worker worker = new Worker();
    for (int i = 0; i < count; i++) {
      int index = i;
      worker.threads.add(
          Thread.ofPlatform().daemon().name(name + "-" + i).start(() -> worker.loop(step, index)));
    }
    return worker;
  }

  private void loop(Step step, int index) {
    try {
      while (running.get()) {
        step.run(index);
      }
    } catch (Throwable failed) {
      failure.compareAndSet(null, failed);
      running.set(false);
    }
  }

  /** Throws what a step threw. */
  public void checkHealthy() {
    Throwable failed = failure.get();
    if (failed != null) {
      throw new AssertionError("background load failed: " + failed, failed);
    }
  }

  public void stop() {
    running.set(false);
    for (Thread thread : threads) {
      try {
        if (!thread.join(STOP_LIMIT)) {
          throw new AssertionError(thread.getName() + " does not stop");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }
    checkHealthy();
  }

  @Override
  public void close() {
    running.set(false);
  }
}
