package io.engramdb.it.scenario;

import io.engramdb.it.harness.Await;
import java.time.Duration;

/**
 * How long the clients of a load rest between two operations: hardly at all around a fault, longer
 * while a node starts again, which on few cores they would only keep from starting.
 */
final class Pace {
  private static final long WHILE_STARTING_NS = Duration.ofMillis(25).toNanos();

  private final long usualNs;
  private volatile long restNs;

  Pace(Duration usual) {
    usualNs = usual.toNanos();
    restNs = usualNs;
  }

  void rest() {
    Await.pause(restNs);
  }

  /** Runs what starts a node. */
  void slowerDuring(Runnable start) {
    restNs = Math.max(usualNs, WHILE_STARTING_NS);
    try {
      start.run();
    } finally {
      restNs = usualNs;
    }
  }
}
