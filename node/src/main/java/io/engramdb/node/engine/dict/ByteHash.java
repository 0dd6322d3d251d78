package io.engramdb.node.engine.dict;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * A fast hash of byte ranges with a secret of this process, so that nobody can choose keys that
 * collide.
 *
 * <p>Folded 64 x 64 → 128 bit multiplication, eight bytes at a time (the idea of wyhash, Wang Yi,
 * 2019). Not stable across processes: it must never be stored or sent.
 */
public final class ByteHash {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long SECRET_A;
  private static final long SECRET_B;

  static {
    SecureRandom random = new SecureRandom();
    SECRET_A = random.nextLong() | 1;
    SECRET_B = random.nextLong() | 1;
  }

  private ByteHash() {}

  /** Hash of {@code length} bytes from {@code offset}. */
  public static int of(byte[] buffer, int offset, int length) {
    long state = SECRET_A ^ length;
    int at = offset;
    int left = length;
    while (left >= 8) {
      state = fold(state ^ (long) LONGS.get(buffer, at), SECRET_B);
      at += 8;
      left -= 8;
    }
    if (left >= 4) {
      state = fold(state ^ ((int) INTS.get(buffer, at) & 0xFFFFFFFFL), SECRET_B);
      at += 4;
      left -= 4;
    }
    long tail = 0;
    for (int i = 0; i < left; i++) {
      tail = tail << 8 | (buffer[at + i] & 0xFF);
    }
    state = fold(state ^ tail ^ ((long) left << 56), SECRET_B);
    return (int) (state ^ state >>> 32);
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }
}
