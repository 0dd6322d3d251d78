package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SortedSetValueTest {

  private record Scored(String member, double score) implements Comparable<Scored> {
    @Override
    public int compareTo(Scored other) {
      if (score != other.score) {
        return score < other.score ? -1 : 1;
      }
      return member.compareTo(other.member);
    }
  }

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ValueLimits limits = new ValueLimits();
  private SortedSetValue set = new SortedSetValue();
  private final TreeSet<Scored> ordered = new TreeSet<>();
  private final Map<String, Double> scores = new HashMap<>();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static final class Seen implements ScoredVisitor {
    final List<Scored> seen = new ArrayList<>();

    @Override
    public boolean member(byte[] array, int offset, int length, double score) {
      String member = new String(array, offset, length, StandardCharsets.ISO_8859_1);
      seen.add(new Scored(member, score));
      return true;
    }
  }

  private static List<Scored> content(SortedSetValue set) {
    Seen seen = new Seen();
    set.forEach(seen);
    return seen.seen;
  }

  private double score() {
    return switch (random.nextInt(8)) {
      case 0 -> Double.POSITIVE_INFINITY;
      case 1 -> Double.NEGATIVE_INFINITY;
      case 2 -> 0;
      case 3 -> random.nextGaussian();
      case 4 -> random.nextInt(4);
      default -> random.nextInt(1000);
    };
  }

  private void put(String member, double score) {
    byte[] key = bytes(member);
    Double old = scores.put(member, score);
    double present = set.score(key, 0, key.length);
    assertEquals(old == null ? Double.NaN : old, present, "-Dseed=" + seed);
    if (old == null) {
      set.add(key, 0, key.length, score, limits);
    } else {
      ordered.remove(new Scored(member, old));
      set.change(key, 0, key.length, score);
    }
    ordered.add(new Scored(member, score));
  }

  private void remove(String member) {
    byte[] key = bytes(member);
    Double old = scores.remove(member);
    assertEquals(old != null, set.remove(key, 0, key.length), "-Dseed=" + seed);
    if (old != null) {
      ordered.remove(new Scored(member, old));
    }
  }

  private void check() {
    set.validate();
    List<Scored> model = new ArrayList<>(ordered);
    assertEquals(model, content(set), "-Dseed=" + seed);
    assertEquals(model.size(), set.size());
    SortedSetValue copy = (SortedSetValue) set.copy();
    copy.validate();
    assertEquals(model, content(copy), "-Dseed=" + seed);
    if (model.isEmpty()) {
      return;
    }
    for (int i = 0; i < 10; i++) {
      int rank = random.nextInt(model.size());
      byte[] member = bytes(model.get(rank).member);
      assertEquals(rank, set.rank(member, 0, member.length), "-Dseed=" + seed);
      int count = random.nextInt(model.size() + 10);
      Seen up = new Seen();
      set.visitRange(rank, count, up);
      assertEquals(model.subList(rank, Math.min(model.size(), rank + count)), up.seen);
      Seen down = new Seen();
      set.visitRangeBackwards(rank, count, down);
      int lowest = Math.min(rank + 1, Math.max(0, rank - count + 1));
      assertEquals(model.subList(lowest, rank + 1).reversed(), down.seen, "-Dseed=" + seed);
      double bound = score();
      assertEquals(
          model.stream().filter(scored -> scored.score < bound).count(),
          set.countBelow((score, array, offset, length) -> score < bound),
          "-Dseed=" + seed);
    }
  }

  private void agreesWithTheModel(int members, int changes) {
    for (int i = 0; i < changes; i++) {
      String member = Elements.random(random, members);
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> remove(member);
        case 3 -> {
          if (!ordered.isEmpty() && random.nextInt(20) == 0) {
            removeRange();
          }
        }
        default -> put(member, score());
      }
      if (i % (1 + changes / 200) == 0) {
        check();
      }
    }
    check();
  }

  private void removeRange() {
    List<Scored> model = new ArrayList<>(ordered);
    int rank = random.nextInt(model.size());
    int count = random.nextInt(Math.min(50, model.size() - rank) + 1);
    set.removeRange(rank, count);
    for (Scored gone : model.subList(rank, rank + count)) {
      ordered.remove(gone);
      scores.remove(gone.member);
    }
  }

  @Test
  void aPackedSetAgreesWithTheModel() {
    limits.sortedSetPackedEntries = 1000;
    limits.sortedSetPackedValueBytes = 1 << 20;
    agreesWithTheModel(200, 10_000);
    assertEquals("listpack", set.encoding());
  }

  @Test
  void aTreeAgreesWithTheModel() {
    limits.sortedSetPackedEntries = 0;
    agreesWithTheModel(3000, 30_000);
    assertEquals("skiplist", set.encoding());
  }

  @Test
  void everyChangeOfFormKeepsTheMembers() {
    for (int round = 0; round < 30; round++) {
      limits.sortedSetPackedEntries = random.nextInt(40);
      limits.sortedSetPackedValueBytes = random.nextInt(300);
      set = new SortedSetValue();
      ordered.clear();
      scores.clear();
      agreesWithTheModel(150, 200);
    }
  }

  @Test
  void aTreeOfManyLevelsShrinksToNothing() {
    limits.sortedSetPackedEntries = 0;
    for (int order = 0; order < 3; order++) {
      for (int i = 0; i < 20_000; i++) {
        int score = order == 0 ? i : order == 1 ? -i : random.nextInt();
        put("m" + i, score);
      }
      check();
      long full = set.sizeBytes();
      List<Scored> model = new ArrayList<>(ordered);
      if (order == 1) {
        java.util.Collections.shuffle(model, random);
      }
      for (int i = 0; i < model.size(); i++) {
        remove(model.get(i).member);
        if (i % 1000 == 0) {
          check();
        }
      }
      check();
      assertTrue(set.sizeBytes() < full / 100, "bytes " + set.sizeBytes() + " of " + full);
    }
  }

  @Test
  void aSampleHasDifferentMembersAndReachesAll() {
    for (int entries : new int[] {0, 1000}) {
      limits.sortedSetPackedEntries = entries;
      set = new SortedSetValue();
      scores.clear();
      ordered.clear();
      for (int i = 0; i < 30; i++) {
        put("m" + i, i);
      }
      for (int count = 1; count < 30; count++) {
        Set<Scored> reached = new HashSet<>();
        for (int round = 0; round < 1000; round++) {
          Seen sample = new Seen();
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
  void aScanOfATableReturnsEveryMember() {
    limits.sortedSetPackedEntries = 0;
    for (int i = 0; i < 1000; i++) {
      put("m" + i, i);
    }
    Seen seen = new Seen();
    long cursor = 0;
    do {
      cursor = set.scan(cursor, seen);
    } while (cursor != 0);
    assertEquals(scores.size(), new HashSet<>(seen.seen).size());
  }

  @Test
  void aSumOfScoresIsInOrder() {
    for (int entries : new int[] {0, 10_000}) {
      limits.sortedSetPackedEntries = entries;
      ScoreSum sum = new ScoreSum();
      Map<String, Double> model = new HashMap<>();
      for (int i = 0; i < 3000; i++) {
        String member = Elements.random(random, 1000);
        double score = random.nextInt(50);
        sum.add(bytes(member), 0, member.length(), score, Double::sum);
        model.merge(member, score, Double::sum);
      }
      SortedSetValue result = sum.toSortedSet(limits);
      result.validate();
      List<Scored> expected = new ArrayList<>();
      model.forEach((member, score) -> expected.add(new Scored(member, score)));
      expected.sort(null);
      assertEquals(expected, content(result), "-Dseed=" + seed);
    }
  }
}
