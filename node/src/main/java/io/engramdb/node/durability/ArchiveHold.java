package io.engramdb.node.durability;

import java.util.function.LongSupplier;

/**
 * How far a node's log may be cut because it is archived up to there. The thread of the archive
 * says how far it is, the shard's thread asks when it cuts.
 */
public final class ArchiveHold {

  private final LongSupplier limitBytes;
  private final long markEveryMs;
  private volatile long index = -1;
  private volatile boolean asked;
  private volatile boolean letGo;

  /**
   * A hold.
   *
   * @param limitBytes a log of more is cut all the same
   * @param markEveryMs a primary that writes nothing for so long writes the time
   */
  public ArchiveHold(LongSupplier limitBytes, long markEveryMs) {
    this.limitBytes = limitBytes;
    this.markEveryMs = markEveryMs;
  }

  /**
   * Whether the log has to be cut although it is not archived.
   *
   * @param logBytes on disk
   * @param ownBytes that the shard's log may have without any archive; a limit below that would
   *     hold nothing
   */
  boolean isFull(long logBytes, long ownBytes, boolean diskLow) {
    if (diskLow) {
      return true;
    }
    // Before the archive was looked at once nobody knows that it lags.
    return asked && logBytes > Math.max(limitBytes.getAsLong(), ownBytes);
  }

  long markEveryMs() {
    return markEveryMs;
  }

  /** Newest index that is archived; -1 if that is not known, or there is nothing. */
  long index() {
    return index;
  }

  /** The archive was looked at, or could not be. */
  void asked() {
    asked = true;
  }

  void archived(long newIndex) {
    index = newIndex;
  }

  /** Whether the log was cut last although it is not archived. */
  boolean hasLetGo() {
    return letGo;
  }

  void letGo(boolean now) {
    letGo = now;
  }
}
