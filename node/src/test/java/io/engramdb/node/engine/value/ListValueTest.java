package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ListValueTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ValueLimits limits = new ValueLimits();
  private ListValue list = new ListValue();
  private List<String> model = new ArrayList<>();

  private static List<String> content(ListValue list) {
    Elements elements = new Elements();
    list.forEach(elements);
    return elements.seen;
  }

  private void change() {
    String element = Elements.random(random, 200);
    ByteRange range = Elements.range(element);
    int size = model.size();
    switch (random.nextInt(size > 100 ? 14 : 9)) {
      case 0, 1 -> {
        list.growing(range.length(), 1, limits);
        list.pushHead(range, limits);
        model.addFirst(element);
      }
      case 2, 3 -> {
        list.growing(range.length(), 1, limits);
        list.pushTail(range, limits);
        model.addLast(element);
      }
      case 4, 5 -> {
        if (size > 0) {
          String pivot = model.get(random.nextInt(size));
          boolean after = random.nextBoolean();
          list.growing(range.length(), 1, limits);
          assertTrue(list.insert(Elements.range(pivot), after, range, limits));
          model.add(model.indexOf(pivot) + (after ? 1 : 0), element);
        }
      }
      case 6, 7 -> {
        if (size > 0) {
          int index = random.nextInt(size);
          list.growing(range.length(), 1, limits);
          list.set(index, range, limits);
          model.set(index, element);
          list.shrunk(limits);
        }
      }
      default -> remove(element);
    }
  }

  private void remove(String element) {
    int size = model.size();
    int several = random.nextInt(Math.min(8, size) + 1);
    switch (random.nextInt(4)) {
      case 0 -> {
        list.removeHead(several);
        model.subList(0, several).clear();
      }
      case 1 -> {
        list.removeTail(several);
        model.subList(size - several, size).clear();
      }
      case 2 -> {
        int removed = 0;
        while (removed < several && model.remove(element)) {
          removed++;
        }
        assertEquals(removed, list.remove(Elements.range(element), several, false));
      }
      default -> {
        int removed = 0;
        while (removed < several && model.contains(element)) {
          model.remove(model.lastIndexOf(element));
          removed++;
        }
        assertEquals(removed, list.remove(Elements.range(element), several, true));
      }
    }
    list.shrunk(limits);
  }

  private void check() {
    list.validate();
    assertEquals(model, content(list), "-Dseed=" + seed);
    assertEquals(model, content((ListValue) list.copy()), "-Dseed=" + seed);
    list.copy().validate();
    assertEquals(model.size(), list.size());
    if (model.isEmpty()) {
      return;
    }
    int from = random.nextInt(model.size());
    int count = random.nextInt(model.size());
    Elements forwards = new Elements();
    list.visitRange(from, count, forwards);
    assertEquals(
        model.subList(from, Math.min(model.size(), from + count)), forwards.seen, "-Dseed=" + seed);
    Elements backwards = new Elements();
    list.visitRangeBackwards(from, count, backwards);
    int lowest = Math.min(from + 1, Math.max(0, from - count + 1));
    assertEquals(model.subList(lowest, from + 1).reversed(), backwards.seen, "-Dseed=" + seed);
    Elements ends = new Elements();
    list.visitHead(ends);
    list.visitTail(ends);
    list.visit(from, ends);
    assertEquals(List.of(model.getFirst(), model.getLast(), model.get(from)), ends.seen);
    assertEquals(model.contains("x5"), list.contains(Elements.range("x5")));
  }

  @Test
  void changesAgreeWithAnArrayListUnderEveryLimit() {
    for (int limit : new int[] {-2, -1, 1, 2, 3, 7, 0, 100, -5, Integer.MIN_VALUE}) {
      limits.listChunkLimit = limit;
      list = new ListValue();
      model = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        change();
        check();
      }
    }
  }

  @Test
  void theLimitMayChangeAtAnyTime() {
    for (int i = 0; i < 5000; i++) {
      if (i % 50 == 0) {
        limits.listChunkLimit = random.nextInt(8) - 3;
      }
      change();
      check();
    }
  }

  @Test
  void aLongQueueKeepsItsOrderAndItsMemory() {
    for (int i = 0; i < 200_000; i++) {
      list.growing(6, 1, limits);
      list.pushHead(Elements.range("e" + i), limits);
      if (i >= 1000) {
        Elements last = new Elements();
        list.visitTail(last);
        assertEquals(List.of("e" + (i - 1000)), last.seen);
        list.removeTail(1);
      }
    }
    list.validate();
    assertEquals(1000, list.size());
    assertTrue(list.sizeBytes() < 40_000, "bytes " + list.sizeBytes());
  }

  @Test
  void encodingsChangeWhereRedisChangesThem() {
    for (int i = 0; i < 128; i++) {
      list.growing(61, 1, limits);
      list.pushTail(Elements.range("x".repeat(61)), limits);
      model.add("x");
    }
    // 128 entries of 63 bytes and the frame: 8071 of 8192 bytes.
    assertEquals("listpack", list.encoding());
    list.growing(122, 2, limits);
    assertEquals("quicklist", list.encoding());
    list.pushTail(Elements.range("x".repeat(61)), limits);
    list.removeHead(64);
    list.shrunk(limits);
    assertEquals("quicklist", list.encoding());
    list.removeHead(1);
    list.shrunk(limits);
    assertEquals("listpack", list.encoding());
    list.validate();
  }

  @Test
  void aSearchOfWhatIsNotThereFindsNothing() {
    list.pushTail(Elements.range("a"), limits);
    assertFalse(list.insert(Elements.range("b"), true, Elements.range("c"), limits));
    assertEquals(0, list.remove(Elements.range("1"), 5, false));
    assertEquals(1, list.size());
  }
}
