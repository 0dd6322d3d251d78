package io.engramdb.txlog.api;

import org.jspecify.annotations.Nullable;

/**
 * Hears a member's log. All calls come one after another, in the order in which they happened to
 * the log (calls of different kinds may come from different threads, but never at the same time).
 *
 * <p>An implementation must not block, must not call back into the {@link TxLog} and must not
 * throw: an exception stops the process, because the log cannot go on without its reader.
 */
public interface LogListener {

  /**
   * A record is committed.
   *
   * @param payload the record's bytes, owned by the listener; null if {@code mine} is true
   * @param mine true if this member proposed the record in the present run of the process and term
   */
  void onCommitted(
      long term,
      long index,
      long epoch,
      long sequence,
      RecordKind kind,
      byte @Nullable [] payload,
      boolean mine);

  /** An entry of the consensus protocol itself stands committed here; it carries nothing for us. */
  void onInternalEntry(long term, long index);

  /** Everything from this index on was removed from this member's log. */
  void onTruncated(long firstRemovedIndex);

  /** This member won an election. The lease wait of the shard begins here. */
  void onElected(long term);

  /**
   * This member leads, and every record committed before its term has been heard.
   *
   * @param startIndex index of the internal entry that began the term
   */
  void onLeaderReady(long term, long startIndex);

  /** This member leads no more. Records in flight are undecided, not lost. */
  void onLeadershipLost(long term);

  /** Another member leads now, or nobody is known to. */
  void onLeaderChanged(@Nullable String leader, long term);

  /**
   * The log can no longer write to its disk. The process must end: what it holds in memory is ahead
   * of what any restart would find.
   */
  void onLogFailed(Throwable cause);
}
