package io.engramdb.node.engine;

/** Counters that INFO shows. Shard thread only. */
public final class KeyspaceStats {
  public long hits;
  public long misses;
  public long expiredKeys;
  public long expiredFields;
  public long evictedKeys;

  /** CONFIG RESETSTAT. */
  public void reset() {
    hits = 0;
    misses = 0;
    expiredKeys = 0;
    expiredFields = 0;
    evictedKeys = 0;
  }
}
