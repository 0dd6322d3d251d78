package io.engramdb.node.cli;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells how far an import is, a line at a time. */
final class ImportProgress {
  private static final double MS_PER_SECOND = 1000;
  private static final int PERCENT = 100;
  private static final int UNIT = 1024;

  private final Consumer<String> lines;
  private final long beginNs = System.nanoTime();
  private volatile long totalBytes = -1;
  private volatile long totalKeys;
  private long toldOffset = -1;
  private long toldLag = -1;

  ImportProgress(Consumer<String> lines) {
    this.lines = lines;
  }

  void say(String line) {
    lines.accept(line);
  }

  /**
   * The snapshot begins.
   *
   * @param sizeBytes -1 if nobody knows
   * @param keys as the source says; 0 if nobody knows
   */
  void snapshot(long sizeBytes, long keys) {
    totalBytes = sizeBytes;
    totalKeys = keys;
  }

  /** Within the snapshot. */
  void inSnapshot(KeyWriter writer, long bytes) {
    double seconds = seconds();
    long keys = writer.keys() + writer.expired();
    StringBuilder line = new StringBuilder(keys(keys));
    line.append(", ").append(size(bytes));
    long total = totalBytes;
    double part = 0;
    if (total > 0) {
      line.append(" of ").append(size(total));
      part = (double) bytes / total;
    } else if (totalKeys > 0) {
      line.append(" (of ").append(keys(totalKeys)).append(")");
      part = Math.min(1, (double) keys / totalKeys);
    }
    if (part > 0) {
      line.append(String.format(Locale.ROOT, ", %d %%", Math.round(part * PERCENT)));
    }
    line.append(String.format(Locale.ROOT, ", %.0f keys/s", keys / seconds));
    if (part > 0) {
      line.append(String.format(Locale.ROOT, ", %.0f s left", seconds / part - seconds));
    }
    say(line.toString());
  }

  void snapshotEnds(KeyWriter writer) {
    double seconds = seconds();
    say(
        String.format(
            Locale.ROOT,
            "the snapshot is in the target: %s in %.1f s, %.0f keys/s; following the source",
            keys(writer.keys()),
            seconds,
            writer.keys() / seconds));
  }

  /** Behind the snapshot; says nothing if nothing has changed. */
  void following(long applied, long received) {
    long lag = received - applied;
    if (applied != toldOffset || lag != toldLag) {
      toldOffset = applied;
      toldLag = lag;
      say("offset " + applied + ", lag " + lag + " bytes");
    }
  }

  private double seconds() {
    long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs);
    return Math.max(1, elapsedMs) / MS_PER_SECOND;
  }

  private static String keys(long count) {
    return count + (count == 1 ? " key" : " keys");
  }

  private static String size(long bytes) {
    if (bytes < UNIT) {
      return bytes + " B";
    }
    double size = bytes;
    int unit = -1;
    while (size >= UNIT && unit < 3) {
      size /= UNIT;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", size, "KMGT".charAt(unit));
  }
}
