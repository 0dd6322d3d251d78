package io.engramdb.snapshot.rdb;

import java.util.Arrays;

/**
 * LZF, the compression of strings in RDB files. A control byte below 32 is followed by that many
 * literal bytes and one more. Else its upper three bits are a length (7: the next byte is added),
 * its lower five bits and one more byte a distance less one; so many bytes and two more are copied
 * from there, one after the other, so that a copy may reach into what it writes itself.
 *
 * <p>The compressor remembers for each hash of three bytes where they stood last, as LZ77 in its
 * simplest form does: one look back per position, cost linear in the input. One thread per
 * instance.
 */
final class Lzf {
  /** A control byte and what belongs to it become at most this many times their size. */
  static final int MAX_EXPANSION = 88;

  private static final int MAX_LITERALS = 32;
  private static final int MAX_DISTANCE = 1 << 13;
  private static final int MIN_MATCH = 3;
  private static final int MAX_MATCH = 264;
  private static final int LONG_LENGTH = 7;
  private static final int HASH_BITS = 14;

  /** Where a hash was seen last, plus {@link #base}; smaller numbers are of earlier inputs. */
  private final int[] lastPosition = new int[1 << HASH_BITS];

  private int base = 1;

  /**
   * Decompresses.
   *
   * @return true if the input is whole and became exactly {@code outSize} bytes
   */
  static boolean decompress(byte[] in, int inSize, byte[] out, int outSize) {
    int from = 0;
    int to = 0;
    while (from < inSize) {
      int control = in[from++] & 0xff;
      if (control < MAX_LITERALS) {
        int literals = control + 1;
        if (literals > inSize - from || literals > outSize - to) {
          return false;
        }
        System.arraycopy(in, from, out, to, literals);
        from += literals;
        to += literals;
        continue;
      }
      int length = control >> 5;
      if (inSize - from < (length == LONG_LENGTH ? 2 : 1)) {
        return false;
      }
      if (length == LONG_LENGTH) {
        length += in[from++] & 0xff;
      }
      length += 2;
      int distance = ((control & 0x1f) << 8 | in[from++] & 0xff) + 1;
      if (distance > to || length > outSize - to) {
        return false;
      }
      copyWithin(out, to, distance, length);
      to += length;
    }
    return to == outSize;
  }

  private static void copyWithin(byte[] out, int to, int distance, int length) {
    if (distance >= length) {
      System.arraycopy(out, to - distance, out, to, length);
    } else if (distance == 1) {
      Arrays.fill(out, to, to + length, out[to - 1]);
    } else {
      for (int i = 0; i < length; i++) {
        out[to + i] = out[to + i - distance];
      }
    }
  }

  /**
   * Compresses if that makes it small enough.
   *
   * @param out where to; bytes beyond the result may change too
   * @param maxSize most bytes that the result may have
   * @return bytes of the result, or 0 if it would be longer
   */
  int compress(byte[] in, int inOffset, int inSize, byte[] out, int maxSize) {
    if (base > Integer.MAX_VALUE - inSize) {
      Arrays.fill(lastPosition, 0);
      base = 1;
    }
    int size = compressFrom(base - inOffset, in, inOffset, inOffset + inSize, out, maxSize);
    base += inSize;
    return Math.max(0, size);
  }

  private int compressFrom(int bias, byte[] in, int start, int end, byte[] out, int maxSize) {
    int at = start;
    int literalStart = at;
    int to = 0;
    while (at <= end - MIN_MATCH) {
      int slot = hash(in, at);
      int before = lastPosition[slot] - bias;
      lastPosition[slot] = at + bias;
      boolean usable = before >= start && at - before <= MAX_DISTANCE;
      int length = usable ? matchLength(in, before, at, end) : 0;
      if (length < MIN_MATCH) {
        at++;
        continue;
      }
      to = literals(in, literalStart, at, out, to, maxSize);
      if (to < 0 || to + 3 > maxSize) {
        return -1;
      }
      to = match(at - before - 1, length - 2, out, to);
      // What lies within the match may be the start of a later one.
      int stop = Math.min(at + length, end - MIN_MATCH + 1);
      for (int i = at + 1; i < stop; i++) {
        lastPosition[hash(in, i)] = i + bias;
      }
      at += length;
      literalStart = at;
    }
    return literals(in, literalStart, end, out, to, maxSize);
  }

  private static int hash(byte[] in, int at) {
    int three = (in[at] & 0xff) << 16 | (in[at + 1] & 0xff) << 8 | in[at + 2] & 0xff;
    return three * 0x9E3779B1 >>> Integer.SIZE - HASH_BITS;
  }

  private static int matchLength(byte[] in, int before, int at, int end) {
    int longest = Math.min(MAX_MATCH, end - at);
    int same = Arrays.mismatch(in, before, before + longest, in, at, at + longest);
    return same < 0 ? longest : same;
  }

  private static int match(int distance, int length, byte[] out, int offset) {
    int to = offset;
    if (length < LONG_LENGTH) {
      out[to++] = (byte) (length << 5 | distance >> 8);
    } else {
      out[to++] = (byte) (LONG_LENGTH << 5 | distance >> 8);
      out[to++] = (byte) (length - LONG_LENGTH);
    }
    out[to++] = (byte) distance;
    return to;
  }

  /** Writes literal bytes in runs; -1 if there is no room for them. */
  private static int literals(byte[] in, int from, int end, byte[] out, int offset, int maxSize) {
    int to = offset;
    for (int at = from; at < end; ) {
      int run = Math.min(MAX_LITERALS, end - at);
      if (run + 1 > maxSize - to) {
        return -1;
      }
      out[to++] = (byte) (run - 1);
      System.arraycopy(in, at, out, to, run);
      to += run;
      at += run;
    }
    return to;
  }
}
