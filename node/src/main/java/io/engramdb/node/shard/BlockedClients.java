package io.engramdb.node.shard;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wait for keys: who waits for which, in the order in which they came, and until when.
 *
 * <p>As in Redis 7.2 ({@code blocked.c}): keys that may have become ready are collected while a
 * command or transaction runs; when it has ended, those who wait for them execute their command
 * again, the longest waiting first, until nobody gets anything any more, because what one of them
 * takes or moves may serve the next. Nothing is logged for a wait. Shard thread only.
 */
public final class BlockedClients {

  /** A timer sleeps that long at most and looks again. */
  private static final long MAX_TIMER_MS = 3_600_000;

  /** A key of a database. */
  private record Place(int database, Bytes key) {}

  /** One client and what it executes again. */
  private static final class Waiter {
    private final ShardClient client;
    private final CommandSpec spec;
    private final KeyWait wait;
    private final Place[] places;
    private final long number;

    Waiter(ShardClient client, CommandSpec spec, KeyWait wait, int database, long number) {
      this.client = client;
      this.spec = spec;
      // The words of a request are gone when the next one is read.
      this.wait = wait.detached();
      this.number = number;
      this.places = new Place[wait.keyCount()];
      for (int i = 0; i < places.length; i++) {
        places[i] = new Place(database, wait.request().bytes(wait.firstKey() + i));
      }
    }

    boolean canEnd() {
      return wait.deadlineMs() != Long.MAX_VALUE;
    }
  }

  /** Who waits for one key, by number. */
  private static final class Line {
    private final TreeMap<Long, Waiter> waiters = new TreeMap<>();

    /** How many of them want to know of the key's end. */
    private int whenGone;
  }

  private final Keyspaces keyspaces;
  private final ShardScheduler scheduler;
  private final LongSupplier beginTurn;
  private final Map<Place, Line> lines = new HashMap<>();
  private final Map<ShardClient, Waiter> byClient = new LinkedHashMap<>();
  private final TreeSet<Waiter> byDeadline =
      new TreeSet<>(
          Comparator.<Waiter>comparingLong(waiter -> waiter.wait.deadlineMs())
              .thenComparingLong(waiter -> waiter.number));
  private final LinkedHashSet<Place> ready = new LinkedHashSet<>();
  private long nextNumber;

  /** Where serving the first ready key goes on after a pause: behind this waiter. */
  private long servedUpTo = -1;

  private long timerMs = Long.MAX_VALUE;

  /**
   * @param beginTurn begins a turn unless one runs and answers its shard time in milliseconds
   */
  BlockedClients(Keyspaces keyspaces, ShardScheduler scheduler, LongSupplier beginTurn) {
    this.keyspaces = keyspaces;
    this.scheduler = scheduler;
    this.beginTurn = beginTurn;
  }

  /** Number of clients that wait. */
  public int size() {
    return byClient.size();
  }

  public boolean contains(ShardClient client) {
    return byClient.containsKey(client);
  }

  // --- coming and going

  /** The client waits from now on. */
  public void add(ShardClient client, CommandSpec spec, KeyWait wait, int database, long nowMs) {
    Waiter waiter = new Waiter(client, spec, wait, database, nextNumber++);
    Invariant.check(byClient.put(client, waiter) == null, "a client that waits twice");
    for (Place place : waiter.places) {
      Line line = lines.computeIfAbsent(place, unused -> new Line());
      if (line.waiters.put(waiter.number, waiter) == null && wait.alsoWhenGone()) {
        line.whenGone++;
      }
    }
    if (waiter.canEnd()) {
      byDeadline.add(waiter);
      setTimer(nowMs);
    }
  }

