package io.engramdb.node.shard;

import io.engramdb.node.command.CommandError;

/** What the shard asks of one client's session. Shard thread only. */
public interface ShardClient {

  /**
   * The turn in which this client ran commands ends: its record is submitted, the lease was
   * checked.
   *
   * @param leaseValid whether replies of reads executed so far may leave as far as the lease goes
   */
  void endTurn(boolean leaseValid);

  /**
   * The lease is valid again: what executed so far may leave as far as the lease goes. Told once to
   * who called {@link Shard#awaitLease}.
   */
  void leaseRegained();

  /** A record that this client had registered for is committed. */
  void recordCommitted();

  /** What had held this client's next command back is over, maybe; it may try again. */
  void resume();

  /**
   * This node leads no more. Replies that wait have an unknown outcome, and the connection carrying
   * them must close; transactions are aborted.
   */
  void leadershipLost();

  /** The deferred command of this client ends with that error. */
  void cancelDeferred(CommandError error);
}
