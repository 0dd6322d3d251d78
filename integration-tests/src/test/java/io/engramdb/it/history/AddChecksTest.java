package io.engramdb.it.history;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.engramdb.it.history.Operation.Kind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class AddChecksTest {
  private static Operation add(String token, Long result, long from, long to) {
    return new Operation(0, "k", Kind.ADD, token, result, from, to);
  }

  private static Operation unknown(String token, long from) {
    return new Operation(0, "k", Kind.ADD, token, null, from, Operation.NEVER);
  }

  private static void fails(Executable check) {
    assertThrows(AssertionError.class, check);
  }

  @Test
  void counterWithUnknownIncrements() {
    List<Operation> history = List.of(add("", 1L, 0, 1), unknown("", 2), add("", 3L, 4, 5));
    assertDoesNotThrow(() -> AddChecks.checkCounter(history, 3));
    fails(() -> AddChecks.checkCounter(history, 1));
    fails(() -> AddChecks.checkCounter(history, 4));
  }

  @Test
  void counterThatWentBackOrRepeated() {
    fails(() -> AddChecks.checkCounter(List.of(add("", 5L, 0, 1), add("", 4L, 2, 3)), 2));
    fails(() -> AddChecks.checkCounter(List.of(add("", 1L, 0, 9), add("", 1L, 2, 3)), 2));
  }

  @Test
  void setMembers() {
    List<Operation> history = List.of(add("a", 1L, 0, 1), unknown("b", 2));
    assertDoesNotThrow(() -> AddChecks.checkSet(history, Set.of("a")));
    assertDoesNotThrow(() -> AddChecks.checkSet(history, Set.of("a", "b")));
    fails(() -> AddChecks.checkSet(history, Set.of("b")));
    fails(() -> AddChecks.checkSet(history, Set.of("a", "z")));
  }

  @Test
  void appendListPositions() {
    List<Operation> history = List.of(add("a", 1L, 0, 1), unknown("b", 2), add("c", 3L, 3, 4));
    assertDoesNotThrow(() -> AddChecks.checkAppendList(history, List.of("a", "b", "c")));
    fails(() -> AddChecks.checkAppendList(history, List.of("a", "c")));
    fails(() -> AddChecks.checkAppendList(history, List.of("a", "b", "c", "b")));
    fails(() -> AddChecks.checkAppendList(history, List.of("c", "b", "a")));
  }
}
