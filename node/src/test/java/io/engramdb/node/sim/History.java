package io.engramdb.node.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What clients asked and were told, and what that says about the shard.
 *
 * <p>Every written value is unique, so the committed log is the order of all writes, and reads can
 * be judged in O(n log n): no acknowledged write is missing from the log, none that was refused is
 * in it, whatever was read is in it, and the places in the log of what operations on one key wrote
 * or read never run against real time. {@link ZoneCheck} judges the same history without looking at
 * the log.
 */
final class History {

  /** What an operation does to its key. */
  enum Kind {
    WRITE,
    READ,
    /** A read that a replica may have answered: the applied prefix, perhaps behind. */
    REPLICA_READ
  }

  /** How an operation ended. */
  enum Outcome {
    OPEN,
    DONE,
    /** Refused with an error: it did not happen. */
    REFUSED,
    /** The connection ended first. */
    UNKNOWN
  }

  /** One operation on one key. */
  static final class Operation {
    final Kind declared;
    final String key;
    final long invokedNanos;
    Kind kind;

    /** Value written, or read; null for a missing key. */
    String value;

    long endedNanos = Long.MAX_VALUE;
    Outcome outcome = Outcome.OPEN;

    /** The connection it was sent on, and its number there: later ones must not overtake it. */
    int connection;

    int number;

    Operation(Kind kind, String key, String value, long invokedNanos) {
      this.declared = kind;
      this.kind = kind;
      this.key = key;
      this.value = value;
      this.invokedNanos = invokedNanos;
    }

    @Override
    public String toString() {
      return String.format(
          "%s %s=%s %d..%d %s connection %d.%d",
          kind, key, value, invokedNanos, endedNanos, outcome, connection, number);
    }
  }

  private final List<Operation> operations = new ArrayList<>();

  void add(Operation operation) {
    operations.add(operation);
  }

  List<Operation> operations() {
    return operations;
  }

  /** Operations that the primary answered. */
  long doneCount() {
    return operations.stream().filter(o -> o.outcome == Outcome.DONE).count();
  }

  /**
   * Judges everything.
   *
   * @param places for each value in the committed log its place, from 1 on
   * @return what is wrong, empty if nothing
   */
  List<String> violations(Map<String, Integer> places) {
    List<String> found = new ArrayList<>();
    Map<String, List<Operation>> byKey = new LinkedHashMap<>();
    for (Operation operation : operations) {
      judgeAlone(operation, places, found);
      byKey.computeIfAbsent(operation.key, k -> new ArrayList<>()).add(operation);
    }
    byKey.values().forEach(list -> judgeOrder(list, places, found));
    byKey.values().forEach(list -> found.addAll(ZoneCheck.violations(list)));
    judgeConnections(places, found);
    return found;
  }

  private static void judgeAlone(
      Operation operation, Map<String, Integer> places, List<String> found) {
    boolean inLog = operation.value == null || places.containsKey(operation.value);
    if (operation.kind == Kind.WRITE) {
      if (operation.outcome == Outcome.DONE && !inLog) {
        found.add("acknowledged but lost: " + operation);
      }
      if (operation.outcome == Outcome.REFUSED && inLog) {
        found.add("refused but done: " + operation);
      }
    } else if (operation.outcome == Outcome.DONE && !inLog) {
      found.add("read but never committed: " + operation);
    }
  }

  /** Places in the log must follow real time: per key, and for replicas per connection. */
  private static void judgeOrder(
      List<Operation> operations, Map<String, Integer> places, List<String> found) {
    List<Operation> done = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.outcome == Outcome.DONE && operation.kind != Kind.REPLICA_READ) {
        done.add(operation);
      }
    }
    List<Operation> byEnd = new ArrayList<>(done);
    byEnd.sort(Comparator.comparingLong(o -> o.endedNanos));
    done.sort(Comparator.comparingLong(o -> o.invokedNanos));
    int next = 0;
    int newest = 0;
    Operation newestOperation = null;
    for (Operation operation : done) {
      while (next < byEnd.size() && byEnd.get(next).endedNanos < operation.invokedNanos) {
        int place = place(byEnd.get(next), places);
        if (place > newest) {
          newest = place;
          newestOperation = byEnd.get(next);
        }
        next++;
      }
      if (place(operation, places) < newest) {
        found.add("stale: " + operation + " after " + newestOperation);
      }
    }
    Map<Integer, Integer> seenByReplicaReader = new HashMap<>();
    for (Operation operation : operations) {
      if (operation.kind == Kind.REPLICA_READ && operation.outcome == Outcome.DONE) {
        int place = place(operation, places);
        int before = seenByReplicaReader.getOrDefault(operation.connection, 0);
        if (place < before) {
          found.add("a replica went back: " + operation);
        }
        seenByReplicaReader.put(operation.connection, place);
      }
    }
  }

  private static int place(Operation operation, Map<String, Integer> places) {
    return operation.value == null ? 0 : places.getOrDefault(operation.value, 0);
  }

  /** Of writes that a client sends without waiting, a later one must not survive an earlier one. */
  private void judgeConnections(Map<String, Integer> places, List<String> found) {
    Map<Integer, TreeMap<Integer, Operation>> byConnection = new TreeMap<>();
    for (Operation operation : operations) {
      if (operation.declared == Kind.WRITE) {
        byConnection
            .computeIfAbsent(operation.connection, c -> new TreeMap<>())
            .put(operation.number, operation);
      }
    }
    for (TreeMap<Integer, Operation> writes : byConnection.values()) {
      Operation missing = null;
      for (Operation write : writes.values()) {
        boolean inLog = places.containsKey(write.value);
        if (inLog && missing != null) {
          found.add("committed: " + write + " but not before it: " + missing);
        }
        if (!inLog && (write.outcome == Outcome.UNKNOWN || write.outcome == Outcome.OPEN)) {
          missing = write;
        }
      }
    }
  }

  /** Values that were ever told to a client. */
  Set<String> valuesSeen() {
    Set<String> seen = new HashSet<>();
    operations.stream().filter(o -> o.outcome == Outcome.DONE).forEach(o -> seen.add(o.value));
    return seen;
  }
}
