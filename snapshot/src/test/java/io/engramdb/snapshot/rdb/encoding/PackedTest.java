package io.engramdb.snapshot.rdb.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builders and cursors of packed blobs against each other, and cursors against damage. */
class PackedTest {
  private static PackedBuilder builder(boolean ziplist) {
    return ziplist ? new ZiplistBuilder() : new ListpackBuilder();
  }

  private static PackedCursor cursor(boolean ziplist) {
    return ziplist ? new ZiplistCursor() : new ListpackCursor();
  }

  private static List<byte[]> walk(PackedCursor cursor, byte[] blob) throws PackedException {
    cursor.open(blob, blob.length);
    int count = cursor.count();
    List<byte[]> elements = new ArrayList<>();
    while (cursor.next()) {
      elements.add(cursor.bytes());
    }
    assertEquals(count, elements.size());
    return elements;
  }

  private static void assertSame(List<byte[]> expected, List<byte[]> elements) {
    assertEquals(expected.size(), elements.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), elements.get(i));
    }
  }

  /** Every number near a place where encodings change, and texts of every kind of length. */
  private static List<byte[]> corners() {
    List<byte[]> all = new ArrayList<>();
    for (int bits = 0; bits < 64; bits++) {
      for (long near = -2; near <= 2; near++) {
        all.add(Decimal.bytes((1L << bits) + near));
        all.add(Decimal.bytes(-(1L << bits) + near));
      }
    }
    for (int i = -20; i < 20; i++) {
      all.add(Decimal.bytes(i));
    }
    for (int size : new int[] {0, 1, 63, 64, 120, 125, 126, 127, 250, 253, 254, 4095, 4096}) {
      all.add("t".repeat(size).getBytes());
    }
    for (int size : new int[] {16_370, 16_383, 16_384, 70_000, 2_097_150}) {
      all.add("t".repeat(size).getBytes());
    }
    for (String text : List.of("-0", "00", "-", "9223372036854775808", "+1", "1a", "-01")) {
      all.add(text.getBytes());
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void elementsComeBack(boolean ziplist) throws PackedException {
    List<byte[]> expected = corners();
    PackedBuilder builder = builder(ziplist);
    for (int round = 0; round < 2; round++) {
      builder.clear();
      expected.forEach(builder::append);
      builder.finish();
      assertEquals(expected.size(), builder.count());
      assertSame(expected, walk(cursor(ziplist), builder.toByteArray()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void moreElementsThanTheHeaderCountsAreWalked(boolean ziplist) throws PackedException {
    PackedBuilder builder = builder(ziplist);
    for (int i = 0; i < 70_000; i++) {
      builder.append(i);
    }
    builder.finish();
    assertEquals(70_000, walk(cursor(ziplist), builder.toByteArray()).size());
  }

  @Test
  void intsetsTakeTheSmallestWidth() throws PackedException {
    long[][] sets = {
      {3, -1, 2}, {70_000, 1}, {Long.MIN_VALUE, Long.MAX_VALUE, 0}, {32_767}, {32_768}
    };
    int[] widths = {2, 4, 8, 2, 4};
    for (int i = 0; i < sets.length; i++) {
      byte[] blob = IntsetBuilder.build(sets[i].clone(), sets[i].length);
      assertEquals(8 + widths[i] * sets[i].length, blob.length);
      List<byte[]> expected = Arrays.stream(sets[i]).sorted().mapToObj(Decimal::bytes).toList();
      assertSame(expected, walk(new IntsetCursor(), blob));
    }
  }

  @Test
  void decimalTextsAreNumbersOnlyInTheirOneForm() {
    Random random = new Random(6);
    BigInteger low = BigInteger.valueOf(Long.MIN_VALUE);
    BigInteger high = BigInteger.valueOf(Long.MAX_VALUE);
    for (int i = 0; i < 200_000; i++) {
      BigInteger number = new BigInteger(random.nextInt(1, 70), random);
      if (random.nextBoolean()) {
        number = number.negate();
      }
      byte[] text = number.toString().getBytes();
      boolean fits = number.compareTo(low) >= 0 && number.compareTo(high) <= 0;
      assertEquals(fits, Decimal.isNumber(text), number::toString);
      if (fits) {
        assertEquals(number.longValue(), Decimal.parse(text));
        assertArrayEquals(text, Decimal.bytes(number.longValue()));
      }
    }
    for (String text : List.of("", "-", "-0", "00", "01", "+1", "1 ", "1.0", "--1")) {
      assertFalse(Decimal.isNumber(text.getBytes()), text);
    }
  }

  /** Small blobs of all kinds. */
  private static List<byte[]> samples() {
    List<byte[]> samples = new ArrayList<>();
    for (boolean ziplist : new boolean[] {true, false}) {
      PackedBuilder builder = builder(ziplist);
      for (String text : List.of("field", "1", "-70000", "x".repeat(70), "99999999999", "")) {
        builder.append(text.getBytes());
      }
      builder.finish();
      samples.add(builder.toByteArray());
    }
    samples.add(IntsetBuilder.build(new long[] {1, 5, 100_000}, 3));
    samples.add(new byte[] {1, 2, 'a', 'b', 3, 1, 'x', 'y', 'z', 0, (byte) 0xff});
    return samples;
  }

  private static List<PackedCursor> cursors() {
    return List.of(
        new ZiplistCursor(), new ListpackCursor(), new IntsetCursor(), new ZipmapCursor());
  }

  @Test
  void zipmapsAreFieldsAndValues() throws PackedException {
    List<byte[]> elements = walk(new ZipmapCursor(), samples().get(3));
    assertSame(List.of("ab".getBytes(), "xyz".getBytes()), elements);
  }

  @Test
  void aCutBlobIsRefusedWhereverItIsCut() {
    for (int kind = 0; kind < 4; kind++) {
      byte[] blob = samples().get(kind);
      PackedCursor cursor = cursors().get(kind);
      for (int size = 0; size < blob.length; size++) {
        byte[] cut = Arrays.copyOf(blob, size);
        assertThrows(PackedException.class, () -> walk(cursor, cut), "size " + size);
      }
      byte[] longer = Arrays.copyOf(blob, blob.length + 1);
      assertThrows(PackedException.class, () -> walk(cursor, longer));
    }
  }

  @Test
  void anyDamageEndsInAFaultOrInElements() {
    Random random = new Random(8);
    for (int round = 0; round < 300_000; round++) {
      int kind = round % 4;
      byte[] blob = samples().get(kind).clone();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        blob[random.nextInt(blob.length)] = (byte) random.nextInt();
      }
      PackedCursor cursor = cursors().get(random.nextInt(50) == 0 ? random.nextInt(4) : kind);
      try {
        int elements = walk(cursor, blob).size();
        assertTrue(elements <= blob.length);
      } catch (PackedException e) {
        assertTrue(e.offset() >= 0 && e.offset() <= blob.length, e::getMessage);
      }
    }
  }
}
