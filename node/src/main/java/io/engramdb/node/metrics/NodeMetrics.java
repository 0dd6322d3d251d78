package io.engramdb.node.metrics;

/**
 * Counters of one shard loop, its connections, its log and its process. The fields are written by
 * whoever they are named after and are plain, because all of that happens on one thread. Shard
 * thread only, but for what other threads measure: {@link #flushLatency}, {@link #pauses}, {@link
 * #events}.
 */
public final class NodeMetrics {

  // --- connections

  public long connectionsReceived;
  public long connectionsRejected;
  public int connectedClients;

  /** Most connections at once since the start. */
  public int maxConnectedClients;

  public long netInputBytes;
  public long netOutputBytes;

  /** Connections closed because a request was too large. */
  public long queryLimitDisconnections;

  /** Connections closed because more waited for them than may. */
  public long outputLimitDisconnections;

  /** Connections closed because all together took more than they may. */
  public long evictedClients;

  // --- messages

  /** Connections to other servers that are kept for the next MIGRATE; any thread. */
  public volatile int keptMigrationSockets;

  public int pubsubChannels;
  public int pubsubPatterns;
  public int pubsubShardChannels;

  /** Clients that listen to anything. */
  public int pubsubClients;

  public int trackingClients;

  /** Keys that somebody may have cached, pairs of key and client, prefixes. */
  public long trackedKeys;

  public long trackedItems;
  public int trackedPrefixes;

  // --- the loop

  /** A turn that takes longer counts as slow, nanoseconds: everybody else waited for it. */
  public static final long SLOW_TURN_NS = 5_000_000;

  public long turns;

  /** Sum of all turns, nanoseconds. */
  public long turnsTotalNs;

  /** Turns longer than {@link #SLOW_TURN_NS}. */
  public long slowTurns;

  /** Longest turn since the last reset, nanoseconds. */
  public long longestTurnNs;

  /** Spent on active expiry, nanoseconds. */
  public long expireTotalNs;

  // --- durability

  /** Records appended as a primary. */
  public long recordsAppended;

  public long bytesAppended;

  /** From the moment before a record of ours is appended until this thread hears it committed. */
  public final LatencyHistogram commitLatency = new LatencyHistogram();

  /** Of each flush of the log to this node's disk, as primary and as replica. */
  public final SharedLatencyHistogram flushLatency = new SharedLatencyHistogram();

  /** Times that this node became primary. */
  public long promotions;

  /** Times that it gave that role up or lost it. */
  public long demotions;

  // --- the process

  public final PauseStats pauses = new PauseStats();

  /** Everything above that took too long at once. */
  public final LatencyEvents events = new LatencyEvents();

  /** Most bytes of data at once, for {@code used_memory_peak}. */
  public long peakUsedBytes;

  private final RateSampler operations = new RateSampler();
  private final RateSampler input = new RateSampler();
  private final RateSampler output = new RateSampler();

  /** A turn has ended. */
  public void turnEnded(long elapsedNs, long nowMs) {
    events.offer(LatencyEvents.Kind.TURN, elapsedNs, nowMs);
    turns++;
    turnsTotalNs += elapsedNs;
    longestTurnNs = Math.max(longestTurnNs, elapsedNs);
    if (elapsedNs > SLOW_TURN_NS) {
      slowTurns++;
    }
  }

  /** A record of ours is committed, that long after it was appended. */
  public void recordCommitted(long elapsedNs, long nowMs) {
    commitLatency.record(elapsedNs);
    events.offer(LatencyEvents.Kind.COMMIT, elapsedNs, nowMs);
  }

  /** A slice of active expiry has ended. */
  public void expireCycleEnded(long elapsedNs, long nowMs) {
    expireTotalNs += elapsedNs;
    events.offer(LatencyEvents.Kind.EXPIRE_CYCLE, elapsedNs, nowMs);
  }

  /** The log was flushed; any thread. */
  public void flushed(long elapsedNs, long nowMs) {
    flushLatency.record(elapsedNs);
    events.offer(LatencyEvents.Kind.FLUSH, elapsedNs, nowMs);
  }

  /** The JVM let no thread run; any thread. */
  public void paused(long elapsedMs, long nowMs) {
    pauses.record(elapsedMs);
    events.offer(LatencyEvents.Kind.PAUSE, elapsedMs * 1_000_000, nowMs);
  }

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
    queryLimitDisconnections = 0;
    outputLimitDisconnections = 0;
    evictedClients = 0;
    turns = 0;
    turnsTotalNs = 0;
    slowTurns = 0;
    longestTurnNs = 0;
    recordsAppended = 0;
    bytesAppended = 0;
    expireTotalNs = 0;
    commitLatency.reset();
    flushLatency.reset();
    pauses.reset();
    peakUsedBytes = 0;
    maxConnectedClients = connectedClients;
  }
}
