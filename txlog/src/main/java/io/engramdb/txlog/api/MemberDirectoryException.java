package io.engramdb.txlog.api;

import java.io.IOException;

/**
 * A member's directory is not what it must be for the member to start. The message is one line that
 * an operator can act on; nothing was changed.
 */
public final class MemberDirectoryException extends IOException {
  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Reason {
    /** A new member was asked for, but there is something in the directory. */
    NOT_EMPTY,
    /** An existing member was asked for, but there is nothing in the directory. */
    EMPTY,
    /** There is a log but no identity marker. */
    MARKER_MISSING,
    /** There is an identity marker but no log. */
    LOG_MISSING,
    /** The identity marker can't be read. */
    MARKER_DAMAGED,
    /** Marker and log come from different directories. */
    MIXED,
    /** The directory belongs to another cluster, shard or member. */
    FOREIGN,
    /** The directory is that of a voter, and the member has no vote; or the other way round. */
    OTHER_ROLE,
    /** Another process uses the directory. */
    IN_USE,
    /** The log is damaged where a crash can't have damaged it. */
    LOG_DAMAGED,
    /** The log begins after the end of the snapshot that was given. */
    SNAPSHOT_TOO_OLD
  }

  private final Reason reason;

  /** A refusal with its reason. */
  public MemberDirectoryException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
