package io.engramdb.txlog.api;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One shard's replicated log, seen from one member.
 *
 * <p>Guarantees:
 *
 * <ul>
 *   <li><b>Durable.</b> A record is committed only when it is on the disks of a majority of voters.
 *   <li><b>Ordered.</b> Every member hears the same committed records in the same order, without
 *       gaps; records of one epoch in the order of their sequence numbers.
 *   <li><b>Fenced.</b> A record is appended only while the node leads the term that equals the
 *       record's epoch, and only if its sequence number follows the previous one of that epoch (the
 *       first is 1). If one proposal of an epoch is refused, all later ones of that epoch are.
 *   <li><b>Position known at once.</b> A proposal that was accepted has its position when the call
 *       returns. Later it is either heard as committed with that same position, or contradicted:
 *       {@link LogListener#onTruncated}, or another term heard at that index.
 * </ul>
 *
 * <p>There is no read index: a reader that needs proof of leadership waits for a record of its own.
 */
public interface TxLog extends AutoCloseable {

  /**
   * Appends one record to this node's log and starts its replication.
   *
   * <p>Called by one thread, the shard's; it does not block on disk or network. Must not be called
   * while a transfer of leadership runs.
   *
   * @param epoch the term that the caller leads, as told by {@link LogListener#onLeaderReady}
   * @param sequence 1 for the first record of an epoch, then without gaps
   * @param payload array that holds the record's bytes; it belongs to the log from here on and must
   *     not be changed
   * @param offset first byte
   * @param length number of bytes, at most {@link #MAX_RECORD_BYTES}
   * @param position filled with the record's position if the result is {@link
   *     ProposeResult#APPENDED}
   */
  ProposeResult propose(
      long epoch,
      long sequence,
      RecordKind kind,
      byte[] payload,
      int offset,
      int length,
      PositionHolder position);

  /** Largest payload of one record, in bytes; larger effect runs are split by the caller. */
  int MAX_RECORD_BYTES = 1 << 20;

  /**
   * Starts the member. The listener hears every committed entry after {@link
   * TxLogConfig#snapshot()}, or all of them if there is none.
   *
   * @throws MemberDirectoryException if directory, identity or log are not what they must be;
   *     nothing was changed then
   */
  void start(LogListener listener) throws IOException;

  /**
   * As {@link #start(LogListener)}, behind a snapshot that became known only now.
   *
   * @param snapshot takes the place of {@link TxLogConfig#snapshot()}
   */
  void start(LogListener listener, LogPosition snapshot) throws IOException;

  /**
   * What this member knows about leadership just now; for display and routing, never as a proof.
   */
  LogStatus status();

  /**
   * Hands leadership to another member.
   *
   * @param target the member to lead, or null for "anyone but me" (step down)
   * @return completes normally when this node no longer leads, exceptionally if it still does
   */
  CompletableFuture<Void> transferLeadership(@Nullable String target, long timeoutMs);

  /**
   * Reads committed records again, in order, for a rebuild; runs on the caller's thread, which must
   * not be the shard's.
   *
   * @param firstIndex first index wanted
   * @param lastIndex last index wanted, inclusive; at most what this member heard as committed
   * @throws IOException if a record is no longer in the log or can't be read
   */
  void replay(long firstIndex, long lastIndex, ReplayConsumer consumer) throws IOException;

  /**
   * Allows the log to forget everything up to an index; it keeps more if it likes.
   *
   * @param lastIndex last index that is no longer needed, inclusive
   */
  void purge(long lastIndex);

  /**
   * Replaces the members of the log, one voter at a time, as the consensus protocol demands.
   *
   * @return completes when the new membership is committed
   */
  CompletableFuture<Void> changeMembers(List<Member> members);

  /** Leaves the group without handing over; idempotent. */
  @Override
  void close();

  /** Receives records read again by {@link #replay}. */
  @FunctionalInterface
  interface ReplayConsumer {
    /** One record; the array belongs to the receiver. */
    void record(long term, long index, RecordKind kind, byte[] payload);
  }

  /** Out-parameter of {@link #propose}, so that a proposal allocates nothing for its answer. */
  final class PositionHolder {
    public long term;
    public long index;
  }
}
