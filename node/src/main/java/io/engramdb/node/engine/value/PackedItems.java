package io.engramdb.node.engine.value;

import java.util.Arrays;

/**
 * A small collection in one array, item after item; every look-up walks it.
 *
 * <p>Texts stand as {@link PackedText} writes them. Shard thread only.
 */
abstract class PackedItems {

  /** A packed collection never grows beyond this, whatever the configured limits are. */
  static final int MAX_BYTES = 1 << 28;

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
    return PackedText.lengthAt(bytes, at);
  }

  /** Writes length and bytes of a text; returns the place behind it. */
  final int writeText(int at, byte[] array, int offset, int length) {
    return PackedText.write(bytes, at, array, offset, length);
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