  /** The client waits no more, whatever the reason. */
  void forget(ShardClient client) {
    Waiter waiter = byClient.remove(client);
    if (waiter == null) {
      return;
    }
    for (Place place : waiter.places) {
      Line line = lines.get(place);
      if (line != null && line.waiters.remove(waiter.number) != null) {
        line.whenGone -= waiter.wait.alsoWhenGone() ? 1 : 0;
        if (line.waiters.isEmpty()) {
          lines.remove(place);
        }
      }
    }
    if (waiter.canEnd()) {
      byDeadline.remove(waiter);
    }
  }

  /** Ends a client's wait with an error. */
  public void cancel(ShardClient client, CommandError error) {
    if (contains(client)) {
      forget(client);
      client.cancelDeferred(error);
    }
  }

  /** Ends a client's wait as if its time was up. */
  public void expire(ShardClient client) {
    if (contains(client)) {
      forget(client);
      client.waitedInVain();
    }
  }

  /** Nobody waits any more, because this node leads no more. */
  void endAll() {
    List<ShardClient> all = new ArrayList<>(byClient.keySet());
    all.forEach(this::forget);
    ready.clear();
    servedUpTo = -1;
    all.forEach(ShardClient::unblockedByDemotion);
  }

  // --- keys

  /** A key may have become what somebody waits for, or has gone. */
  void signal(int database, byte[] key) {
    if (byClient.isEmpty()) {
      return;
    }
    Place place = new Place(database, Bytes.wrap(key));
    if (lines.containsKey(place)) {
      ready.add(place);
    }
  }

  /** As {@link #signal} for every key of a database. */
  void signalAll(int database) {
    for (Place place : lines.keySet()) {
      if (place.database == database) {
        ready.add(place);
      }
    }
  }

  /** Whether a key was signalled since all were served. */
  public boolean hasReady() {
    return !ready.isEmpty();
  }

  /**
   * Lets clients execute their commands again.
   *
   * @param limit how many at most
   * @return whether there is more to do
   */
  boolean serve(int limit) {
    int left = limit;
    while (!ready.isEmpty()) {
      // Removed first: what is signalled from here on may concern those who were asked already.
      Place place = ready.removeFirst();
      Line line = lines.get(place);
      Map.Entry<Long, Waiter> next = line == null ? null : line.waiters.higherEntry(servedUpTo);
      while (line != null && next != null && left > 0) {
        ValueType type = keyspaces.database(place.database).typeOf(place.key.array());
        if (type == null && line.whenGone == 0) {
          next = null;
          break;
        }
        Waiter waiter = next.getValue();
        servedUpTo = waiter.number;
        if (type == waiter.wait.type() || waiter.wait.alsoWhenGone()) {
          left--;
          if (waiter.client.executeAgain(waiter.spec, waiter.wait.request())) {
            forget(waiter.client);
          }
        }
        next = line.waiters.higherEntry(servedUpTo);
      }
      if (next != null && line != null) {
        // The limit is reached: this key goes on being first, and begins anew if it changed.
        servedUpTo = ready.contains(place) ? -1 : servedUpTo;
        ready.addFirst(place);
        return true;
      }
      servedUpTo = -1;
    }
    return false;
  }

  // --- time

  private void setTimer(long nowMs) {
    if (byDeadline.isEmpty()) {
      return;
    }
    long deadlineMs = byDeadline.first().wait.deadlineMs();
    if (deadlineMs < timerMs) {
      timerMs = deadlineMs;
      long delayMs = Math.clamp(deadlineMs - nowMs, 1, MAX_TIMER_MS);
      scheduler.schedule(() -> timerRang(deadlineMs), delayMs);
    }
  }

  private void timerRang(long deadlineMs) {
    if (timerMs == deadlineMs) {
      timerMs = Long.MAX_VALUE;
    }
    if (byDeadline.isEmpty()) {
      return;
    }
    long nowMs = beginTurn.getAsLong();
    Waiter first = first();
    while (first != null && first.wait.deadlineMs() <= nowMs) {
      expire(first.client);
      first = first();
    }
    setTimer(nowMs);
  }

  private @Nullable Waiter first() {
    return byDeadline.isEmpty() ? null : byDeadline.first();
  }
}
