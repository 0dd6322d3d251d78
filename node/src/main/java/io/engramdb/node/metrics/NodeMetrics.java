package io.engramdb.node.metrics;

/**
 * Counters of one shard loop and its connections. The fields are written by whoever they are named
 * after and are plain, because all of that happens on one thread. Shard thread only.
 */
public final class NodeMetrics {

  // --- connections

  public long connectionsReceived;
  public long connectionsRejected;
  public int connectedClients;

  /** Most connections at once since the start. */
  public int maxConnectedClients;

  /** Clients that wait for a deferred reply of a blocking command. */
  public int blockedClients;

  public long netInputBytes;
  public long netOutputBytes;

  /** Connections closed because they did not read their replies. */
  public long outputLimitDisconnections;

  /** Connections closed because a request was too large. */
  public long queryLimitDisconnections;

  // --- the loop

  /** Turns that took longer than the loop's own limit. */
  public long slowTurns;

  /** Longest turn since the last reset, nanoseconds. */
  public long longestTurnNs;

  // --- durability

  /** Records appended as a primary. */
  public long recordsAppended;

  public long bytesAppended;

  /** From the append of a record to its commit. */
  public final LatencyHistogram commitLatency = new LatencyHistogram();

  /** Of one flush of the log to this node's disk. */
  public final LatencyHistogram fsyncLatency = new LatencyHistogram();

  /** Times that this node became primary. */
  public long promotions;

  /** Times that it lost that role. */
  public long demotions;

  /** Most bytes of data at once, for {@code used_memory_peak}. */
  public long peakUsedBytes;

  private final RateSampler operations = new RateSampler();
  private final RateSampler input = new RateSampler();
  private final RateSampler output = new RateSampler();

  /**
   * Updates rates and peaks; called by the loop's timer, about ten times a second.
   *
   * @param commandsProcessed {@link CommandStats#processed}
   * @param usedBytes {@code Keyspaces.usedBytes}
   */
  public void sample(long nowMs, long commandsProcessed, long usedBytes) {
    operations.sample(nowMs, commandsProcessed);
    input.sample(nowMs, netInputBytes);
    output.sample(nowMs, netOutputBytes);
    maxConnectedClients = Math.max(maxConnectedClients, connectedClients);
    peakUsedBytes = Math.max(peakUsedBytes, usedBytes);
  }

  public double operationsPerSecond() {
    return operations.perSecond();
  }

  public double inputBytesPerSecond() {
    return input.perSecond();
  }

  public double outputBytesPerSecond() {
    return output.perSecond();
  }

  /** CONFIG RESETSTAT: counters of events, not of what is there now. */
  public void reset() {
    connectionsReceived = 0;
    connectionsRejected = 0;
    netInputBytes = 0;
    netOutputBytes = 0;
    outputLimitDisconnections = 0;
    queryLimitDisconnections = 0;
    slowTurns = 0;
    longestTurnNs = 0;
    recordsAppended = 0;
    bytesAppended = 0;
    commitLatency.reset();
    fsyncLatency.reset();
    peakUsedBytes = 0;
    maxConnectedClients = connectedClients;
  }
}
