package io.engramdb.node.shard;

/** A client with replies that wait for a record. */
public interface ReplyWaiter {

  /** A record that this waiter had registered for is committed. */
  void recordCommitted();

  /**
   * The record's outcome is unknown to this node from now on; so is that of every reply that waits.
   */
  void outcomeUnknown();
}
