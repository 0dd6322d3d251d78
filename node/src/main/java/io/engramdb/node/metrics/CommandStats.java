package io.engramdb.node.metrics;

import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Calls, time and outcome per command, by the command's number. Recording allocates only at the
 * first call of a command (its histogram). Shard thread only.
 */
public final class CommandStats {

  private final long[] calls;
  private final long[] elapsedNs;
  private final long[] rejected;
  private final long[] failed;
  private final @Nullable LatencyHistogram[] latencies;
  private boolean latencyTracking = true;
  private long processed;

  public CommandStats(CommandTable table) {
    int size = table.all().size();
    calls = new long[size];
    elapsedNs = new long[size];
    rejected = new long[size];
    failed = new long[size];
    latencies = new LatencyHistogram[size];
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
    int number = spec.number();
    processed++;
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
    rejected[spec.number()]++;
  }

  /** Commands that ran. */
  public long processed() {
    return processed;
  }

  public long calls(CommandSpec spec) {
    return calls[spec.number()];
  }

  public long elapsedNs(CommandSpec spec) {
    return elapsedNs[spec.number()];
  }

  public long rejectedCalls(CommandSpec spec) {
    return rejected[spec.number()];
  }

  public long failedCalls(CommandSpec spec) {
    return failed[spec.number()];
  }

  /** The latencies of a command, or null if it was never called while they were tracked. */
  public @Nullable LatencyHistogram latency(CommandSpec spec) {
    return latencies[spec.number()];
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    Arrays.fill(calls, 0);
    Arrays.fill(elapsedNs, 0);
    Arrays.fill(rejected, 0);
    Arrays.fill(failed, 0);
    Arrays.fill(latencies, null);
    processed = 0;
  }
}
