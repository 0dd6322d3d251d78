package io.engramdb.node.engine.value;

import io.engramdb.node.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of a group with what it has not acknowledged. When it was seen and active is known
 * exactly on the primary; a replica knows only the times of records that tell of it.
 */
public final class StreamConsumer {

  static final int OWN_BYTES = 160;

  private final Bytes name;
  final IdIndex<PendingEntry> pending = new IdIndex<>();

  /** When it last asked for something, Unix milliseconds. */
  public long seenMs;

  /** When it last got something, Unix milliseconds; -1 for never. */
  public long activeMs = -1;

  StreamConsumer(Bytes name, long nowMs) {
    this.name = name;
    this.seenMs = nowMs;
  }

  public Bytes name() {
    return name;
  }

  public int pendingCount() {
    return pending.size();
  }

  /** The first entry from that id on that it has not acknowledged, or null. */
  public @Nullable PendingEntry firstPending(StreamId from) {
    return pending.ceiling(from.ms(), from.seq());
  }
}
