package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.ReadWatcher;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * How far one step of a restore is: on a terminal one line that is written again and again,
 * otherwise a line every few seconds, and nothing at all of a step that is over before. One thread.
 */
final class ProgressLine implements ReadWatcher, AutoCloseable {
  private static final long TERMINAL_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long LINE_EVERY_NS = TimeUnit.SECONDS.toNanos(3);

  /** Bytes between two looks at the clock. */
  private static final long LOOK_BYTES = 1 << 16;

  private static final int PERCENT = 100;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int MAX_WIDTH = 100;

  private final String step;
  private final String unit;
  private final long totalBytes;
  private final boolean terminal;
  private final Consumer<String> out;
  private final LongSupplier nanoTime;
  private final long beginNs;
  private long saidNs;
  private long lookedBytes;
  private boolean open;

  /**
   * A step that begins now.
   *
   * @param step what is done, as a line begins
   * @param unit what is counted, for example keys
   * @param totalBytes how much there is to do; 0: not known
   * @param terminal whether a line may be written over
   * @param out gets text; line ends included
   */
  ProgressLine(
      String step,
      String unit,
      long totalBytes,
      boolean terminal,
      Consumer<String> out,
      LongSupplier nanoTime) {
    this.step = step;
    this.unit = unit;
    this.totalBytes = totalBytes;
    this.terminal = terminal;
    this.out = out;
    this.nanoTime = nanoTime;
    beginNs = nanoTime.getAsLong();
    saidNs = beginNs;
  }

  @Override
  public void at(long count, long doneBytes) {
    if (doneBytes - lookedBytes < LOOK_BYTES) {
      return;
    }
    lookedBytes = doneBytes;
    long nowNs = nanoTime.getAsLong();
    if (nowNs - saidNs < (terminal ? TERMINAL_EVERY_NS : LINE_EVERY_NS)) {
      return;
    }
    saidNs = nowNs;
    String line = text(count, doneBytes, (nowNs - beginNs) / NANOS_PER_SECOND);
    if (terminal) {
      open = true;
      out.accept("\r" + line + " ".repeat(Math.max(0, MAX_WIDTH - line.length())));
    } else {
      out.accept(line + "\n");
    }
  }

  private String text(long count, long doneBytes, double seconds) {
    StringBuilder text = new StringBuilder(step);
    if (totalBytes > 0) {
      text.append(String.format(Locale.ROOT, " %3d %%", PERCENT * doneBytes / totalBytes));
    }
    if (count > 0) {
      text.append(
          String.format(Locale.ROOT, ", %,d %s, %,d/s", count, unit, Math.round(count / seconds)));
    }
    text.append(
        String.format(
            Locale.ROOT, ", %,d MB, %.1f MB/s", doneBytes >> 20, doneBytes / seconds / (1 << 20)));
    if (totalBytes > doneBytes) {
      long leftSec = Math.round(Math.ceil((totalBytes - doneBytes) / (doneBytes / seconds)));
      text.append(", ETA ").append(duration(leftSec));
    }
    return text.toString();
  }

  private static String duration(long seconds) {
    return seconds < 60
        ? seconds + " s"
        : String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60);
  }

  /** What was written over again and again goes away. */
  @Override
  public void close() {
    if (open) {
      open = false;
      out.accept("\r" + " ".repeat(MAX_WIDTH) + "\r");
    }
  }
}
