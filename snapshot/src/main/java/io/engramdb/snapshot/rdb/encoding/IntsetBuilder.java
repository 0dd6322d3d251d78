package io.engramdb.snapshot.rdb.encoding;

import java.util.Arrays;

/** Writes an intset of the smallest width that holds its numbers. */
public final class IntsetBuilder {
  private IntsetBuilder() {}

  /**
   * The intset of some numbers.
   *
   * @param numbers all different; sorted by this call
   * @param count how many of them, at least one
   */
  public static byte[] build(long[] numbers, int count) {
    Arrays.sort(numbers, 0, count);
    int width = Math.max(width(numbers[0]), width(numbers[count - 1]));
    byte[] blob = new byte[IntsetCursor.HEADER_SIZE_BYTES + count * width];
    put(blob, 0, width, 4);
    put(blob, 4, count, 4);
    for (int i = 0; i < count; i++) {
      put(blob, IntsetCursor.HEADER_SIZE_BYTES + i * width, numbers[i], width);
    }
    return blob;
  }

  private static int width(long number) {
    if (PackedBuilder.fits(number, 2)) {
      return 2;
    }
    return PackedBuilder.fits(number, 4) ? 4 : 8;
  }

  private static void put(byte[] blob, int offset, long number, int size) {
    for (int i = 0; i < size; i++) {
      blob[offset + i] = (byte) (number >> 8 * i);
    }
  }
}
