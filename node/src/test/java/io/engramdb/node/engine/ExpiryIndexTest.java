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

  private static Entry entry(long expireAtMs) {
    Entry entry = new Entry(new byte[0], 0, StringValue.ofLong(0));
    entry.expireAtMs = expireAtMs;
    return entry;
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
        Entry added = entry(random.nextInt(1000));
        index.update(added);
        present.add(added);
        model.merge(added.expireAtMs, 1, Integer::sum);
      } else {
        int place = random.nextInt(present.size());
        Entry chosen = present.get(place);
        model.merge(chosen.expireAtMs, -1, Integer::sum);
        model.remove(chosen.expireAtMs, 0);
        if (choice < 7) {
          chosen.expireAtMs = random.nextInt(1000);
          index.update(chosen);
          model.merge(chosen.expireAtMs, 1, Integer::sum);
        } else {
          index.remove(chosen);
          present.set(place, present.get(present.size() - 1));
          present.remove(present.size() - 1);
        }
      }
      assertEquals(present.size(), index.size());
      Entry first = index.first();
      long soonest = first == null ? -1 : first.expireAtMs;
      assertEquals(model.isEmpty() ? -1 : model.firstKey(), soonest, () -> "-Dseed=" + seed);
      if (i % 1000 == 0) {
        index.validate();
      }
    }
  }

  @Test
  void removingWhatIsNotInItDoesNothing() {
    ExpiryIndex index = new ExpiryIndex();
    Entry entry = entry(1);
    index.remove(entry);
    index.update(entry);
    index.remove(entry);
    index.remove(entry);
    assertEquals(0, index.size());
    assertNull(index.first());
  }
}
