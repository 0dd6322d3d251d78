package io.engramdb.node.command;

/** How a command's changes get into the log. Every command states it. */
public enum Replication {
  /**
   * Changes no data. (An expired key that it meets is still logged, by the keyspace's observer.)
   */
  NONE,
  /**
   * The request itself is logged if, and only if, the data changed. Allowed only where the result
   * depends on nothing but the data and the arguments.
   */
  VERBATIM,
  /** The handler records canonical commands with absolute times and explicit members. */
  EFFECTS
}
