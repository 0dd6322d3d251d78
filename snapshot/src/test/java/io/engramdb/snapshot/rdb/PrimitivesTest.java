package io.engramdb.snapshot.rdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checksums, lengths, strings, scores, and the watch for duplicates. */
class PrimitivesTest {
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void theChecksumIsTheOneThatServersCompute() {
    byte[] digits = ascii("123456789");
    assertEquals(0xe9c6d914c4b8d9caL, RdbChecksum.update(0, digits, 0, 9));
    byte[] noise = new byte[1000];
    new Random(1).nextBytes(noise);
    long whole = RdbChecksum.update(0, noise, 0, noise.length);
    for (int cut = 0; cut <= noise.length; cut += 13) {
      long first = RdbChecksum.update(0, noise, 0, cut);
      assertEquals(whole, RdbChecksum.update(first, noise, cut, noise.length - cut));
    }
  }

  @Test
  void lengthsAndNumbersComeBackFromEverySideOfABuffer() throws IOException {
    Random random = new Random(3);
    List<Long> lengths = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RdbOutput output = new RdbOutput(bytes, false);
    for (int i = 0; i < 50_000; i++) {
      long length = random.nextLong() >>> random.nextInt(64);
      lengths.add(length);
      output.writeLength(length);
      output.writeLittle(length, 8);
      output.writeBig(length, 8);
    }
    output.flush();
    byte[] file = bytes.toByteArray();
    RdbInput input = new RdbInput(new Trickle(file, random), RdbInput.UNKNOWN_SIZE, 100);
    for (long length : lengths) {
      assertEquals(length, input.readLength());
      assertEquals(length, input.readLittle(8));
      assertEquals(length, input.readBig(8));
    }
    assertTrue(input.isAtEnd());
    assertEquals(RdbChecksum.update(0, file, 0, file.length), input.checksum());
    assertEquals(output.checksum(), input.checksum());
    assertEquals(file.length, input.offset());
  }

  @Test
  void stringsComeBackWhateverTheirForm() throws IOException {
    Random random = new Random(4);
    List<byte[]> strings = new ArrayList<>();
    for (String text : List.of("", "0", "-1", "127", "128", "-129", "32768", "2147483647", "007")) {
      strings.add(ascii(text));
    }
    strings.add(ascii("2147483648"));
    strings.add(ascii("-2147483648"));
    strings.add(ascii("abc".repeat(100_000)));
    byte[] noise = new byte[300_000];
    random.nextBytes(noise);
    strings.add(noise);
    for (boolean compresses : new boolean[] {true, false}) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      RdbOutput output = new RdbOutput(bytes, compresses);
      for (byte[] string : strings) {
        output.writeString(string);
      }
      output.flush();
      byte[] file = bytes.toByteArray();
      for (long size : new long[] {RdbInput.UNKNOWN_SIZE, file.length}) {
        RdbInput input = new RdbInput(new Trickle(file, random), size, 1 << 20);
        RdbInput blobs = new RdbInput(new ByteArrayInputStream(file), size, 1 << 20);
        RdbInput skipped = new RdbInput(new ByteArrayInputStream(file), size, 1 << 20);
        for (byte[] string : strings) {
          assertArrayEquals(string, input.readString());
          int length = blobs.readBlob();
          assertArrayEquals(string, Arrays.copyOf(blobs.blob(), length));
          skipped.skipString();
        }
        assertTrue(input.isAtEnd() && blobs.isAtEnd() && skipped.isAtEnd());
        assertEquals(output.checksum(), input.checksum());
        assertEquals(output.checksum(), skipped.checksum());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "-0, -0.0",
    "1.5, 1.5",
    ".5, 0.5",
    "+3, 3",
    "1e3, 1000",
    "1E-2, 0.01",
    "inf, Infinity",
    "-inf, -Infinity",
    "+INFINITY, Infinity",
    "17976931348623157e400, Infinity",
    "4.9406564584124654e-324, 4.9E-324"
  })
  void scoresAreRead(String text, double expected) {
    assertEquals(expected, Score.parse(ascii(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", ".", "1.2.3", "nan", "1d", "1f", "0x10", "1e", "1e+", " 1", "1 ", "in"})
  void whatIsNoScoreIsNone(String text) {
    assertTrue(Double.isNaN(Score.parse(ascii(text))), text);
  }

  @Test
  void scoresComeBackFromTheirText() {
    Random random = new Random(5);
    for (int i = 0; i < 100_000; i++) {
      double score = Double.longBitsToDouble(random.nextLong());
      if (!Double.isNaN(score)) {
        assertEquals(score, Score.parse(Score.text(score)));
      }
    }
    assertEquals("-0", new String(Score.text(-0.0), StandardCharsets.US_ASCII));
    assertEquals("3", new String(Score.text(3), StandardCharsets.US_ASCII));
  }

  @Test
  void membersAreSeenOnceAndTwice() {
    MemberSet members = new MemberSet(1_000_000);
    for (int round = 0; round < 3; round++) {
      members.clear(round == 0 ? Long.MAX_VALUE : round == 1 ? -1 : 10);
      for (int i = 0; i < 100_000; i++) {
        assertTrue(members.add(ascii("member " + i)));
      }
      for (int i = 0; i < 100_000; i++) {
        assertFalse(members.add(ascii("member " + i)));
      }
      assertTrue(members.add(ascii("member 1"), 7), "of another set");
      assertTrue(members.add(new byte[0]) && members.add(new byte[1]) && members.add(new byte[8]));
      assertFalse(members.untracked());
    }
    MemberSet few = new MemberSet(2);
    few.clear(0);
    assertTrue(few.add(ascii("a")) && few.add(ascii("b")) && few.add(ascii("a")));
    assertTrue(few.untracked());
  }

  /** Gives a few bytes at a time. */
  private static final class Trickle extends ByteArrayInputStream {
    private final Random random;

    Trickle(byte[] bytes, Random random) {
      super(bytes);
      this.random = random;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      return super.read(target, offset, Math.min(length, 1 + random.nextInt(1000)));
    }
  }
}
