package io.engramdb.node.shard;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;

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

  /**
   * Executes what the client waits with again.
   *
   * @return false if it goes on waiting
   */
  boolean executeAgain(CommandSpec spec, Args request);

  /** The time of the client's wait is up: it is answered null. */
  void waitedInVain();

  /** The client's wait ends because this node leads no more: it is told, and disconnected. */
  void unblockedByDemotion();

  /** The deferred command of this client ends with that error. */
  void cancelDeferred(CommandError error);
}
