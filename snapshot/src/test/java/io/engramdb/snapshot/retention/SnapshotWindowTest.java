package io.engramdb.snapshot.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotWindowTest {
  private static long at(String time) {
    return Instant.parse(time).toEpochMilli();
  }

  private static SnapshotWindow.Span span(String begin, String end) {
    return new SnapshotWindow.Span(at(begin), at(end));
  }

  @Test
  void aWindowIsInUtcUnlessItSaysAZone() {
    SnapshotWindow utc = SnapshotWindow.parse("03:00-04:00");
    SnapshotWindow.Span today = span("2026-11-22T03:00:00Z", "2026-11-22T04:00:00Z");
    assertNull(utc.at(at("2026-11-22T02:59:59Z")));
    assertEquals(today, utc.at(at("2026-11-22T03:00:00Z")));
    assertNull(utc.at(at("2026-11-22T04:00:00Z")));
    assertEquals(today, utc.lastEnded(at("2026-11-22T04:00:00Z")));
    assertEquals(
        span("2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"),
        utc.lastEnded(at("2026-11-22T03:59:59Z")));
    SnapshotWindow berlin = SnapshotWindow.parse("03:00-04:00 Europe/Berlin");
    assertEquals(
        span("2026-07-01T01:00:00Z", "2026-07-01T02:00:00Z"),
        berlin.at(at("2026-07-01T01:30:00Z")));
    assertEquals(
        span("2026-11-22T02:00:00Z", "2026-11-22T03:00:00Z"),
        berlin.at(at("2026-11-22T02:30:00Z")));
  }

  @Test
  void aWindowMayGoOverMidnight() {
    SnapshotWindow window = SnapshotWindow.parse("23:30-00:30");
    SnapshotWindow.Span night = span("2026-11-21T23:30:00Z", "2026-11-22T00:30:00Z");
    assertEquals(night, window.at(at("2026-11-21T23:45:00Z")));
    assertEquals(night, window.at(at("2026-11-22T00:15:00Z")));
    assertEquals(night, window.lastEnded(at("2026-11-22T12:00:00Z")));
  }

  @Test
  void whatIsNoWindowIsRefused() {
    for (String text :
        List.of("", "03:00", "3:00-4:00", "25:00-26:00", "03:00-03:00", "03:00-04:00 Mars/Base")) {
      assertThrows(IllegalArgumentException.class, () -> SnapshotWindow.parse(text), text);
    }
  }
}
