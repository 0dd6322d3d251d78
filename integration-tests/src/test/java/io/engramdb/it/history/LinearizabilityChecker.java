package io.engramdb.it.history;

import io.engramdb.it.history.Operation.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a history of registers is linearizable: whether each operation can be given one
 * moment between its call and its answer such that every read sees the newest write.
 *
 * <p>Linearizability is local, so each key is checked alone. Algorithm: Wing and Gong's search in
 * the form of Lowe ("Testing for linearizability", 2017): walk the calls and answers in order of
 * time, take any pending operation that fits the register's state, go back when an answer is met
 * whose operation was not taken, and never enter the same (operations taken, state) twice. A write
 * of unknown outcome has no answer: it may be taken at any later moment or never. Worst case
 * exponential in concurrency; the number of steps is limited, and reaching the limit is a failure
 * of the test, never a pass.
 */
public final class LinearizabilityChecker {
  /** About a second of search per million. */
  private static final int DEFAULT_STEP_LIMIT = 20_000_000;

  private final int stepLimit;

  public LinearizabilityChecker() {
    this(DEFAULT_STEP_LIMIT);
  }

  LinearizabilityChecker(int stepLimit) {
    this.stepLimit = stepLimit;
  }

  /** Fails with the offending key's operations if any key's history has no explanation. */
  public void check(List<Operation> history) {
    Map<String, List<Operation>> byKey = new TreeMap<>();
    history.forEach(op -> byKey.computeIfAbsent(op.key(), k -> new ArrayList<>()).add(op));
    byKey.forEach(
        (key, operations) -> {
          @Nullable Operation stuck = firstUnexplained(settleUnknownWrites(operations));
          if (stuck != null) {
            throw new AssertionError(
                "key %s is not linearizable; no order explains%n  %s%naround it:%n%s"
                    .formatted(key, stuck, around(operations, stuck)));
          }
        });
  }

  /**
   * Removes the guesswork where every write has a value of its own. A write of unknown outcome that
   * no read saw can be left out: nobody would notice the difference. One that was seen did happen,
   * before the first read that saw it ended. Otherwise the history stays as it is.
   */
  static List<Operation> settleUnknownWrites(List<Operation> operations) {
    Map<String, Long> firstSeenNs = new HashMap<>();
    Set<@Nullable String> written = new HashSet<>();
    for (Operation op : operations) {
      if (op.kind() == Kind.READ) {
        firstSeenNs.merge(String.valueOf(op.value()), op.returnedNs(), Math::min);
      } else if (!written.add(op.value())) {
        return operations;
      }
    }
    List<Operation> settled = new ArrayList<>();
    for (Operation op : operations) {
      Long seenNs = firstSeenNs.get(String.valueOf(op.value()));
      if (op.kind() == Kind.READ || op.isKnown()) {
        settled.add(op);
      } else if (seenNs != null) {
        settled.add(
            new Operation(
                op.client(),
                op.key(),
                op.kind(),
                op.value(),
                op.result(),
                op.invokedNs(),
                Math.max(seenNs, op.invokedNs())));
      }
    }
    return settled;
  }

  private static String around(List<Operation> operations, Operation stuck) {
    StringBuilder text = new StringBuilder();
    operations.stream()
        .sorted(Comparator.comparingLong(Operation::invokedNs))
        .filter(op -> op.returnedNs() >= stuck.invokedNs() - 1_000_000_000L)
        .filter(op -> op.invokedNs() <= stuck.returnedNs())
        .limit(60)
        .forEach(op -> text.append("  ").append(op).append('\n'));
    return text.toString();
  }

  /** A call or an answer in the doubly linked list that the search works on. */
  private static final class Event {
    final Operation operation;
    final int index;
    final boolean isCall;
    @Nullable Event answer;
    @Nullable Event previous;
    @Nullable Event next;

    Event(Operation operation, int index, boolean isCall) {
      this.operation = operation;
      this.index = index;
      this.isCall = isCall;
    }

