package io.engramdb.it.history;

import io.engramdb.it.history.Operation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Cheap checks for things that only grow. Each takes seconds where a full search would take years,
 * and each finds every lost or doubled addition.
 */
public final class AddChecks {
  private AddChecks() {}

  /**
   * A counter that started at 0 and was only incremented by one: no acknowledged increment is lost,
   * none counted twice, and an increment that began after another was answered got a larger result.
   */
  public static void checkCounter(List<Operation> increments, long finalValue) {
    long known = increments.stream().filter(Operation::isKnown).count();
    long unknown = increments.size() - known;
    if (finalValue < known || finalValue > known + unknown) {
      throw new AssertionError(
          "counter is %d after %d acknowledged and %d unknown increments"
              .formatted(finalValue, known, unknown));
    }
    checkResultsGrow(increments);
  }

  private static void checkResultsGrow(List<Operation> additions) {
    List<Operation> byCall = new ArrayList<>(additions);
    byCall.removeIf(op -> !op.isKnown());
    List<Operation> byAnswer = new ArrayList<>(byCall);
    byCall.sort(Comparator.comparingLong(Operation::invokedNs));
    byAnswer.sort(Comparator.comparingLong(Operation::returnedNs));
    Set<Long> results = new HashSet<>();
    int answered = 0;
    long largestAnswered = Long.MIN_VALUE;
    for (Operation op : byCall) {
      while (byAnswer.get(answered).returnedNs() < op.invokedNs()) {
        largestAnswered = Math.max(largestAnswered, result(byAnswer.get(answered)));
        answered++;
      }
      if (result(op) <= largestAnswered) {
        throw new AssertionError(op + " came after an answer of " + largestAnswered);
      }
      if (!results.add(result(op))) {
        throw new AssertionError(op + " has the same result as another");
      }
    }
  }

  private static long result(Operation op) {
    if (op.result() == null) {
      throw new AssertionError("no result in " + op);
    }
    return op.result();
  }

  /** A set that was only added to: nothing acknowledged is missing, nothing came from nowhere. */
  public static void checkSet(List<Operation> additions, Set<String> finalMembers) {
    List<String> lost = new ArrayList<>();
    Set<String> tried = new HashSet<>();
    for (Operation op : additions) {
      tried.add(op.value());
      if (op.kind() == Kind.ADD && op.isKnown() && !finalMembers.contains(op.value())) {
        lost.add(op.toString());
      }
    }
    if (!lost.isEmpty()) {
      throw new AssertionError(
          lost.size() + " acknowledged additions are lost, first: " + lost.getFirst());
    }
    Set<String> invented = new HashSet<>(finalMembers);
    invented.removeAll(tried);
    if (!invented.isEmpty()) {
      throw new AssertionError("members that nobody added: " + invented);
    }
  }

  /**
   * A list that was only appended to: as {@link #checkSet}, nothing twice, an addition that began
   * after another was answered stands behind it, and an answer (the new length) is its position.
   */
  public static void checkAppendList(List<Operation> additions, List<String> finalTokens) {
    Map<String, Integer> positions = new HashMap<>();
    for (int i = 0; i < finalTokens.size(); i++) {
      if (positions.put(finalTokens.get(i), i + 1) != null) {
        throw new AssertionError("appended twice: " + finalTokens.get(i));
      }
    }
    checkSet(additions, positions.keySet());
    for (Operation op : additions) {
      if (op.isKnown() && result(op) != positions.get(op.value())) {
        throw new AssertionError(op + " stands at position " + positions.get(op.value()));
      }
    }
    checkResultsGrow(additions);
  }
}
