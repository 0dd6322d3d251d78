package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the bits one by one. */
class BitOpsTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  private static boolean bit(byte[] bytes, long place) {
    return place >> 3 < bytes.length && (bytes[(int) (place >> 3)] >> 7 - (place & 7) & 1) != 0;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    // Long runs of equal bytes, where words are skipped at once.
    switch (random.nextInt(4)) {
      case 0 -> random.nextBytes(bytes);
      case 1 -> Arrays.fill(bytes, (byte) -1);
      default -> {}
    }
    if (length > 0 && random.nextBoolean()) {
      bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  @Test
  void countingAndFindingAgreeWithSingleBits() {
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = bytes(1 + random.nextInt(40));
      long first = random.nextInt(bytes.length * 8);
      long last = first + random.nextInt((int) (bytes.length * 8 - first));
      long ones = 0;
      long firstOne = -1;
      long firstZero = -1;
      for (long place = last; place >= first; place--) {
        boolean one = bit(bytes, place);
        ones += one ? 1 : 0;
        firstOne = one ? place : firstOne;
        firstZero = one ? firstZero : place;
      }
      assertEquals(ones, BitOps.count(bytes, first, last), "-Dseed=" + seed);
      assertEquals(firstOne, BitOps.find(bytes, true, first, last), "-Dseed=" + seed);
      assertEquals(firstZero, BitOps.find(bytes, false, first, last), "-Dseed=" + seed);
    }
  }

  @Test
  void fieldsAgreeWithLargeIntegers() {
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = bytes(20);
      int width = 1 + random.nextInt(64);
      int first = random.nextInt(160 - width);
      long value = random.nextLong() >>> 64 - width;
      byte[] before = bytes.clone();
      BitOps.put(bytes, first, width, value);
      assertEquals(value, BitOps.get(bytes, bytes.length, first, width), "-Dseed=" + seed);
      BigInteger mask =
          BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE).shiftLeft(160 - first - width);
      BigInteger rest = new BigInteger(1, before).andNot(mask);
      assertEquals(rest, new BigInteger(1, bytes).andNot(mask), "-Dseed=" + seed);
    }
  }

  @Test
  void combiningAgreesWithSingleBits() {
    for (int round = 0; round < 2000; round++) {
      byte[] first = bytes(random.nextInt(20));
      byte[] second = bytes(random.nextInt(20));
      int length = Math.max(first.length, second.length);
      for (BitOps.Operation operation : BitOps.Operation.values()) {
        if (operation == BitOps.Operation.NOT) {
          continue;
        }
        byte[] result = new byte[length];
        BitOps.combine(operation.first(), result, length, first, first.length);
        BitOps.combine(operation, result, length, second, second.length);
        for (int place = 0; place < length * 8; place++) {
          boolean a = bit(first, place);
          boolean b = bit(second, place);
          boolean expected =
              switch (operation) {
                case AND -> a && b;
                case OR -> a || b;
                default -> a != b;
              };
          assertEquals(expected, bit(result, place), operation + " -Dseed=" + seed);
        }
      }
    }
  }
}
