package io.engramdb.node.sim;

import io.engramdb.node.sim.History.Kind;
import io.engramdb.node.sim.History.Operation;
import io.engramdb.node.sim.History.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a history of one register with unique values is linearizable, from times alone.
 *
 * <p>All operations on one value form a cluster, whose zone lies between the earliest end and the
 * latest beginning of its operations. A zone is forward if the former comes first. The history is
 * linearizable if, and only if, no two forward zones overlap, no backward zone lies within a
 * forward one, and no value is read before its write begins (Gibbons and Korach, "Testing Shared
 * Memories", 1997). A write whose outcome is unknown counts from when its value was read; if nobody
 * read it, it may never have happened. O(n²) in the number of values.
 */
final class ZoneCheck {

  private static final class Zone {
    final String value;
    long earliestEnd = Long.MAX_VALUE;
    long latestBegin = Long.MIN_VALUE;
    long writeBegin = Long.MAX_VALUE;
    boolean counts;

    Zone(String value) {
      this.value = value;
    }

    boolean forward() {
      return earliestEnd < latestBegin;
    }

    long low() {
      return Math.min(earliestEnd, latestBegin);
    }

    long high() {
      return Math.max(earliestEnd, latestBegin);
    }
  }

  private ZoneCheck() {}

  static List<String> violations(List<Operation> register) {
    List<String> found = new ArrayList<>();
    List<Zone> forward = new ArrayList<>();
    List<Zone> backward = new ArrayList<>();
    for (Zone zone : zones(register).values()) {
      if (!zone.counts) {
        continue;
      }
      if (zone.earliestEnd < zone.writeBegin) {
        found.add("read before it was written: " + zone.value);
      }
      (zone.forward() ? forward : backward).add(zone);
    }
    String key = register.isEmpty() ? "" : register.get(0).key;
    forward.sort(Comparator.comparingLong(Zone::low));
    for (int i = 1; i < forward.size(); i++) {
      if (forward.get(i).low() < forward.get(i - 1).high()) {
        found.add(
            "not linearizable, "
                + key
                + ": "
                + forward.get(i - 1).value
                + " and "
                + forward.get(i).value);
      }
    }
    for (Zone zone : backward) {
      for (Zone outer : forward) {
        if (outer.low() < zone.low() && zone.high() < outer.high()) {
          found.add("not linearizable, " + key + ": " + zone.value + " within " + outer.value);
        }
      }
    }
    return found;
  }

  private static Map<String, Zone> zones(List<Operation> register) {
    Map<String, Zone> zones = new HashMap<>();
    Zone missing = new Zone(null);
    // The key is missing before the world begins.
    missing.earliestEnd = 0;
    missing.latestBegin = 0;
    missing.writeBegin = 0;
    missing.counts = true;
    zones.put(null, missing);
    for (Operation operation : register) {
      boolean done = operation.outcome == Outcome.DONE;
      boolean write = operation.kind == Kind.WRITE;
      if (operation.kind == Kind.REPLICA_READ
          || operation.outcome == Outcome.REFUSED
          || (!done && !write)) {
        continue;
      }
      Zone zone = zones.computeIfAbsent(operation.value, Zone::new);
      zone.latestBegin = Math.max(zone.latestBegin, operation.invokedNanos);
      if (done) {
        zone.counts = true;
        zone.earliestEnd = Math.min(zone.earliestEnd, operation.endedNanos);
      }
      if (write) {
        zone.writeBegin = Math.min(zone.writeBegin, operation.invokedNanos);
      }
    }
    return zones;
  }
}
