package io.engramdb.node.metrics;

import io.engramdb.node.command.CommandSpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Calls, time and outcome per command, by the command's number. Recording allocates only at the
 * first call of a command (its histogram). Shard thread only.
 */
public final class CommandStats {

  /** Rows that there is room for at first; more are made room for when they are met. */
  private static final int INITIAL_ROWS = 512;

  private long[] calls = new long[INITIAL_ROWS];
  private long[] elapsedNs = new long[INITIAL_ROWS];
  private long[] rejected = new long[INITIAL_ROWS];
  private long[] failed = new long[INITIAL_ROWS];
  private @Nullable LatencyHistogram[] latencies = new LatencyHistogram[INITIAL_ROWS];
  private boolean latencyTracking = true;
  private long processed;
  private long totalNs;

  private int row(CommandSpec spec) {
    int number = spec.number();
    if (number >= calls.length) {
      int size = Math.max(number + 1, calls.length * 2);
      calls = Arrays.copyOf(calls, size);
      elapsedNs = Arrays.copyOf(elapsedNs, size);
      rejected = Arrays.copyOf(rejected, size);
      failed = Arrays.copyOf(failed, size);
      latencies = Arrays.copyOf(latencies, size);
    }
    return number;
  }

  /** The directive {@code latency-tracking}. */
  public void setLatencyTracking(boolean on) {
    latencyTracking = on;
  }

  /**
   * Counts a command that ran.
   *
   * @param durationNs time on the shard thread, without the wait for the commit
   * @param succeeded false if it answered with an error
   */
  public void executed(CommandSpec spec, long durationNs, boolean succeeded) {
    int number = row(spec);
    processed++;
    totalNs += durationNs;
    calls[number]++;
    elapsedNs[number] += durationNs;
    if (!succeeded) {
      failed[number]++;
    }
    if (latencyTracking) {
      LatencyHistogram latency = latencies[number];
      if (latency == null) {
        latency = new LatencyHistogram();
        latencies[number] = latency;
      }
      latency.record(durationNs);
    }
  }

  /** Counts a command that was refused before it ran (arguments, rights, memory, role). */
  public void rejected(CommandSpec spec) {
    rejected[row(spec)]++;
  }

  /** Commands that ran. */
  public long processed() {
    return processed;
  }

  /** Time of all commands on the shard thread, nanoseconds. */
  public long totalNs() {
    return totalNs;
  }

  public long calls(CommandSpec spec) {
    return calls[row(spec)];
  }

  public long elapsedNs(CommandSpec spec) {
    return elapsedNs[row(spec)];
  }

  public long rejectedCalls(CommandSpec spec) {
    return rejected[row(spec)];
  }

  public long failedCalls(CommandSpec spec) {
    return failed[row(spec)];
  }

  /** The latencies of a command, or null if it was never called while they were tracked. */
  public @Nullable LatencyHistogram latency(CommandSpec spec) {
    return latencies[row(spec)];
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    Arrays.fill(calls, 0);
    Arrays.fill(elapsedNs, 0);
    Arrays.fill(rejected, 0);
    Arrays.fill(failed, 0);
    Arrays.fill(latencies, null);
    processed = 0;
    totalNs = 0;
  }
}
