package io.engramdb.txlog.api;

/**
 * Where a record stands in the log: Raft term and index, always compared together.
 *
 * <p>An index alone never identifies a record: a record that was truncated leaves its index to
 * another one of a later term.
 */
public record LogPosition(long term, long index) {

  /** Before the first record of a log. */
  public static final LogPosition NONE = new LogPosition(0, -1);

  @Override
  public String toString() {
    return term + ":" + index;
  }
}
