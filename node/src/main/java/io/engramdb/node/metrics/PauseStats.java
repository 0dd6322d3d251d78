package io.engramdb.node.metrics;

/** Times in which the JVM let no thread run. Thread-safe: whoever hears of a pause counts it. */
public final class PauseStats {

  private long count;
  private long totalMs;
  private long longestMs;

  /** Counts one pause; the JVM knows them to the millisecond. */
  public synchronized void record(long elapsedMs) {
    count++;
    totalMs += elapsedMs;
    longestMs = Math.max(longestMs, elapsedMs);
  }

  public synchronized long count() {
    return count;
  }

  public synchronized long totalMs() {
    return totalMs;
  }

  public synchronized long longestMs() {
    return longestMs;
  }

  public synchronized void reset() {
    count = 0;
    totalMs = 0;
    longestMs = 0;
  }
}
