package io.engramdb.node.durability;

/**
 * How far this node's clock seems to be ahead of the primary's, measured by the stamps of records.
 *
 * <p>What is measured is the difference of the clocks and how long the record took to come here, so
 * it is never less than the difference. A small value is therefore always believed; a large one may
 * just be an old record that a node catches up with, and only counts if nothing is queued behind
 * it. Shard thread only.
 */
final class ClockSkew {

  private long aheadMs;

  /**
   * A record is applied.
   *
   * @param recordAheadMs this node's clock at this moment less the record's stamp
   * @param newest whether no later record is here yet
   */
  void compared(long recordAheadMs, boolean newest) {
    if (newest || recordAheadMs < aheadMs) {
      aheadMs = recordAheadMs;
    }
  }

  long aheadMs() {
    return aheadMs;
  }
}
