package io.engramdb.node.server;

import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.TxLog;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the log's status beside the shard's thread, because that look may touch the disk. The
 * newest picture can be read from any thread.
 */
final class LogSampler implements AutoCloseable {
  /** Age of a picture that nobody asked to be fresh, milliseconds. */
  static final long INTERVAL_MS = 200;

  private static final Logger LOG = LoggerFactory.getLogger(LogSampler.class);
  private static final LogStatus UNKNOWN =
      new LogStatus(0, null, false, -1, -1, -1, -1, 0, List.of());

  private final TxLog log;
  private final Consumer<LogStatus> listener;
  private final ScheduledExecutorService thread;
  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile LogStatus newest = UNKNOWN;

  /**
   * @param listener is given each picture before anybody else, on the thread that draws them
   */
  LogSampler(TxLog log, Consumer<LogStatus> listener) {
    this.log = log;
    this.listener = listener;
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("log-status").daemon().factory());
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    pool.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    thread = Executors.unconfigurableScheduledExecutorService(pool);
  }

  /** Begins once the log has started. */
  void start() {
    thread.scheduleWithFixedDelay(this::look, 0, INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  LogStatus newest() {
    return newest;
  }

  /** Looks again soon; requests that come meanwhile are one. */
  void refresh() {
    if (!thread.isShutdown() && asked.compareAndSet(false, true)) {
      thread.execute(this::look);
    }
  }

  private void look() {
    asked.set(false);
    try {
      LogStatus next = log.status();
      listener.accept(next);
      newest = next;
    } catch (RuntimeException e) {
      // A log that is closing answers like that; the picture stays as it was.
      LOG.debug("status of the log", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
