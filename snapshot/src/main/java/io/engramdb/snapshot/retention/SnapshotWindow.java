package io.engramdb.snapshot.retention;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A time of each day: {@code 03:00-04:00}, in UTC, or {@code 03:00-04:00 Europe/Berlin}. It may go
 * over midnight. Where clocks are put forward over its begin it begins when they are. Immutable.
 *
 * @param from its begin
 * @param to its end
 * @param zone whose clocks
 */
public record SnapshotWindow(LocalTime from, LocalTime to, ZoneId zone) {

  private static final Pattern FORM =
      Pattern.compile("([0-2]\\d:[0-5]\\d)-([0-2]\\d:[0-5]\\d)(?: ([A-Za-z0-9/_+-]+))?");

  /**
   * The window of one day.
   *
   * @param beginMs Unix milliseconds
   * @param endMs the first millisecond behind it
   */
  public record Span(long beginMs, long endMs) {}

  /**
   * Reads a window.
   *
   * @throws IllegalArgumentException if it is none; the message says why
   */
  public static SnapshotWindow parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a window is HH:MM-HH:MM, optionally with a zone, not \"" + text + "\"");
    }
    try {
      LocalTime from = LocalTime.parse(matcher.group(1));
      LocalTime to = LocalTime.parse(matcher.group(2));
      if (from.equals(to)) {
        throw new IllegalArgumentException("a window of no length: " + text);
      }
      String zone = matcher.group(3);
      return new SnapshotWindow(from, to, zone == null ? ZoneOffset.UTC : ZoneId.of(zone));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no window: " + e.getMessage(), e);
    }
  }

  private Span of(LocalDate day) {
    LocalDate endDay = to.isAfter(from) ? day : day.plusDays(1);
    return new Span(
        day.atTime(from).atZone(zone).toInstant().toEpochMilli(),
        endDay.atTime(to).atZone(zone).toInstant().toEpochMilli());
  }

  /** The window that this moment is in, or null. */
  public @Nullable Span at(long nowMs) {
    LocalDate today = Instant.ofEpochMilli(nowMs).atZone(zone).toLocalDate();
    for (LocalDate day : new LocalDate[] {today, today.minusDays(1)}) {
      Span span = of(day);
      if (span.beginMs() <= nowMs && nowMs < span.endMs()) {
        return span;
      }
    }
    return null;
  }

  /** The window that was over last. */
  public Span lastEnded(long nowMs) {
    LocalDate day = Instant.ofEpochMilli(nowMs).atZone(zone).toLocalDate();
    Span span = of(day);
    while (span.endMs() > nowMs) {
      day = day.minusDays(1);
      span = of(day);
    }
    return span;
  }
}