    long atNs() {
      return isCall ? operation.invokedNs() : operation.returnedNs();
    }

    void unlink() {
      Objects.requireNonNull(previous).next = next;
      if (next != null) {
        next.previous = previous;
      }
    }

    void relink() {
      Objects.requireNonNull(previous).next = this;
      if (next != null) {
        next.previous = this;
      }
    }
  }

  /** What has been taken so far, with the register's value after it. */
  private record Configuration(BitSet taken, @Nullable String value) {}

  /** A decision of the search, to be undone on the way back. */
  private record Choice(Event call, @Nullable String valueBefore) {}

  /** Null if the history of one register is linearizable. */
  private @Nullable Operation firstUnexplained(List<Operation> operations) {
    Event head = link(operations);
    int mustTake = (int) operations.stream().filter(Operation::isKnown).count();
    BitSet taken = new BitSet(operations.size());
    Set<Configuration> seen = new HashSet<>();
    List<Choice> choices = new ArrayList<>();
    @Nullable String value = null;
    @Nullable Operation deepest = null;
    int deepestCount = -1;
    @Nullable Event event = head.next;
    int steps = 0;
    while (mustTake > 0) {
      if (++steps > stepLimit) {
        throw new AssertionError("search gave up after " + steps + " steps: make the load smaller");
      }
      if (event != null && event.isCall) {
        boolean entered = false;
        if (fits(event.operation, value)) {
          taken.set(event.index);
          @Nullable String after = after(event.operation, value);
          if (seen.add(new Configuration((BitSet) taken.clone(), after))) {
            choices.add(new Choice(event, value));
            value = after;
            mustTake -= event.operation.isKnown() ? 1 : 0;
            unlink(event);
            event = head.next;
            entered = true;
          } else {
            taken.clear(event.index);
          }
        }
        if (!entered) {
          event = event.next;
        }
      } else {
        // An answer whose operation was not taken, or the end: go back.
        if (event != null && choices.size() > deepestCount) {
          deepestCount = choices.size();
          deepest = event.operation;
        }
        if (choices.isEmpty()) {
          return deepest == null ? operations.getFirst() : deepest;
        }
        Choice undone = choices.removeLast();
        value = undone.valueBefore;
        taken.clear(undone.call.index);
        mustTake += undone.call.operation.isKnown() ? 1 : 0;
        relink(undone.call);
        event = undone.call.next;
      }
    }
    return null;
  }

  private static boolean fits(Operation operation, @Nullable String value) {
    return operation.kind() != Kind.READ || Objects.equals(operation.value(), value);
  }

  private static @Nullable String after(Operation operation, @Nullable String value) {
    return operation.kind() == Kind.WRITE ? operation.value() : value;
  }

  private static void unlink(Event call) {
    call.unlink();
    if (call.answer != null) {
      call.answer.unlink();
    }
  }

  private static void relink(Event call) {
    if (call.answer != null) {
      call.answer.relink();
    }
    call.relink();
  }

  private static Event link(List<Operation> operations) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      if (operation.kind() == Kind.ADD) {
        throw new IllegalArgumentException("registers know no ADD: " + operation);
      }
      Event call = new Event(operation, i, true);
      events.add(call);
      if (operation.isKnown()) {
        call.answer = new Event(operation, i, false);
        events.add(call.answer);
      }
    }
    // At the same instant a call comes first: that allows more, never less.
    Event[] sorted = events.toArray(Event[]::new);
    Arrays.sort(
        sorted, Comparator.comparingLong(Event::atNs).thenComparing(event -> event.isCall ? 0 : 1));
    Event head =
        new Event(new Operation(-1, "", Kind.READ, null, null, -1, -1), operations.size(), false);
    Event last = head;
    for (Event event : sorted) {
      last.next = event;
      event.previous = last;
      last = event;
    }
    return head;
  }
}
