package io.engramdb.txlog.api;

import org.jspecify.annotations.Nullable;

/**
 * Hears a member's log. All calls come one after another, in the order in which they happened to
 * the log (calls of different kinds may come from different threads, but never at the same time).
 *
 * <p>An implementation must not call back into the {@link TxLog} and must not throw: an exception
 * stops the process, because the log cannot go on without its reader. It must not block either,
 * with one exception: {@link #onCommitted} of records that are not its own, and {@link
 * #onInternalEntry}, may wait for room in the reader's queue. Then delivery pauses and nothing else
 * does; elections, votes and appends go on. That is how a replica that replays a long log is kept
 * from drowning.
 */
public interface LogListener {

  /**
   * A record is committed.
   *
   * <p>For a record of its own a member may hear this before {@link TxLog#propose} has returned,
   * from another thread; a shard that takes notices and makes proposals on one thread never sees
   * it.
   *
   * @param payload the record's bytes, owned by the listener; null if {@code mine} is true
   * @param mine true if this run of the process led {@code term} and appended records in it: then
   *     every record of that term is its own, since a term has one leader
   */
  void onCommitted(
      long term,
      long index,
      long epoch,
      long sequence,
      RecordKind kind,
      byte @Nullable [] payload,
      boolean mine);

  /**
   * Own records of this term up to this index are committed: ahead of {@link #onCommitted}, which
   * follows for each of them, and outside the order of all other calls; from any thread, also while
   * another call runs. A hint for who waits for a commit; there may be none for an index, and one
   * that comes after the role was lost is still true. Must not block.
   */
  default void onCommittedAhead(long term, long index) {}

  /**
   * An entry stands committed here that carries nothing for us: one of the consensus protocol, or a
   * record that all members reject alike because its epoch is not its term.
   *
   * <p>An author that has a record in flight at this index learns here that it is lost, even if the
   * term is that of the record.
   */
  void onInternalEntry(long term, long index);

  /**
   * Everything from this index on was removed from this member's log. The index was never heard as
   * committed.
   */
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

  /**
   * This member needs an entry that the leader's log does not hold any more. It stays as it is
   * until its process starts again with a snapshot that reaches at least {@code firstAvailableIndex
   * - 1}.
   */
  default void onTooFarBehind(long firstAvailableIndex) {}
}
