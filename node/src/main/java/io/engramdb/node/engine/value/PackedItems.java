package io.engramdb.node.engine.value;

import java.util.Arrays;

/**
 * A small collection in one array, item after item; every look-up walks it.
 *
 * <p>A text stands as its length and its bytes. A length: seven bits a byte, the lowest first, the
 * high bit set if another byte follows. Shard thread only.
 */
abstract class PackedItems {

  /** A packed collection never grows beyond this, whatever the configured limits are. */
  static final int MAX_BYTES = 1 << 28;

  private static final int CONTINUES = 0x80;
  private static final int LENGTH_BITS = 7;

  /** Spare room after growing: one part in this many. */
  private static final int SPARE_DIVISOR = 8;

  byte[] bytes;
  int usedBytes;
  int count;

  PackedItems(byte[] bytes, int count) {
    this.bytes = bytes;
    this.usedBytes = bytes.length;
    this.count = count;
  }

  final int count() {
    return count;
  }

  final int usedBytes() {
    return usedBytes;
  }

  /** The length that stands at that place. */
  final int lengthAt(int at) {
    int first = bytes[at];
    if (first >= 0) {
      return first;
    }
    int length = 0;
    int shift = 0;
    int place = at;
    int b;
    do {
      b = bytes[place++];
      length |= (b & (CONTINUES - 1)) << shift;
      shift += LENGTH_BITS;
    } while ((b & CONTINUES) != 0);
    return length;
  }

  /** Bytes that a length takes. */
  static int lengthSize(int length) {
    int size = 1;
    for (int rest = length >>> LENGTH_BITS; rest != 0; rest >>>= LENGTH_BITS) {
      size++;
    }
    return size;
  }

  /** Writes length and bytes of a text; returns the place behind it. */
  final int writeText(int at, byte[] array, int offset, int length) {
    int place = at;
    int rest = length;
    while (rest >= CONTINUES) {
      bytes[place++] = (byte) (rest | CONTINUES);
      rest >>>= LENGTH_BITS;
    }
    bytes[place++] = (byte) rest;
    System.arraycopy(array, offset, bytes, place, length);
    return place + length;
  }

  /** Makes {@code oldSize} bytes at that place {@code newSize} bytes. */
  final void resize(int at, int oldSize, int newSize) {
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
}
