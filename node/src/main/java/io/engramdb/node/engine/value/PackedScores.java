package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A small sorted set in one array, in order; every look-up walks it.
 *
 * <pre>
 * for each member: score, eight bytes | length of the member | member
 * a length: seven bits a byte, the lowest first, the high bit set if another byte follows
 * </pre>
 *
 * <p>Redis keeps scores as decimal text in a listpack; as doubles they need no parsing, and take
 * less space but for small integers. Shard thread only.
 */
final class PackedScores {

  /** A packed collection never grows beyond this, whatever the configured limits are. */
  static final int MAX_BYTES = 1 << 28;

  /** Spare room after growing: one part in this many. */
  private static final int SPARE_DIVISOR = 8;

  private static final VarHandle DOUBLES =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int OBJECT_BYTES = 24;

  private byte[] bytes;
  private int usedBytes;
  private int count;

  PackedScores() {
    this(new byte[0], 0);
  }

  private PackedScores(byte[] bytes, int count) {
    this.bytes = bytes;
    this.usedBytes = bytes.length;
    this.count = count;
  }

  int count() {
    return count;
  }

  int usedBytes() {
    return usedBytes;
  }

  long sizeBytes() {
    return OBJECT_BYTES + HeapSize.ofArray(bytes.length);
  }

  PackedScores copy() {
    return new PackedScores(Arrays.copyOf(bytes, usedBytes), count);
  }

  private int next(int place) {
    int lengthAt = place + Double.BYTES;
    int length = lengthAt(lengthAt);
    return lengthAt + PackedText.lengthSize(length) + length;
  }

  double scoreAt(int place) {
    return (double) DOUBLES.get(bytes, place);
  }

  /** Place of a member, or -1. */
  int find(byte[] array, int offset, int length) {
    int place = 0;
    while (place < usedBytes) {
      int lengthAt = place + Double.BYTES;
      int there = lengthAt(lengthAt);
      int text = lengthAt + PackedText.lengthSize(there);
      if (there == length
          && Arrays.equals(bytes, text, text + there, array, offset, offset + length)) {
        return place;
      }
      place = text + there;
    }
    return -1;
  }

  /** Rank of the member at that place. */
  int rankOf(int place) {
    int rank = 0;
    for (int at = 0; at < place; at = next(at)) {
      rank++;
    }
    return rank;
  }

  /** Members below the bound. */
  int countBelow(RankBound bound) {
    int rank = 0;
    int place = 0;
    while (place < usedBytes) {
      int lengthAt = place + Double.BYTES;
      int length = lengthAt(lengthAt);
      int text = lengthAt + PackedText.lengthSize(length);
      if (!bound.isAbove(scoreAt(place), bytes, text, length)) {
        break;
      }
      rank++;
      place = text + length;
    }
    return rank;
  }

  /** Adds a member that is not there. */
  void insert(byte[] array, int offset, int length, double score) {
    int at = 0;
    while (at < usedBytes && standsBefore(at, array, offset, length, score)) {
      at = next(at);
    }
    resize(at, 0, Double.BYTES + PackedText.lengthSize(length) + length);
    // Adding 0 makes -0 plain: upstream keeps whole scores of packed sets as integers.
    DOUBLES.set(bytes, at, score + 0.0);
    writeText(at + Double.BYTES, array, offset, length);
    count++;
  }

  private boolean standsBefore(int place, byte[] array, int offset, int length, double score) {
    double there = scoreAt(place);
    if (there != score) {
      return there < score;
    }
    int lengthAt = place + Double.BYTES;
    int thereLength = lengthAt(lengthAt);
    int text = lengthAt + PackedText.lengthSize(thereLength);
    return Arrays.compareUnsigned(bytes, text, text + thereLength, array, offset, offset + length)
        < 0;
  }

  void remove(int place) {
    resize(place, next(place) - place, 0);
    count--;
  }

  /** Removes the members of some ranks. */
  void removeRange(int rank, int members) {
    int from = seek(rank);
    int to = from;
    for (int i = 0; i < members; i++) {
      to = next(to);
    }
    resize(from, to - from, 0);
    count -= members;
  }

  private int seek(int rank) {
    int place = 0;
    for (int i = 0; i < rank; i++) {
      place = next(place);
    }
    return place;
  }

  private boolean visit(int place, ScoredVisitor visitor) {
    int lengthAt = place + Double.BYTES;
    int length = lengthAt(lengthAt);
    return visitor.member(bytes, lengthAt + PackedText.lengthSize(length), length, scoreAt(place));
  }

  /** Visits members from a rank on upwards, {@code limit} of them at most. */
  void visitRange(int rank, int limit, ScoredVisitor visitor) {
    int place = seek(rank);
    for (int left = limit; left > 0 && place < usedBytes; left--) {
      if (!visit(place, visitor)) {
        return;
      }
      place = next(place);
    }
  }

  /** Visits members from a rank on downwards, {@code limit} of them at most. */
  void visitRangeBackwards(int rank, int limit, ScoredVisitor visitor) {
    int wanted = Math.min(limit, rank + 1);
    if (wanted <= 0) {
      return;
    }
    int[] places = new int[wanted];
    int place = seek(rank + 1 - wanted);
    for (int i = 0; i < wanted; i++) {
      places[i] = place;
      place = next(place);
    }
    for (int i = wanted - 1; i >= 0 && visit(places[i], visitor); i--) {}
  }

  /** The length that stands at that place. */
  private int lengthAt(int at) {
    return PackedText.lengthAt(bytes, at);
  }

  /** Writes length and bytes of a text; returns the place behind it. */
  private int writeText(int at, byte[] array, int offset, int length) {
    return PackedText.write(bytes, at, array, offset, length);
  }

  /** Makes {@code oldSize} bytes at that place {@code newSize} bytes. */
  private void resize(int at, int oldSize, int newSize) {
    int newUsed = usedBytes - oldSize + newSize;
    byte[] target = bytes;
    if (newUsed > bytes.length) {
      target = new byte[newUsed + newUsed / SPARE_DIVISOR];
      System.arraycopy(bytes, 0, target, 0, at);
    }
    System.arraycopy(bytes, at + oldSize, target, at + newSize, usedBytes - at - oldSize);
    bytes = target;
    usedBytes = newUsed;
    if (usedBytes < bytes.length / 2) {
      bytes = Arrays.copyOf(bytes, usedBytes);
    }
  }

  /** Checks order and counts. */
  void validate() {
    int found = 0;
    int before = -1;
    int place = 0;
    while (place < usedBytes) {
      if (before >= 0) {
        int lengthAt = place + Double.BYTES;
        int length = lengthAt(lengthAt);
        Invariant.check(
            standsBefore(
                before, bytes, lengthAt + PackedText.lengthSize(length), length, scoreAt(place)),
            "member %d is out of order",
            found);
      }
      before = place;
      place = next(place);
      found++;
    }
    Invariant.check(place == usedBytes, "members end at %d of %d bytes", place, usedBytes);
    Invariant.check(found == count, "found %d members, counted %d", found, count);
  }
}
