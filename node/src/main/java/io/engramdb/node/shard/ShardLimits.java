package io.engramdb.node.shard;

/** Limits that change while the shard runs. Shard thread only. */
public final class ShardLimits {

  /** Bytes of data above which commands that grow it are refused; 0 for no limit. */
  public long maxMemoryBytes;

  /** The log's disk is below its reserve: only reads and removals are taken. */
  public boolean logDiskLow;
}
