package io.engramdb.txlog.api;

/** What became of {@link TxLog#propose}, known when the call returns. */
public enum ProposeResult {
  /** The record stands in this node's log at the position that was handed out; its fate is open. */
  APPENDED,
  /** This node does not lead the term given as epoch; nothing was appended. */
  NOT_LEADER,
  /**
   * Epoch or sequence do not continue what this node appended last in this term; nothing was
   * appended.
   */
  FENCED,
  /** The log is full, closing or has failed; nothing was appended. */
  UNAVAILABLE
}
