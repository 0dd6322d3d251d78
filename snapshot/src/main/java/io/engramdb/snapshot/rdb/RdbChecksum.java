package io.engramdb.snapshot.rdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * CRC-64 as RDB files use it: Jones' polynomial 0xad93d23594c935a9, reflected, starting from 0,
 * nothing at the end. Eight bytes at a time through eight tables ("slicing by 8", Kounavis and
 * Berry, 2005): one look-up per byte, but all of them at once.
 */
public final class RdbChecksum {
  private static final long REFLECTED_POLYNOMIAL = 0x95ac9329ac4bc9b5L;
  private static final int SLICES = 8;
  private static final long[][] TABLES = tables();
  private static final VarHandle LITTLE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private RdbChecksum() {}

  /** The checksum of what was summed before and these bytes after it; 0 of nothing. */
  public static long update(long checksum, byte[] bytes, int offset, int length) {
    long sum = checksum;
    int at = offset;
    int end = offset + length;
    long[] t0 = TABLES[0];
    long[] t1 = TABLES[1];
    long[] t2 = TABLES[2];
    long[] t3 = TABLES[3];
    long[] t4 = TABLES[4];
    long[] t5 = TABLES[5];
    long[] t6 = TABLES[6];
    long[] t7 = TABLES[7];
    for (; end - at >= SLICES; at += SLICES) {
      long word = sum ^ (long) LITTLE_LONG.get(bytes, at);
      sum =
          t7[(int) word & 0xff]
              ^ t6[(int) (word >>> 8) & 0xff]
              ^ t5[(int) (word >>> 16) & 0xff]
              ^ t4[(int) (word >>> 24) & 0xff]
              ^ t3[(int) (word >>> 32) & 0xff]
              ^ t2[(int) (word >>> 40) & 0xff]
              ^ t1[(int) (word >>> 48) & 0xff]
              ^ t0[(int) (word >>> 56)];
    }
    for (; at < end; at++) {
      sum = t0[(int) (sum ^ bytes[at]) & 0xff] ^ sum >>> 8;
    }
    return sum;
  }

  private static long[][] tables() {
    long[][] tables = new long[SLICES][256];
    for (int i = 0; i < 256; i++) {
      long sum = i;
      for (int bit = 0; bit < 8; bit++) {
        sum = (sum & 1) == 0 ? sum >>> 1 : sum >>> 1 ^ REFLECTED_POLYNOMIAL;
      }
      tables[0][i] = sum;
    }
    for (int slice = 1; slice < SLICES; slice++) {
      for (int i = 0; i < 256; i++) {
        long before = tables[slice - 1][i];
        tables[slice][i] = tables[0][(int) before & 0xff] ^ before >>> 8;
      }
    }
    return tables;
  }
}
