package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HashValueTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ValueLimits limits = new ValueLimits();

  private static ByteRange range(String text) {
    return ByteRange.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteRange range) {
    return new String(range.array(), range.offset(), range.length(), StandardCharsets.UTF_8);
  }

  private static Map<String, String> content(HashValue hash) {
    Map<String, String> content = new HashMap<>();
    hash.forEach((name, value) -> content.put(text(name), text(value)));
    return content;
  }

  private void agreesWithAHashMap(int entries, int valueBytes, int fields) {
    limits.hashPackedEntries = entries;
    limits.hashPackedValueBytes = valueBytes;
    HashValue hash = new HashValue();
    Map<String, String> model = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      String name = "f" + random.nextInt(fields);
      if (random.nextInt(3) == 0) {
        assertEquals(model.remove(name) != null, hash.remove(range(name)));
      } else {
        String value = "v".repeat(random.nextInt(200));
        assertEquals(model.put(name, value) == null, hash.put(range(name), range(value), limits));
      }
      ByteRange found = hash.get(range(name));
      assertEquals(model.get(name), found == null ? null : text(found), "-Dseed=" + seed);
      assertEquals(model.size(), hash.size());
      if (i % 500 == 0) {
        hash.validate();
        assertEquals(model, content(hash));
        assertEquals(model, content((HashValue) hash.copy()));
      }
    }
  }

  @Test
  void everyFieldHasTheSameChance() {
    limits.hashPackedEntries = 0;
    HashValue hash = new HashValue();
    for (int i = 0; i < 10; i++) {
      hash.put(range("f" + i), range("v"), limits);
    }
    Map<String, Integer> chosen = new HashMap<>();
    int rounds = 10_000;
    Random fixed = new Random(1);
    for (int i = 0; i < rounds; i++) {
      hash.visitRandom(fixed, (name, value) -> chosen.merge(text(name), 1, Integer::sum));
    }
    double square = 0;
    for (int count : chosen.values()) {
      square += Math.pow(count - rounds / 10.0, 2) / (rounds / 10.0);
    }
    assertEquals(10, chosen.size());
    // Nine degrees of freedom: beyond 40 once in a hundred thousand times.
    assertTrue(square < 40, "chi-square is " + square);
  }

  @Test
  void aPackedHashAgreesWithAHashMap() {
    agreesWithAHashMap(1000, 1000, 50);
  }

  @Test
  void aTableAgreesWithAHashMap() {
    agreesWithAHashMap(0, 64, 500);
  }

  @Test
  void aHashThatOutgrowsItsPackedFormAgreesWithAHashMap() {
    agreesWithAHashMap(20, 64, 30);
  }

  @Test
  void aScanOfATableReturnsEveryField() {
    limits.hashPackedEntries = 1;
    HashValue hash = new HashValue();
    for (int i = 0; i < 1000; i++) {
      hash.put(range("f" + i), range("v"), limits);
    }
    Set<String> seen = new HashSet<>();
    long cursor = 0;
    do {
      cursor = hash.scan(cursor, (name, value) -> seen.add(text(name)));
    } while (cursor != 0);
    assertEquals(1000, seen.size());
  }

  @Test
  void aSampleHasDifferentFieldsAndReachesAll() {
    for (int entries : new int[] {0, 1000}) {
      limits.hashPackedEntries = entries;
      HashValue hash = new HashValue();
      for (int i = 0; i < 30; i++) {
        hash.put(range("f" + i), range("v"), limits);
      }
      for (int count = 1; count < 30; count++) {
        Set<String> reached = new HashSet<>();
        for (int round = 0; round < 1000; round++) {
          List<String> sample = new ArrayList<>();
          hash.visitSample(count, random, (name, value) -> sample.add(text(name)));
          assertEquals(count, sample.size(), "-Dseed=" + seed);
          assertEquals(count, new HashSet<>(sample).size(), "-Dseed=" + seed);
          reached.addAll(sample);
        }
        assertEquals(30, reached.size(), "-Dseed=" + seed);
      }
    }
  }

  @Test
  void whetherAllFieldsAreDueIsWhatALookAtEachSays() {
    for (int round = 0; round < 2000; round++) {
      HashValue hash = new HashValue();
      boolean allExpire = true;
      long latestMs = 0;
      int fields = 1 + random.nextInt(40);
      for (int i = 0; i < fields; i++) {
        hash.put(range("f" + i), range("v"), limits);
        if (random.nextInt(50) == 0) {
          allExpire = false;
        } else {
          long timeMs = random.nextInt(10);
          hash.expireAt(range("f" + i), timeMs);
          latestMs = Math.max(latestMs, timeMs);
        }
      }
      for (long timeMs = 0; timeMs <= 10; timeMs++) {
        assertEquals(allExpire && latestMs <= timeMs, hash.isAllDue(timeMs), "-Dseed=" + seed);
      }
    }
  }

  /** So many fields, of which all from that one on are hidden. */
  private HashValue partlyHidden(int fields, int shown) {
    HashValue hash = new HashValue();
    for (int i = 0; i < fields; i++) {
      hash.put(range("f" + i), range("v"), limits);
      if (i >= shown) {
        hash.expireAt(range("f" + i), 10);
      }
    }
    hash.showAsOf(10);
    return hash;
  }

  @Test
  void aHiddenFieldDoesNotMakeEachChoiceAWalk() {
    int fields = 20_000;
    HashValue hash = partlyHidden(fields, fields - 1);
    int[] drawn = {0};
    Random counting =
        new Random(seed) {
          @Override
          protected int next(int bits) {
            drawn[0]++;
            return super.next(bits);
          }
        };
    int rounds = 500;
    for (int i = 0; i < rounds; i++) {
      hash.visitRandom(counting, (name, value) -> assertNotEquals("f" + (fields - 1), text(name)));
    }
    assertTrue(drawn[0] < 1000 * rounds, () -> drawn[0] + " numbers drawn, -Dseed=" + seed);
  }

  @Test
  void theOnlyFieldThatIsShownIsFound() {
    HashValue hash = partlyHidden(5000, 1);
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      hash.visitRandom(random, (name, value) -> chosen.add(text(name)));
    }
    assertEquals(Set.of("f0"), Set.copyOf(chosen));
    assertEquals(20, chosen.size());
  }

  @Test
  void aSmallHashTakesLittleMoreThanItsBytes() {
    HashValue hash = new HashValue();
    for (int i = 0; i < 10; i++) {
      hash.put(range("field-" + i), range("value-" + i), limits);
    }
    assertTrue(hash.sizeBytes() < 10 * 17 + 100, "bytes " + hash.sizeBytes());
    assertEquals("listpack", hash.encoding());
  }
}
