package io.engramdb.node.engine.value;

import java.nio.charset.StandardCharsets;

/**
 * Name and place of an entry of a stream: milliseconds and a sequence number, both without a sign.
 */
public record StreamId(long ms, long seq) implements Comparable<StreamId> {

  public static final StreamId MIN = new StreamId(0, 0);
  public static final StreamId MAX = new StreamId(-1, -1);

  static int compare(long ms, long seq, long otherMs, long otherSeq) {
    int order = Long.compareUnsigned(ms, otherMs);
    return order != 0 ? order : Long.compareUnsigned(seq, otherSeq);
  }

  @Override
  public int compareTo(StreamId other) {
    return compare(ms, seq, other.ms, other.seq);
  }

  public boolean isZero() {
    return ms == 0 && seq == 0;
  }

  /** The id behind this one; {@link #MIN} behind {@link #MAX}. */
  public StreamId next() {
    return seq == -1 ? new StreamId(ms + 1, 0) : new StreamId(ms, seq + 1);
  }

  /** The id before this one; {@link #MAX} before {@link #MIN}. */
  public StreamId previous() {
    return seq == 0 ? new StreamId(ms - 1, -1) : new StreamId(ms, seq - 1);
  }

  /** As clients write it. */
  public byte[] text() {
    return toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(ms) + '-' + Long.toUnsignedString(seq);
  }
}
