package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ListpackTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  private static List<String> content(Listpack pack) {
    Elements elements = new Elements();
    pack.forEach(elements);
    return elements.seen;
  }

  private static List<String> backwards(Listpack pack) {
    Elements elements = new Elements();
    for (int place = pack.end(); place != pack.first(); ) {
      place = pack.previous(place);
      pack.visit(place, elements);
    }
    return elements.seen;
  }

  @Test
  void everySizeOfElementReadsBackFromBothSides() {
    long[] bounds = {0, 127, 128, 4095, 4096, 32767, 32768, 8388607, 8388608, 2147483647, 1L << 31};
    List<String> model = new ArrayList<>();
    for (long bound : bounds) {
      model.add(Long.toString(bound));
      model.add(Long.toString(-bound - 1));
    }
    model.add(Long.toString(Long.MAX_VALUE));
    model.add(Long.toString(Long.MIN_VALUE));
    for (int length :
        new int[] {0, 1, 62, 63, 64, 123, 124, 126, 127, 4095, 4096, 16_379, 70_000}) {
      model.add("t".repeat(length));
    }
    model.add("00");
    model.add("-0");
    Listpack pack = new Listpack();
    long bytes = Listpack.FRAME_BYTES;
    for (String element : model) {
      ByteRange range = Elements.range(element);
      pack.append(range);
      bytes += Listpack.sizeOf(range.array(), range.offset(), range.length());
      assertEquals(bytes, pack.formatBytes(), element);
    }
    pack.validate();
    assertEquals(model, content(pack));
    assertEquals(model.reversed(), backwards(pack));
    for (int i = 0; i < model.size(); i++) {
      assertEquals(pack.seek(i), pack.find(Elements.range(model.get(i)), pack.first()));
    }
  }

  @Test
  void changesAnywhereAgreeWithAnArrayList() {
    for (int round = 0; round < 30; round++) {
      Listpack pack = new Listpack();
      List<String> model = new ArrayList<>();
      int target = random.nextInt(60);
      for (int i = 0; i < 1000; i++) {
        String element = Elements.random(random, 300);
        int index = random.nextInt(model.size() + 1);
        boolean grows = random.nextInt(120) > model.size() + 30 - target / 2;
        if (grows || model.isEmpty()) {
          model.add(index, element);
          pack.insert(pack.seek(index), Elements.range(element));
        } else if (index == model.size()) {
          int several = random.nextInt(Math.min(4, model.size()) + 1);
          if (random.nextBoolean()) {
            pack.removeFirst(several);
            model.subList(0, several).clear();
          } else {
            pack.removeLast(several);
            model.subList(model.size() - several, model.size()).clear();
          }
        } else if (random.nextBoolean()) {
          model.remove(index);
          int following = pack.remove(pack.seek(index));
          assertEquals(pack.seek(index), following, "-Dseed=" + seed);
        } else {
          model.set(index, element);
          pack.replace(pack.seek(index), Elements.range(element));
        }
        pack.validate();
        assertEquals(model, content(pack), "-Dseed=" + seed);
      }
    }
  }

  @Test
  void whatIsSplitJoinsAgain() {
    for (int round = 0; round < 200; round++) {
      Listpack pack = new Listpack();
      List<String> model = new ArrayList<>();
      for (int i = random.nextInt(20); i > 0; i--) {
        model.add(Elements.random(random, 300));
        pack.append(Elements.range(model.getLast()));
      }
      int index = random.nextInt(model.size() + 1);
      Listpack tail = pack.split(pack.seek(index));
      pack.validate();
      tail.validate();
      assertEquals(model.subList(0, index), content(pack), "-Dseed=" + seed);
      assertEquals(model.subList(index, model.size()), content(tail), "-Dseed=" + seed);
      pack.appendAll(tail);
      pack.validate();
      assertEquals(model, content(pack.copy()), "-Dseed=" + seed);
    }
  }

  @Test
  void aQueueOfOneHundredMovesNoMoreThanItHolds() {
    Listpack pack = new Listpack();
    for (int i = 0; i < 100; i++) {
      pack.prepend(Elements.range("element-" + i));
    }
    for (int i = 100; i < 10_000; i++) {
      pack.prepend(Elements.range("element-" + i));
      pack.removeLast(1);
    }
    pack.validate();
    assertEquals(100, pack.count());
    Elements last = new Elements();
    pack.visit(pack.previous(pack.end()), last);
    assertEquals(List.of("element-9900"), last.seen);
  }
}
