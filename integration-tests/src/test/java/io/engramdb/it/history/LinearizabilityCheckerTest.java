package io.engramdb.it.history;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.engramdb.it.history.Operation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {
  private static Operation write(String value, long from, long to) {
    return new Operation(0, "k", Kind.WRITE, value, null, from, to);
  }

  private static Operation read(@Nullable String value, long from, long to) {
    return new Operation(1, "k", Kind.READ, value, null, from, to);
  }

  private static void accepts(Operation... history) {
    assertDoesNotThrow(() -> new LinearizabilityChecker().check(List.of(history)));
  }

  private static void rejects(Operation... history) {
    assertThrows(AssertionError.class, () -> new LinearizabilityChecker().check(List.of(history)));
  }

  @Test
  void readsSeeTheNewestWrite() {
    accepts(read(null, 0, 1), write("a", 2, 3), read("a", 4, 5));
  }

  @Test
  void aReadDuringAWriteMaySeeEither() {
    accepts(write("a", 0, 1), write("b", 2, 10), read("a", 3, 4), read("b", 5, 6));
    accepts(write("a", 0, 1), write("b", 2, 10), read("b", 3, 4));
  }

  @Test
  void aStaleReadIsFound() {
    rejects(write("a", 0, 1), write("b", 2, 3), read("a", 4, 5));
  }

  @Test
  void aReadMayNotGoBack() {
    rejects(write("a", 0, 1), write("b", 2, 10), read("b", 3, 4), read("a", 5, 6));
  }

  @Test
  void aLostAcknowledgedWriteIsFound() {
    rejects(write("a", 0, 1), read(null, 2, 3));
  }

  @Test
  void aValueFromNowhereIsFound() {
    rejects(write("a", 0, 1), read("z", 2, 3));
  }

  @Test
  void anUnknownWriteMayHappenLateOrNever() {
    accepts(write("a", 0, 1), write("b", 2, Operation.NEVER), read("a", 3, 4));
    accepts(write("a", 0, 1), write("b", 2, Operation.NEVER), read("a", 3, 4), read("b", 50, 60));
  }

  @Test
  void anUnknownWriteMayNotHappenTwice() {
    rejects(
        write("b", 0, Operation.NEVER),
        read("b", 1, 2),
        write("c", 3, 4),
        read("c", 5, 6),
        read("b", 7, 8));
  }

  @Test
  void anUnknownWriteMayNotHappenBeforeItsCall() {
    rejects(read("a", 0, 1), write("a", 2, Operation.NEVER));
  }

  @Test
  void keysAreIndependent() {
    Operation other = new Operation(2, "other", Kind.READ, null, null, 4, 5);
    accepts(write("a", 0, 1), other, read("a", 4, 5));
  }

  @Test
  void givingUpIsAFailure() {
    List<Operation> history = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      history.add(write("v" + i, 0, 1000));
    }
    history.add(read("none", 0, 1000));
    AssertionError gaveUp =
        assertThrows(AssertionError.class, () -> new LinearizabilityChecker(10_000).check(history));
    assertEquals("search gave up after 10001 steps: make the load smaller", gaveUp.getMessage());
  }

  /** The search against trying all orders, on histories small enough for that. */
  @Test
  void agreesWithTryingAllOrders() {
    long seed = Long.getLong("engram.seed", System.nanoTime());
    System.out.println("agreesWithTryingAllOrders: -Dengram.seed=" + seed);
    Random random = new Random(seed);
    int linearizable = 0;
    for (int round = 0; round < 5_000; round++) {
      List<Operation> history = randomHistory(random);
      boolean expected = someOrderFits(history, null);
      boolean found = true;
      try {
        new LinearizabilityChecker().check(history);
      } catch (AssertionError refused) {
        found = false;
      }
      assertEquals(expected, found, () -> "seed " + seed + ": " + history);
      linearizable += expected ? 1 : 0;
    }
    // Both answers must have been exercised.
    assertEquals(true, linearizable > 200 && linearizable < 4_800, "linearizable " + linearizable);
  }

  private static List<Operation> randomHistory(Random random) {
    List<Operation> history = new ArrayList<>();
    int count = 2 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      long from = random.nextInt(20);
      long to = from + 1 + random.nextInt(8);
      if (random.nextBoolean()) {
        boolean unknown = random.nextInt(4) == 0;
        history.add(write("" + random.nextInt(3), from, unknown ? Operation.NEVER : to));
      } else {
        history.add(read(random.nextInt(4) == 0 ? null : "" + random.nextInt(3), from, to));
      }
    }
    return history;
  }

  private static boolean someOrderFits(List<Operation> rest, @Nullable String value) {
    if (rest.stream().noneMatch(Operation::isKnown)) {
      return true;
    }
    for (int i = 0; i < rest.size(); i++) {
      Operation first = rest.get(i);
      boolean allowed =
          rest.stream().noneMatch(op -> op != first && op.returnedNs() < first.invokedNs());
      boolean fits = first.kind() == Kind.WRITE || Objects.equals(first.value(), value);
      if (allowed && fits) {
        List<Operation> others = new ArrayList<>(rest);
        others.remove(i);
        String after = first.kind() == Kind.WRITE ? first.value() : value;
        if (someOrderFits(others, after)) {
          return true;
        }
      }
    }
    return false;
  }
}
