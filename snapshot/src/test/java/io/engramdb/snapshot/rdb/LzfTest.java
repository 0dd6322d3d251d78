package io.engramdb.snapshot.rdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LzfTest {
  private static final int ROUNDS = 2000;

  private static byte[] text(Random random, int size) {
    byte[] text = new byte[size];
    int alphabet = 1 + random.nextInt(1 << random.nextInt(1, 9));
    for (int i = 0; i < size; ) {
      int back = random.nextInt(1, 9000);
      if (i > back && random.nextInt(4) == 0) {
        for (int n = random.nextInt(3, 400); n > 0 && i < size; n--, i++) {
          text[i] = text[i - back];
        }
      } else {
        text[i++] = (byte) random.nextInt(alphabet);
      }
    }
    return text;
  }

  @Test
  void whatIsCompressedBecomesWhatItWas() {
    long seed = new Random().nextInt();
    Random random = new Random(seed);
    Lzf lzf = new Lzf();
    long in = 0;
    long out = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] text = text(random, random.nextInt(20) == 0 ? 40_000 : random.nextInt(600));
      byte[] compressed = new byte[text.length + 10];
      int offset = random.nextInt(text.length + 1);
      int size = lzf.compress(text, offset, text.length - offset, compressed, text.length);
      if (size > 0) {
        byte[] again = new byte[text.length - offset];
        assertTrue(Lzf.decompress(compressed, size, again, again.length), "seed " + seed);
        assertArrayEquals(
            java.util.Arrays.copyOfRange(text, offset, text.length), again, "seed " + seed);
        in += again.length;
        out += size;
      }
    }
    assertTrue(out < in / 2, in + " bytes became " + out);
  }

  @Test
  void whatDoesNotFitIsNotCompressed() {
    byte[] noise = new byte[1000];
    new Random(1).nextBytes(noise);
    assertEquals(0, new Lzf().compress(noise, 0, 1000, new byte[1000], 996));
    assertEquals(0, new Lzf().compress(new byte[1000], 0, 1000, new byte[1000], 8));
    assertTrue(new Lzf().compress(new byte[1000], 0, 1000, new byte[1000], 20) > 0);
  }

  @Test
  void anyBytesAreDecompressedWithinBounds() {
    Random random = new Random(7);
    byte[] in = new byte[64];
    byte[] out = new byte[300];
    for (int round = 0; round < 200_000; round++) {
      random.nextBytes(in);
      Lzf.decompress(in, random.nextInt(in.length), out, random.nextInt(out.length));
    }
  }

  @Test
  void nothingExpandsMoreThanTheFactorSays() {
    // One literal, then copies of the greatest length: three bytes for 264.
    byte[] in = new byte[2 + 3 * 1000];
    for (int i = 2; i < in.length; i += 3) {
      in[i] = (byte) 0xe0;
      in[i + 1] = (byte) 0xff;
    }
    int size = 1 + 264 * 1000;
    assertTrue(Lzf.decompress(in, in.length, new byte[size], size));
    assertTrue(size <= Lzf.MAX_EXPANSION * in.length);
    assertFalse(Lzf.decompress(in, in.length, new byte[size + 1], size + 1));
    assertFalse(Lzf.decompress(in, in.length, new byte[size], size - 1));
  }
}
