package io.engramdb.snapshot.rdb;

/**
 * Id of a stream entry. Both numbers are unsigned.
 *
 * @param ms milliseconds
 * @param sequence number within the millisecond
 */
public record StreamId(long ms, long sequence) implements Comparable<StreamId> {
  /** The id before all others. */
  public static final StreamId ZERO = new StreamId(0, 0);

  /** The id after all others. */
  public static final StreamId MAX = new StreamId(-1, -1);

  @Override
  public int compareTo(StreamId other) {
    return compare(ms, sequence, other.ms, other.sequence);
  }

  /** Order of two ids. */
  public static int compare(long ms, long sequence, long otherMs, long otherSequence) {
    int byMs = Long.compareUnsigned(ms, otherMs);
    return byMs != 0 ? byMs : Long.compareUnsigned(sequence, otherSequence);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(ms) + '-' + Long.toUnsignedString(sequence);
  }
}
