package io.engramdb.node.command;

import org.jspecify.annotations.Nullable;

/** A reply that is given when a condition holds or a deadline passes. Shard thread only. */
public interface DeferredReply {

  /**
   * Asked whenever the shard's state has moved on (a record committed, a member acknowledged), and
   * at the deadline.
   *
   * @param expired true if the deadline has passed; then an answer must be written
   * @return true if the reply was written
   */
  boolean tryComplete(ReplyWriter reply, boolean expired);

  /**
   * Shard time in milliseconds after which to answer in any case; {@link Long#MAX_VALUE}: never.
   */
  long deadlineMs();

  /**
   * Whether the wait goes on when this node stops being primary; otherwise it ends with {@link
   * CommandError#UNBLOCKED}.
   */
  default boolean outlivesRole() {
    return false;
  }

  /**
   * The request that is executed again once {@link #isReady}, because its end changes data; null if
   * {@link #tryComplete} writes the reply.
   */
  default @Nullable Args executedAgain() {
    return null;
  }

  /**
   * Whether to execute again; asked like {@link #tryComplete}.
   *
   * @param expired true if the wait is to end
   */
  default boolean isReady(boolean expired) {
    return true;
  }

  /** The wait is over, whatever the reason; told once. */
  default void ended() {}
}
