package io.engramdb.node.command;

/**
 * What went between this node's snapshots and those of the other members, for INFO and its like.
 *
 * @param floorIndex the shard needs its log up to here no more; -1 if it needs all of it
 * @param fetching whether a snapshot of another member is on its way
 * @param fetched snapshots that came from others since the start
 * @param fetchedBytes their bytes, and those of attempts that failed
 * @param sentBytes bytes of own ones that others got
 */
public record SnapshotTraffic(
    long floorIndex, boolean fetching, long fetched, long fetchedBytes, long sentBytes) {

  /** Of a node that keeps no snapshots. */
  public static final SnapshotTraffic NONE = new SnapshotTraffic(-1, false, 0, 0, 0);
}
