package io.engramdb.txlog.ratis;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.metrics.MetricRegistries;

/**
 * The figures that Ratis collects about itself, which stay within this process.
 *
 * <p>Without a registration Ratis publishes each of its hundreds of figures over JMX; that starts
 * the platform's management server with everything in it, a fifth of the time of a start.
 */
final class RatisMetrics {
  private static final AtomicBoolean DONE = new AtomicBoolean();

  private RatisMetrics() {}

  /** To be called before the first Raft server of the process is built; again is no harm. */
  static void withoutReporters() {
    if (DONE.compareAndSet(false, true)) {
      MetricRegistries.global().addReporterRegistration(created -> {}, removed -> {});
    }
  }
}
