package io.engramdb.node.engine.value;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Operations on the bits of byte arrays; bit 0 is the highest of the first byte. Eight bytes at a
 * time where it matters.
 */
public final class BitOps {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private BitOps() {}

  /** How two strings of bits are combined. */
  public enum Operation {
    AND,
    OR,
    XOR,
    NOT;

    /** What has the same effect on the first of several, into zeros. */
    public Operation first() {
      return this == NOT ? NOT : OR;
    }
  }

  /**
   * Combines a result with one more source, which ends in zeros if it is shorter.
   *
   * @param length bytes of the result
   * @param size bytes of the source that count
   */
  public static void combine(
      Operation operation, byte[] result, int length, byte[] source, int size) {
    switch (operation) {
      case AND -> {
        for (int i = 0; i < size; i++) {
          result[i] &= source[i];
        }
        Arrays.fill(result, size, length, (byte) 0);
      }
      case OR -> {
        for (int i = 0; i < size; i++) {
          result[i] |= source[i];
        }
      }
      case XOR -> {
        for (int i = 0; i < size; i++) {
          result[i] ^= source[i];
        }
      }
      case NOT -> {
        for (int i = 0; i < size; i++) {
          result[i] = (byte) ~source[i];
        }
      }
    }
  }

  /** Ones from one bit to another, both included. */
  public static long count(byte[] bytes, long firstBit, long lastBit) {
    int from = (int) (firstBit >> 3);
    int to = (int) (lastBit >> 3);
    long ones = 0;
    int at = from;
    for (; at + Long.BYTES <= to + 1; at += Long.BYTES) {
      ones += Long.bitCount((long) LONGS.get(bytes, at));
    }
    for (; at <= to; at++) {
      ones += Integer.bitCount(bytes[at] & 0xFF);
    }
    int before = bytes[from] & 0xFF & ~(0xFF >> (firstBit & 7));
    int behind = bytes[to] & (1 << 7 - (lastBit & 7)) - 1;
    return ones - Integer.bitCount(before) - Integer.bitCount(behind);
  }

  /** The first bit of that kind from one bit to another, both included; -1 if there is none. */
  public static long find(byte[] bytes, boolean one, long firstBit, long lastBit) {
    long bit = firstBit;
    while (bit <= lastBit && (bit & 7) != 0) {
      if (isOne(bytes, bit) == one) {
        return bit;
      }
      bit++;
    }
    int skipped = one ? 0 : 0xFF;
    int to = (int) (lastBit >> 3);
    int at = (int) (bit >> 3);
    long skippedLong = one ? 0 : -1;
    while (at + Long.BYTES <= to && (long) LONGS.get(bytes, at) == skippedLong) {
      at += Long.BYTES;
    }
    while (at < to && (bytes[at] & 0xFF) == skipped) {
      at++;
    }
    for (bit = Math.max(bit, (long) at << 3); bit <= lastBit; bit++) {
      if (isOne(bytes, bit) == one) {
        return bit;
      }
    }
    return -1;
  }

  private static boolean isOne(byte[] bytes, long bit) {
    return (bytes[(int) (bit >> 3)] >> 7 - (int) (bit & 7) & 1) != 0;
  }

  /** The unsigned number of that many bits; what lies behind {@code length} bytes is zero. */
  public static long get(byte[] bytes, int length, long firstBit, int bits) {
    long value = 0;
    for (long bit = firstBit; bit < firstBit + bits; bit++) {
      boolean one = bit >> 3 < length && isOne(bytes, bit);
      value = value << 1 | (one ? 1 : 0);
    }
    return value;
  }

  /** Writes the low bits of a number. */
  public static void put(byte[] bytes, long firstBit, int bits, long value) {
    for (int i = 0; i < bits; i++) {
      long bit = firstBit + i;
      int at = (int) (bit >> 3);
      int mask = 1 << 7 - (int) (bit & 7);
      boolean one = (value >> bits - 1 - i & 1) != 0;
      bytes[at] = (byte) (one ? bytes[at] | mask : bytes[at] & ~mask);
    }
  }
}
