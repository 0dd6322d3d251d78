package io.engramdb.node.shard;

/**
 * Shard time: never goes back, not even from one primary to the next, and never stands still.
 *
 * <p>It runs on the monotonic clock from the later of wall time and the last stamp heard, and is
 * steered towards wall time by at most a tenth of its speed, so that a primary whose clock is a day
 * ahead neither freezes expiry for a day nor makes time jump back. Shard thread only.
 */
public final class ShardClock {

  /** Largest correction, as one part in this many of the time passed. */
  private static final long STEERING_DIVISOR = 10;

  private static final long NANOS_PER_MS = 1_000_000;

  private final ShardScheduler scheduler;
  private long shardNanos;
  private long readAtNanos;

  public ShardClock(ShardScheduler scheduler) {
    this.scheduler = scheduler;
    this.shardNanos = scheduler.wallMs() * NANOS_PER_MS;
    this.readAtNanos = scheduler.nanoTime();
  }

  /** Shard time now, Unix milliseconds. */
  public long readMs() {
    long nowNanos = scheduler.nanoTime();
    long passed = Math.max(0, nowNanos - readAtNanos);
    readAtNanos = nowNanos;
    long ahead = shardNanos + passed - scheduler.wallMs() * NANOS_PER_MS;
    long correction = Math.min(Math.abs(ahead), passed / STEERING_DIVISOR);
    shardNanos += passed - (ahead > 0 ? correction : -correction);
    return shardNanos / NANOS_PER_MS;
  }

  /** A record with this stamp was applied: time must not be earlier. */
  public void observe(long stampMs) {
    shardNanos = Math.max(shardNanos, stampMs * NANOS_PER_MS);
  }

  /**
   * Starts again from wall time if that is later; at promotion, when a replica's clock has idled.
   */
  public void restart() {
    shardNanos = Math.max(shardNanos, scheduler.wallMs() * NANOS_PER_MS);
    readAtNanos = scheduler.nanoTime();
  }
}
