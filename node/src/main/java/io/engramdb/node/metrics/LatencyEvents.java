package io.engramdb.node.metrics;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Single events that took long, by kind and second: what LATENCY LATEST, HISTORY and DOCTOR tell.
 * Nothing is kept while the threshold is 0. Thread-safe; an event below the threshold costs one
 * look at a field.
 */
public final class LatencyEvents {

  /** Samples kept of each kind; within one second only the longest is. */
  public static final int MAX_SAMPLES = 160;

  /** What can take long. Where Redis knows the same thing, it has the same name. */
  public enum Kind {
    COMMAND("command"),
    FAST_COMMAND("fast-command"),
    EXPIRE_CYCLE("expire-cycle"),
    /** A flush of the log to this node's disk. */
    FLUSH("aof-fsync-always"),
    /** From the append of a record to its commit. */
    COMMIT("commit"),
    /** A turn of the shard's thread with all that clients asked in it. */
    TURN("event-loop"),
    /** The JVM let no thread run. */
    PAUSE("jvm-pause");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }

    /** The kind of this name in any case, or null. */
    public static @Nullable Kind of(String name) {
      for (Kind kind : values()) {
        if (kind.wireName.equalsIgnoreCase(name)) {
          return kind;
        }
      }
      return null;
    }
  }

  /** The longest event of one second. */
  public record Sample(long atSeconds, long elapsedMs) {}

  /**
   * What is kept of one kind.
   *
   * @param samples oldest first
   * @param longestMs of all that happened since the last reset
   */
  public record Series(Kind kind, List<Sample> samples, long longestMs) {
    public Sample newest() {
      return samples.getLast();
    }
  }

  private static final long NANOS_PER_MS = 1_000_000;

  private final Map<Kind, Series> series = new EnumMap<>(Kind.class);
  private volatile long thresholdMs;

  /** The directive {@code latency-monitor-threshold}: 0 for never. */
  public void setThresholdMs(long ms) {
    thresholdMs = ms;
  }

  /** Whether anything is kept. */
  public boolean isOn() {
    return thresholdMs > 0;
  }

  /** Keeps the event if it took too long. */
  public void offer(Kind kind, long elapsedNs, long nowMs) {
    long threshold = thresholdMs;
    if (threshold > 0 && elapsedNs >= threshold * NANOS_PER_MS) {
      keep(kind, new Sample(nowMs / 1000, elapsedNs / NANOS_PER_MS));
    }
  }

  private synchronized void keep(Kind kind, Sample sample) {
    Series before = series.get(kind);
    List<Sample> samples = before == null ? new ArrayList<>() : new ArrayList<>(before.samples);
    Sample kept = sample;
    if (!samples.isEmpty() && samples.getLast().atSeconds == sample.atSeconds) {
      Sample last = samples.removeLast();
      kept = last.elapsedMs > sample.elapsedMs ? last : sample;
    } else if (samples.size() == MAX_SAMPLES) {
      samples.removeFirst();
    }
    samples.add(kept);
    long longest = Math.max(before == null ? 0 : before.longestMs, sample.elapsedMs);
    series.put(kind, new Series(kind, List.copyOf(samples), longest));
  }

  /** The kinds of which something is kept. */
  public synchronized List<Series> all() {
    return List.copyOf(series.values());
  }

  /** What is kept of a kind, or null. */
  public synchronized @Nullable Series of(Kind kind) {
    return series.get(kind);
  }

  /** Forgets a kind; whether there was anything to forget. */
  public synchronized boolean forget(Kind kind) {
    return series.remove(kind) != null;
  }
}
