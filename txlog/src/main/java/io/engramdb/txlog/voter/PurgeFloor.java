package io.engramdb.txlog.voter;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.SnapshotFloor;
import io.engramdb.txlog.api.TxLog;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts a log up to the newest committed SNAPSHOT_FLOOR record, never beyond.
 *
 * <p>The record is a promise of its author that everything up to the floor is in a verified
 * snapshot. Purging reads and writes the disk, so it runs on a thread of its own; floors that come
 * meanwhile are folded into one.
 */
public final class PurgeFloor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PurgeFloor.class);

  private final String self;
  private final TxLog log;
  private final ExecutorService thread;

  /** Highest floor heard, -1 if none. */
  private final AtomicLong heardIndex = new AtomicLong(-1);

  private long purgedIndex = -1;

  /** A floor for one member's log. */
  public PurgeFloor(String self, TxLog log) {
    this.self = self;
    this.log = log;
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("log-purge-" + self).daemon().factory());
  }

  /**
   * A SNAPSHOT_FLOOR record is committed. Returns at once.
   *
   * @param index where the record itself stands; a floor at or above it is nonsense and ignored
   */
  public void heard(long index, byte[] payload) {
    LogPosition floor;
    try {
      floor = SnapshotFloor.position(payload);
    } catch (IllegalArgumentException e) {
      LOG.error(
          "{}: floor at {} can't be read, nothing is purged: {}", self, index, e.getMessage());
      return;
    }
    if (floor.index() >= index) {
      LOG.error("{}: floor {} at {} lies ahead of itself, ignored", self, floor, index);
      return;
    }
    heardIndex.accumulateAndGet(floor.index(), Math::max);
    try {
      thread.execute(this::purge);
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: closed, floor {} waits for the next start", self, floor);
    }
  }

  private void purge() {
    long index = heardIndex.get();
    if (index > purgedIndex) {
      purgedIndex = index;
      log.purge(index);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
