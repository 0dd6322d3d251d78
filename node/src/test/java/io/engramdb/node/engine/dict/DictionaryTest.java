package io.engramdb.node.engine.dict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DictionaryTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Dictionary<DictNode> dictionary = new Dictionary<>();
  private final Map<String, DictNode> model = new HashMap<>();

  private String hint() {
    return "-Dseed=" + seed;
  }

  private static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  private DictNode find(String key) {
    byte[] bytes = bytes(key);
    return dictionary.find(ByteHash.of(bytes, 0, bytes.length), bytes, 0, bytes.length);
  }

  private void add(String key) {
    byte[] bytes = bytes(key);
    DictNode node = new DictNode(bytes, ByteHash.of(bytes, 0, bytes.length));
    dictionary.add(node);
    model.put(key, node);
  }

  private void remove(String key) {
    dictionary.remove(model.remove(key));
  }

  private void toggle(String key) {
    if (model.containsKey(key)) {
      remove(key);
    } else {
      add(key);
    }
  }

  @Test
  void randomOperationsAgreeWithAHashMap() {
    int range = 5000;
    for (int i = 0; i < 200_000; i++) {
      // Phases in which it mostly grows and in which it mostly shrinks.
      boolean growing = (i / 20_000) % 2 == 0;
      String key = "key:" + random.nextInt(range);
      boolean present = model.containsKey(key);
      if (present && (!growing || random.nextInt(4) == 0)) {
        remove(key);
      } else if (!present && (growing || random.nextInt(4) == 0)) {
        add(key);
      }
      String probe = "key:" + random.nextInt(range);
      assertEquals(model.get(probe), find(probe), this::hint);
      if (i % 5000 == 0) {
        dictionary.validate();
      }
    }
    dictionary.validate();
    assertEquals(model.size(), dictionary.size());
    Set<DictNode> visited = new HashSet<>();
    dictionary.forEach(visited::add);
    assertEquals(new HashSet<>(model.values()), visited);
  }

  @Test
  void aScanReturnsWhatIsThereAllTheTimeWhileTheTableGrowsAndShrinks() {
    for (int run = 0; run < 60; run++) {
      dictionary.clear();
      model.clear();
      Set<String> staying = new HashSet<>();
      int size = 1 + random.nextInt(400);
      for (int i = 0; i < size; i++) {
        add("stays:" + i);
        staying.add("stays:" + i);
      }
      int others = random.nextInt(3000);
      for (int i = 0; i < others; i++) {
        add("goes:" + i);
      }
      Set<String> seen = new HashSet<>();
      long cursor = 0;
      int calls = 0;
      do {
        cursor =
            dictionary.scan(cursor, node -> seen.add(new String(node.key, StandardCharsets.UTF_8)));
        for (int i = random.nextInt(40); i > 0; i--) {
          toggle("goes:" + random.nextInt(3000));
        }
        dictionary.rehash(random.nextInt(3));
        assertTrue(++calls < 1_000_000, this::hint);
      } while (cursor != 0);
      assertTrue(seen.containsAll(staying), this::hint);
      dictionary.validate();
    }
  }

  @Test
  void aRandomNodeIsOneOfThem() {
    assertNull(dictionary.random(random));
    for (int i = 0; i < 100; i++) {
      add("key:" + i);
    }
    Set<DictNode> seen = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      DictNode node = dictionary.random(random);
      assertNotNull(node);
      assertEquals(node, find(new String(node.key, StandardCharsets.UTF_8)));
      seen.add(node);
    }
    assertEquals(100, seen.size(), this::hint);
  }

  @Test
  void anEmptiedTableGivesItsBucketsBack() {
    for (int i = 0; i < 100_000; i++) {
      add("key:" + i);
    }
    for (int i = 0; i < 100_000; i++) {
      remove("key:" + i);
    }
    while (dictionary.rehash(1000)) {
      dictionary.validate();
    }
    assertTrue(dictionary.bucketCount() < 1000, "buckets " + dictionary.bucketCount());
  }

  @Test
  void hashesDoNotClusterForKeysThatDifferInOneByte() {
    int buckets = 1 << 12;
    int[] load = new int[buckets];
    for (int i = 0; i < buckets; i++) {
      byte[] key = bytes(String.format("user:%08d:name", i));
      load[ByteHash.of(key, 0, key.length) & (buckets - 1)]++;
    }
    int longest = 0;
    for (int count : load) {
      longest = Math.max(longest, count);
    }
    assertTrue(longest < 16, "longest chain " + longest);
  }
}
