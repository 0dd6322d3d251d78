package io.engramdb.node.session;

import io.engramdb.node.command.ReplyBuffer;

/**
 * The replies of one client in request order, each with what it waits for.
 *
 * <p>All bytes stand in one buffer; a ring of segments says from which byte on what must be true: a
 * record committed, and for reads without a valid lease another one. Bytes before the first segment
 * wait for nothing. Neighbours that wait for the same share a segment, so a pipeline of a thousand
 * writes costs one. Shard thread only.
 */
final class ReplyQueue {

  private static final int INITIAL_SEGMENTS = 4;

  /** Longs per segment: start position, needed record, record that replaces the lease. */
  private static final int FIELDS = 3;

  private final ReplyBuffer buffer = new ReplyBuffer();
  private long[] segments = new long[INITIAL_SEGMENTS * FIELDS];
  private int first;
  private int count;

  /** Bytes that have left; positions count from the connection's beginning. */
  private long takenBytes;

  ReplyBuffer buffer() {
    return buffer;
  }

  /** Bytes of replies that have not left. */
  int sizeBytes() {
    return buffer.sizeBytes();
  }

  boolean isEmpty() {
    return buffer.sizeBytes() == 0;
  }

  /** Where the next reply will begin. */
  long endPosition() {
    return takenBytes + buffer.sizeBytes();
  }

  private int at(int segment) {
    return (first + segment) * FIELDS % segments.length;
  }

  /**
   * Closes the reply that was written from that position on.
   *
   * @param needed record that must be committed; 0 for none
   * @param leaseBarrier record whose commit replaces a valid lease; 0 if no lease is needed
   */
  void close(long startPosition, long needed, long leaseBarrier) {
    if (count == 0) {
      if (needed == 0 && leaseBarrier == 0) {
        return;
      }
    } else {
      int last = at(count - 1);
      if (segments[last + 1] == needed && segments[last + 2] == leaseBarrier) {
        return;
      }
    }
    if (count * FIELDS == segments.length) {
      grow();
    }
    int next = at(count++);
    segments[next] = startPosition;
    segments[next + 1] = needed;
    segments[next + 2] = leaseBarrier;
  }

  private void grow() {
    long[] larger = new long[segments.length * 2];
    for (int i = 0; i < count; i++) {
      System.arraycopy(segments, at(i), larger, i * FIELDS, FIELDS);
    }
    segments = larger;
    first = 0;
  }

  /** A valid lease was seen after everything here had executed. */
  void leaseSeen() {
    for (int i = 0; i < count; i++) {
      segments[at(i) + 2] = 0;
    }
  }

  /** Bytes from the start that may leave now. */
  int releasable(long committedSequence) {
    while (count > 0) {
      int head = at(0);
      if (segments[head + 1] > committedSequence || segments[head + 2] > committedSequence) {
        return (int) (segments[head] - takenBytes);
      }
      first = (first + 1) % (segments.length / FIELDS);
      count--;
    }
    return buffer.sizeBytes();
  }

  /** The record that the oldest waiting reply needs next; only if something waits. */
  long awaited(long committedSequence) {
    int head = at(0);
    long needed = segments[head + 1];
    return needed > committedSequence ? needed : segments[head + 2];
  }

  /** Whether replies wait for a record. */
  boolean isWaiting() {
    return count > 0;
  }

  /** The first bytes have left. */
  void take(int bytes) {
    buffer.take(bytes);
    takenBytes += bytes;
  }

  /** All bytes have left together with the buffer's array. */
  void tookDetached(int bytes) {
    takenBytes += bytes;
  }

  /** Throws away everything that has not left. */
  void clear() {
    take(buffer.sizeBytes());
    count = 0;
    first = 0;
  }
}
