package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SetValueTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ValueLimits limits = new ValueLimits();

  private static Set<String> content(SetValue set) {
    Elements elements = new Elements();
    set.forEach(elements);
    assertEquals(set.size(), elements.seen.size());
    return new HashSet<>(elements.seen);
  }

  private String member(int choice, boolean integers) {
    int number = random.nextInt(choice);
    if (integers) {
      return Long.toString((number % 3 - 1L) * number << (number % 5 * 12));
    }
    return Elements.random(random, choice);
  }

  private void agreesWithAHashSet(SetValue set, int choice, boolean integers) {
    Set<String> model = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      String member = member(choice, integers);
      ByteRange range = Elements.range(member);
      if (random.nextInt(5) < 2) {
        assertEquals(model.remove(member), set.remove(range), "-Dseed=" + seed);
      } else {
        assertEquals(model.add(member), set.add(range, limits), "-Dseed=" + seed);
      }
      String other = member(choice, integers);
      assertEquals(model.contains(other), set.contains(Elements.range(other)), "-Dseed=" + seed);
      int number = random.nextInt(100);
      assertEquals(model.contains("" + number), set.contains(number), "-Dseed=" + seed);
      assertEquals(model.size(), set.size());
      if (i % 200 == 0) {
        set.validate();
        assertEquals(model, content(set), "-Dseed=" + seed);
        SetValue copy = (SetValue) set.copy();
        copy.validate();
        assertEquals(model, content(copy), "-Dseed=" + seed);
        assertEquals(set.sizeBytes() > 0, copy.sizeBytes() > 0);
      }
    }
  }

  @Test
  void integersAgreeWithAHashSet() {
    SetValue set = new SetValue();
    agreesWithAHashSet(set, 300, true);
    assertEquals("intset", set.encoding());
  }

  @Test
  void aPackedSetAgreesWithAHashSet() {
    limits.setPackedEntries = 1000;
    limits.setPackedValueBytes = 1 << 20;
    SetValue set = new SetValue();
    agreesWithAHashSet(set, 200, false);
    assertEquals("listpack", set.encoding());
  }

  @Test
  void aTableAgreesWithAHashSet() {
    limits.setPackedEntries = 0;
    limits.setIntegerEntries = 0;
    SetValue set = new SetValue();
    agreesWithAHashSet(set, 500, false);
    assertEquals("hashtable", set.encoding());
  }

  @Test
  void everyChangeOfFormKeepsTheMembers() {
    for (int round = 0; round < 50; round++) {
      limits.setIntegerEntries = random.nextInt(30);
      limits.setPackedEntries = random.nextInt(30);
      limits.setPackedValueBytes = random.nextInt(30);
      SetValue set = SetValue.of(random.nextBoolean(), random.nextInt(40), limits);
      Set<String> model = new HashSet<>();
      Set<String> forms = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        String member = member(200, i < random.nextInt(60));
        assertEquals(model.add(member), set.add(Elements.range(member), limits));
        if (random.nextInt(20) == 0) {
          set.expect(random.nextInt(30), limits);
        }
        set.validate();
        assertEquals(model, content(set), "-Dseed=" + seed);
        forms.add(set.encoding());
      }
      assertTrue(forms.contains("hashtable"), "-Dseed=" + seed);
    }
  }

  private List<SetValue> oneOfEachForm(int members) {
    List<SetValue> sets = new ArrayList<>();
    for (String form : List.of("intset", "listpack", "hashtable")) {
      limits.setIntegerEntries = form.equals("intset") ? 1000 : 0;
      limits.setPackedEntries = form.equals("listpack") ? 1000 : 0;
      SetValue set = SetValue.of(form.equals("intset"), 1, limits);
      for (int i = 0; i < members; i++) {
        set.add(i, limits);
      }
      assertEquals(form, set.encoding());
      sets.add(set);
    }
    return sets;
  }

  @Test
  void aSampleHasDifferentMembersAndReachesAll() {
    for (SetValue set : oneOfEachForm(30)) {
      for (int count = 1; count < 30; count++) {
        Set<String> reached = new HashSet<>();
        for (int round = 0; round < 1000; round++) {
          Elements sample = new Elements();
          set.visitSample(count, random, sample);
          assertEquals(count, sample.seen.size(), "-Dseed=" + seed);
          assertEquals(count, new HashSet<>(sample.seen).size(), "-Dseed=" + seed);
          reached.addAll(sample.seen);
        }
        assertEquals(30, reached.size(), "-Dseed=" + seed);
      }
    }
  }

  @Test
  void everyMemberHasTheSameChance() {
    int members = 100;
    int rounds = 100_000;
    for (SetValue set : oneOfEachForm(members)) {
      Map<String, Integer> hits = new HashMap<>();
      Elements chosen = new Elements();
      for (int i = 0; i < rounds; i++) {
        set.visitRandom(random, chosen);
      }
      chosen.seen.forEach(member -> hits.merge(member, 1, Integer::sum));
      double expected = (double) rounds / members;
      double chiSquare = 0;
      for (int i = 0; i < members; i++) {
        double off = hits.getOrDefault("" + i, 0) - expected;
        chiSquare += off * off / expected;
      }
      // 99 degrees of freedom: beyond 175 once in a hundred thousand runs.
      assertTrue(chiSquare < 175, set.encoding() + " " + chiSquare + " -Dseed=" + seed);
    }
  }

  @Test
  void aSetThatIsAskedWhileItIsShownShowsEveryMemberOnce() {
    limits.setIntegerEntries = 0;
    limits.setPackedEntries = 0;
    SetValue set = new SetValue();
    for (int i = 0; i < 3000; i++) {
      set.add(Elements.range("m" + i), limits);
      if (Integer.bitCount(i) < 3) {
        Elements seen = new Elements();
        set.forEach(
            new ElementVisitor() {
              @Override
              public boolean text(byte[] array, int offset, int length) {
                return set.contains(array, offset, length) && seen.text(array, offset, length);
              }

              @Override
              public boolean integer(long value) {
                return seen.integer(value);
              }
            });
        assertEquals(set.size(), seen.seen.size(), "at " + i);
        assertEquals(set.size(), new HashSet<>(seen.seen).size(), "at " + i);
      }
    }
  }

  @Test
  void aScanOfATableReturnsEveryMember() {
    SetValue set = oneOfEachForm(1000).get(2);
    Elements seen = new Elements();
    long cursor = 0;
    do {
      cursor = set.scan(cursor, seen);
    } while (cursor != 0);
    assertEquals(1000, new HashSet<>(seen.seen).size());
  }

  @Test
  void smallFormsTakeLittleMoreThanTheirBytes() {
    SetValue set = new SetValue();
    for (int i = 0; i < 100; i++) {
      set.add(i, limits);
    }
    assertTrue(set.sizeBytes() < 200 + 160, "bytes " + set.sizeBytes());
    set.add(Elements.range("a"), limits);
    assertTrue(set.sizeBytes() < 200 + 160, "bytes " + set.sizeBytes());
  }
}
