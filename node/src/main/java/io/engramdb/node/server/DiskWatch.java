package io.engramdb.node.server;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the free space of the log's disk, so that writes that grow are refused while there is
 * still room for removals and for what is in flight. Clears by itself, with a distance so that it
 * does not flap.
 */
final class DiskWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
  private static final long INTERVAL_MS = 500;

  /** Beyond the reserve so much more must be free before writes are accepted again, percent. */
  private static final int CLEARANCE_PERCENT = 10;

  private final Path directory;
  private final LongSupplier reserveBytes;
  private final Consumer<Boolean> listener;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("disk-watch").daemon().factory());
  private boolean low;

  /**
   * @param reserveBytes free space below which the disk counts as low; 0 switches the watch off
   * @param listener told each time that it changes, on the watch's thread
   */
  DiskWatch(Path directory, LongSupplier reserveBytes, Consumer<Boolean> listener) {
    this.directory = directory;
    this.reserveBytes = reserveBytes;
    this.listener = listener;
  }

  void start() {
    thread.scheduleWithFixedDelay(this::look, 0, INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      FileStore store = Files.getFileStore(directory);
      judge(store.getUsableSpace(), reserveBytes.getAsLong());
    } catch (IOException e) {
      // The log notices a broken disk by itself, and ends the process.
      LOG.debug("free space of {}", directory, e);
    }
  }

  /** Draws the conclusion from a measurement; called by one thread. */
  void judge(long freeBytes, long reserve) {
    long limit = low ? reserve + reserve / 100 * CLEARANCE_PERCENT : reserve;
    boolean nowLow = freeBytes < limit;
    if (nowLow == low) {
      return;
    }
    low = nowLow;
    if (nowLow) {
      LOG.warn(
          "the log's disk has {} MiB left, its reserve is {} MiB: writes that grow are refused",
          freeBytes >> 20,
          reserve >> 20);
    } else {
      LOG.info("the log's disk has {} MiB free again: writes are accepted", freeBytes >> 20);
    }
    listener.accept(nowLow);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
