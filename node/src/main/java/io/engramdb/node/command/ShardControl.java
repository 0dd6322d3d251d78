package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Port: what an administrator's command may ask of the shard and its process. Implemented by the
 * wiring. Shard thread only; nothing here blocks.
 */
public interface ShardControl {

  /**
   * How many other voters are known to have this record on disk; 0 if the record was lost with its
   * epoch. For WAIT.
   */
  int copiesElsewhere(long epoch, long sequence);

  /** Whether this record is on this node's own disk. For WAITAOF. */
  boolean onOwnDisk(long epoch, long sequence);

  /**
   * Begins a planned hand-over and returns; {@link ShardStatus#failover} shows its progress. Only
   * on the primary and while none is running.
   *
   * @param target the voter to hand over to, null for the one that is furthest
   * @param timeoutMs give up after that time and stay primary; 0: no limit
   * @param force hand over at the time-out even if the target is behind (no committed write is lost
   *     by it, because a voter that lacks one is not elected)
   */
  void startFailover(@Nullable ShardMember target, long timeoutMs, boolean force);

  /**
   * Gives up a hand-over.
   *
   * @return false if none is running
   */
  boolean abortFailover();

  /**
   * Begins to stop this process and returns. A primary hands over first.
   *
   * @param now do not wait for others: skip the hand-over
   * @param force stop even if something can't be ended in order
   */
  void startShutdown(boolean now, boolean force);

  /**
   * Takes a shutdown back.
   *
   * @return false if none is running, or if it has gone too far
   */
  boolean abortShutdown();

  /**
   * Begins a snapshot and returns; {@link ShardStatus#snapshots} shows its progress.
   *
   * @return null, or why none can be made just now
   */
  default @Nullable String startSnapshot() {
    return "this node keeps no snapshots";
  }

  /**
   * Makes this client a replica of another make: it is sent a snapshot, then every change.
   *
   * @return null, or why it can't be
   */
  default @Nullable String replicateTo(ClientState client) {
    return "this node keeps no snapshots";
  }

  /** Whether keys expire in the background, and not only when somebody meets them. */
  default void expireInBackground(boolean on) {}

  /** Stops, or lets go on, what the shard does in the background: expiry and resizing. */
  default void pauseBackground(boolean paused) {}

  /** Lets scripts call what scripts must not call. */
  default void allowAllInScripts(boolean on) {}

  /** What became of {@link #reload}. */
  enum Reload {
    DONE,
    /** Records are on their way, or a snapshot runs. */
    NOT_YET,
    /** What is on disk can't be read; memory is as it was. */
    FAILED
  }

  /**
   * Makes the memory of a primary anew from its newest snapshot and the log behind it, while
   * everything stands still.
   */
  default Reload reload() {
    return Reload.FAILED;
  }

  /**
   * When something was read.
   *
   * @param newest the newest record then, sent or not: what was read may come from it
   * @param next the first record that was submitted later
   */
  record ReadPoint(long newest, long next) {}

  /** For {@link #mayTell}: now. */
  default ReadPoint readPoint() {
    return new ReadPoint(0, 0);
  }

  /**
   * Whether what was read then may leave this node by another way than a reply: the newest record
   * is committed and the lease is valid now, or the next one is committed, which shows as well that
   * nobody else was primary when it was read. If not, it soon will be. Only in the same term.
   */
  default boolean mayTell(ReadPoint point) {
    return true;
  }

  /** Requests that may change these keys wait until {@link #releaseKeys}. */
  default void holdKeys(int database, List<Bytes> keys) {}

  /** The end of {@link #holdKeys}. */
  default void releaseKeys(int database, List<Bytes> keys) {}

  /** Whether a shutdown is running. */
  boolean shuttingDown();
}
