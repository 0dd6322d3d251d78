package io.engramdb.node.metrics;

/**
 * The recent rate of a growing counter: the mean of the last 16 samples of at least 100 ms each, as
 * Redis shows instantaneous rates. Shard thread only.
 */
final class RateSampler {

  private static final int SAMPLES = 16;
  private static final long MIN_INTERVAL_MS = 100;

  private final double[] perSecond = new double[SAMPLES];
  private int next;
  private long lastMs;
  private long lastValue;

  /** Takes a sample if the last one is old enough. */
  void sample(long nowMs, long value) {
    long elapsedMs = nowMs - lastMs;
    if (elapsedMs < MIN_INTERVAL_MS && elapsedMs >= 0) {
      return;
    }
    if (lastMs != 0 && elapsedMs > 0) {
      // A counter that was reset meanwhile has no rate.
      perSecond[next] = Math.max(0, value - lastValue) * 1000.0 / elapsedMs;
      next = (next + 1) % SAMPLES;
    }
    lastMs = nowMs;
    lastValue = value;
  }

  double perSecond() {
    double sum = 0;
    for (double sample : perSecond) {
      sum += sample;
    }
    return sum / SAMPLES;
  }
}
