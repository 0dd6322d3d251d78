package io.engramdb.node.sim;

import io.engramdb.node.sim.History.Kind;
import io.engramdb.node.sim.History.Operation;
import io.engramdb.node.sim.History.Outcome;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Cheap checks of what is no register: counters, exchanges, keys that expire, key lists. */
final class Ledger {

  private final Consumer<String> violation;
  private final LongClock clock;

  /** For each counter the results told so far, by the time of the reply. */
  private final Map<String, TreeMap<Long, Long>> results = new HashMap<>();

  private final Map<String, Set<Long>> distinct = new HashMap<>();
  private final Map<String, String> successors = new HashMap<>();

  /** When a key that expires was first read as present, and then as gone: end of the read. */
  private final Map<String, Long> presentBy = new HashMap<>();

  private final Map<String, Long> goneBy = new HashMap<>();

  /** The world's time. */
  @FunctionalInterface
  interface LongClock {
    long nowNanos();
  }

  Ledger(Consumer<String> violation, LongClock clock) {
    this.violation = violation;
    this.clock = clock;
  }

  /** INCR was answered: no result twice, and none below one that was told before it began. */
  void incremented(String key, long begunNanos, Object reply) {
    if (!(reply instanceof String text) || text.startsWith("-")) {
      return;
    }
    long result = Long.parseLong(text);
    if (!distinct.computeIfAbsent(key, k -> new HashSet<>()).add(result)) {
      violation.accept("INCR told " + result + " twice");
    }
    TreeMap<Long, Long> told = results.computeIfAbsent(key, k -> new TreeMap<>());
    var before = told.lowerEntry(begunNanos);
    if (before != null && before.getValue() >= result) {
      violation.accept("INCR told " + result + " after " + before.getValue());
    }
    var last = told.lastEntry();
    told.put(clock.nowNanos(), last == null ? result : Math.max(last.getValue(), result));
  }

  /** A transaction with WATCH succeeded: nobody else may have exchanged the same value. */
  void exchanged(String before, String after) {
    String other = successors.putIfAbsent(before, after);
    if (other != null) {
      violation.accept(before + " was exchanged twice, by " + other + " and " + after);
    }
  }

  /** A key that expires was read on a primary. */
  void expiringRead(String key, long begunNanos, long endedNanos, boolean present) {
    if (present) {
      presentBy.merge(key, endedNanos, Math::min);
      Long gone = goneBy.get(key);
      if (gone != null && gone < begunNanos) {
        violation.accept(key + " came back from the dead");
      }
    } else if (presentBy.getOrDefault(key, Long.MAX_VALUE) < begunNanos) {
      goneBy.merge(key, endedNanos, Math::min);
    }
  }

  /** KEYS was answered: every key that was acknowledged before it began is there. */
  void listed(History history, long begunNanos, List<?> keys) {
    Set<Object> present = new HashSet<>(keys);
    for (Operation operation : history.operations()) {
      if (operation.kind == Kind.WRITE
          && operation.outcome == Outcome.DONE
          && operation.key.startsWith("g")
          && operation.endedNanos < begunNanos
          && !present.contains(operation.key)) {
        violation.accept("KEYS misses " + operation);
      }
    }
  }
}
