package io.engramdb.node.command;

/**
 * Whom a client has logged in as; shared by all connections of that user, so that a change of its
 * rights holds for all of them at once. Implemented by {@code security}. Shard thread only.
 */
public interface Account {

  String name();

  /** May run every command on every key and channel: nothing else has to be looked at. */
  boolean unlimited();

  /** Whether the user may run this request even if it read every key (SORT's BY and GET). */
  boolean readsEveryKey(Args args);
}
