package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StringValueTest {

  private static StringValue of(String text) {
    return new StringValue(text.getBytes(StandardCharsets.UTF_8), 0, text.length());
  }

  private static void assign(StringValue value, String text) {
    value.assign(text.getBytes(StandardCharsets.UTF_8), 0, text.length());
  }

  private static String text(StringValue value) {
    return new String(value.array(), 0, value.length(), StandardCharsets.UTF_8);
  }

  @Test
  void aValueThatFitsIsOverwrittenInPlace() {
    StringValue value = of("hello");
    byte[] array = value.array();
    assign(value, "world");
    assertSame(array, value.array());
    assign(value, "hi");
    assertSame(array, value.array());
    assertEquals("hi", text(value));
    value.assignLong(12345);
    assertSame(array, value.array());
    assertEquals(12345, value.longValue());
  }

  @Test
  void aMuchShorterValueGivesTheMemoryBack() {
    StringValue value = of("x".repeat(10_000));
    byte[] array = value.array();
    assign(value, "short");
    assertNotSame(array, value.array());
    assertTrue(value.sizeBytes() < 100);
  }

  @Test
  void randomChangesAgreeWithAPlainArray() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    StringValue value = of("");
    byte[] model = new byte[0];
    for (int i = 0; i < 20_000; i++) {
      byte[] source = new byte[random.nextInt(200)];
      random.nextBytes(source);
      switch (random.nextInt(4)) {
        case 0 -> {
          value.assign(source, 0, source.length);
          model = source;
        }
        case 1 -> {
          value.append(source, 0, source.length);
          int length = model.length;
          model = Arrays.copyOf(model, length + source.length);
          System.arraycopy(source, 0, model, length, source.length);
        }
        case 2 -> {
          int at = random.nextInt(400);
          value.writeAt(at, source, 0, source.length);
          model = Arrays.copyOf(model, Math.max(model.length, at + source.length));
          System.arraycopy(source, 0, model, at, source.length);
        }
        default -> {
          value.assignLong(i);
          model = DecimalLong.bytes(i);
        }
      }
      value.validate();
      byte[] actual = Arrays.copyOf(value.array(), value.length());
      assertTrue(Arrays.equals(model, actual), () -> "-Dseed=" + seed);
    }
  }

  @Test
  void aCopyIsIndependentAndKeepsItsForm() {
    StringValue value = of("12");
    value.append(new byte[] {'3'}, 0, 1);
    StringValue copy = (StringValue) value.copy();
    value.append(new byte[] {'4'}, 0, 1);
    assertEquals("123", text(copy));
    assertEquals("raw", copy.encoding());
  }
}
