package io.engramdb.txlog.api;

/**
 * One member of a shard's log.
 *
 * @param name unique within the shard, and never used again by another disk
 * @param host address of its log port, as other members reach it
 * @param port its log port
 */
public record Member(String name, String host, int port, Role role) {

  /** What a member does. */
  public enum Role {
    /** Votes and serves data. */
    DATA,
    /** Votes and keeps the log, serves no data and hands leadership over at once. */
    LOG_VOTER,
    /** Hears the log, never votes; alone may come back with an empty disk. */
    LISTENER
  }
}
