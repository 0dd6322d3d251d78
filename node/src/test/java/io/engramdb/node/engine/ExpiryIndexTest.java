package io.engramdb.node.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.engramdb.node.engine.value.StringValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ExpiryIndexTest {

  private static Entry entry() {
    return new Entry(new byte[0], 0, StringValue.ofLong(0));
  }

  @Test
  void randomChangesAlwaysLeaveTheSoonestInFront() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    ExpiryIndex index = new ExpiryIndex();
    List<Entry> present = new ArrayList<>();
    TreeMap<Long, Integer> model = new TreeMap<>();
    for (int i = 0; i < 100_000; i++) {
      boolean grows = (i / 10_000) % 2 == 0;
      int choice = random.nextInt(10);
      if (present.isEmpty() || choice < (grows ? 5 : 2)) {
        Entry added = entry();
        update(index, model, added, random.nextInt(1000));
        present.add(added);
      } else {
        int place = random.nextInt(present.size());
        Entry chosen = present.get(place);
        model.merge(index.timeMs(chosen), -1, Integer::sum);
        model.remove(index.timeMs(chosen), 0);
        if (choice < 7) {
          update(index, model, chosen, random.nextInt(1000));
        } else {
          index.remove(chosen);
          present.set(place, present.get(present.size() - 1));
          present.remove(present.size() - 1);
        }
      }
      assertEquals(present.size(), index.size());
      long soonest = model.isEmpty() ? Long.MAX_VALUE : model.firstKey();
      assertEquals(soonest, index.firstMs(), () -> "-Dseed=" + seed);
      if (i % 1000 == 0) {
        index.validate();
      }
    }
  }

  private static void update(
      ExpiryIndex index, TreeMap<Long, Integer> model, Entry entry, long timeMs) {
    index.update(entry, timeMs);
    assertEquals(timeMs, index.timeMs(entry));
    model.merge(timeMs, 1, Integer::sum);
  }

  @Test
  void removingWhatIsNotInItDoesNothing() {
    ExpiryIndex index = new ExpiryIndex();
    Entry entry = entry();
    index.remove(entry);
    index.update(entry, 1);
    index.remove(entry);
    index.remove(entry);
    assertEquals(Entry.NO_EXPIRY, index.timeMs(entry));
    assertEquals(0, index.size());
    assertNull(index.first());
  }
}
