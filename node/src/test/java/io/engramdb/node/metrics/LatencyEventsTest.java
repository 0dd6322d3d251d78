package io.engramdb.node.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.metrics.LatencyEvents.Kind;
import io.engramdb.node.metrics.LatencyEvents.Sample;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatencyEventsTest {
  private static final long MS = 1_000_000;

  private final LatencyEvents events = new LatencyEvents();

  @Test
  void nothingIsKeptWithoutAThreshold() {
    events.offer(Kind.COMMAND, 500 * MS, 1_000);
    assertTrue(events.all().isEmpty());
  }

  @Test
  void theLongestEventOfASecondIsKept() {
    events.setThresholdMs(2);
    events.offer(Kind.COMMAND, 2 * MS - 1, 5_000);
    events.offer(Kind.COMMAND, 2 * MS, 5_000);
    events.offer(Kind.COMMAND, 9 * MS, 5_500);
    events.offer(Kind.COMMAND, 3 * MS, 5_999);
    events.offer(Kind.COMMAND, 4 * MS, 6_000);
    LatencyEvents.Series series = events.of(Kind.COMMAND);
    assertEquals(List.of(new Sample(5, 9), new Sample(6, 4)), series.samples());
    assertEquals(9, series.longestMs());
    assertEquals(new Sample(6, 4), series.newest());
    assertTrue(events.forget(Kind.COMMAND));
    assertFalse(events.forget(Kind.COMMAND));
  }

  @Test
  void theOldestSamplesGoFirstAndTheLongestIsRemembered() {
    events.setThresholdMs(1);
    events.offer(Kind.FLUSH, 999 * MS, 0);
    for (int i = 1; i <= LatencyEvents.MAX_SAMPLES; i++) {
      events.offer(Kind.FLUSH, i * MS, i * 1_000L);
    }
    LatencyEvents.Series series = events.of(Kind.FLUSH);
    assertEquals(LatencyEvents.MAX_SAMPLES, series.samples().size());
    assertEquals(new Sample(1, 1), series.samples().getFirst());
    assertEquals(999, series.longestMs());
  }

  @Test
  void everyKindIsFedByItsCounter() {
    NodeMetrics metrics = new NodeMetrics();
    metrics.events.setThresholdMs(5);
    metrics.turnEnded(6 * MS, 1_000);
    metrics.recordCommitted(7 * MS, 1_000);
    metrics.expireCycleEnded(8 * MS, 1_000);
    metrics.flushed(9 * MS, 1_000);
    metrics.paused(10, 1_000);
    List<String> told =
        metrics.events.all().stream()
            .map(series -> series.kind().wireName() + ' ' + series.longestMs())
            .toList();
    assertEquals(
        List.of("expire-cycle 8", "aof-fsync-always 9", "commit 7", "event-loop 6", "jvm-pause 10"),
        told);
    assertEquals(1, metrics.slowTurns);
    assertEquals(6 * MS, metrics.longestTurnNs);
    assertEquals(8 * MS, metrics.expireTotalNs);
    assertEquals(9 * MS, metrics.flushLatency.longestNs());
    assertEquals(10, metrics.pauses.totalMs());
    metrics.turnEnded(NodeMetrics.SLOW_TURN_NS, 1_000);
    assertEquals(1, metrics.slowTurns);
    assertEquals(2, metrics.turns);
    metrics.reset();
    assertEquals(0, metrics.slowTurns + metrics.pauses.count() + metrics.flushLatency.count());
  }
}
