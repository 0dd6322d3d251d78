package io.engramdb.node.metrics;

/** A {@link LatencyHistogram} that one thread fills and others read. Thread-safe. */
public final class SharedLatencyHistogram {

  private final LatencyHistogram histogram = new LatencyHistogram();

  /** Counts one duration. */
  public synchronized void record(long elapsedNs) {
    histogram.record(elapsedNs);
  }

  public synchronized long count() {
    return histogram.count();
  }

  public synchronized long totalNs() {
    return histogram.totalNs();
  }

  public synchronized long longestNs() {
    return histogram.longestNs();
  }

  /** As {@link LatencyHistogram#percentileNs}. */
  public synchronized long percentileNs(double percent) {
    return histogram.percentileNs(percent);
  }

  public synchronized void reset() {
    histogram.reset();
  }
}
