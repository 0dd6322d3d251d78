package io.engramdb.node.shard;

import java.util.function.IntSupplier;

/** Limits that change while the shard runs. Shard thread only. */
public final class ShardLimits {

  /**
   * Bytes of data above which keys are given up, or commands that grow it are refused; 0 for no
   * limit.
   */
  public long maxMemoryBytes;

  /** The directive {@code maxmemory-eviction-tenacity}: how long keys are given up at a stretch. */
  public int evictionTenacity = 10;

  /** There is no room, but keys are being given up: commands that grow the data are taken. */
  boolean makesRoom;

  /** Keys expire in the background; off, they go when somebody meets them. */
  public boolean backgroundExpiry = true;

  /** Nothing expires or is resized in the background. */
  public boolean backgroundPaused;

  /** CLIENT PAUSE lasts: nothing is given up, and only expired keys that somebody meets go. */
  public boolean dataStill;

  /** Scripts may call every command. */
  public boolean scriptsMayAll;

  /** Writes are refused while fewer replicas with data answer; 0 for no such limit. */
  public int replicasToWrite;

  /** How many do. */
  public IntSupplier replicasOnline = () -> 0;

  /** The log's disk is below its reserve: only reads and removals are taken. */
  public boolean logDiskLow;
}
