package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.TrackingState;
import io.engramdb.node.metrics.NodeMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which clients may have cached which keys. Upstream: Redis 7.2 {@code tracking.c}.
 *
 * <p>A read registers its keys when it executes. A change removes the registration when it
 * executes, and the word of it leaves with the change's record: a client that reads again in
 * between registers again and is told of what comes after. So nothing stale stays cached, whatever
 * is committed when. Keys are remembered without their database, as in Redis. Shard thread only.
 */
final class TrackingTable {

  private final Outbox outbox;
  private final LongFunction<@Nullable ConnectedClient> clients;
  private final NodeMetrics metrics;

  /** Numbers of clients by key, the longest remembered first. Numbers may be of the departed. */
  private final LinkedHashMap<Bytes, Set<Long>> readers = new LinkedHashMap<>();

  /** Who hears of all keys that begin so. */
  private final Map<Bytes, Set<ConnectedClient>> broadcasts = new TreeMap<>();

  /** Clients with tracking on. */
  private final Set<ConnectedClient> tracking = new LinkedHashSet<>();

  /** Keys to broadcast when the run is over, with the number of the client that changed each. */
  private final Map<Bytes, Long> pending = new LinkedHashMap<>();

  private long maxKeys;
  private long currentId;

  /** The script that runs has called a command that reads. */
  private boolean scriptHasRead;

  private final KeyCollector collector = new KeyCollector();

  TrackingTable(
      Outbox outbox, LongFunction<@Nullable ConnectedClient> clients, NodeMetrics metrics) {
    this.outbox = outbox;
    this.clients = clients;
    this.metrics = metrics;
  }

  /** The directive {@code tracking-table-max-keys}; 0 for no limit. */
  void limit(long newMaxKeys) {
    maxKeys = newMaxKeys;
    evict();
  }

  boolean isOn() {
    return !tracking.isEmpty();
  }

  private void count() {
    metrics.trackingClients = tracking.size();
    metrics.trackedKeys = readers.size();
    metrics.trackedPrefixes = broadcasts.size();
  }

  // --- on and off

  /** Tracking begins, or goes on otherwise; prefixes that the client has already stay. */
  void enable(ConnectedClient client, TrackingState state, List<Bytes> morePrefixes) {
    TrackingState before = client.state().tracking;
    if (before != null) {
      state.prefixes.addAll(before.prefixes);
    }
    client.state().tracking = state;
    tracking.add(client);
    if (state.broadcast) {
      listen(client, state, morePrefixes);
    }
    count();
  }

  private void listen(ConnectedClient client, TrackingState state, List<Bytes> morePrefixes) {
    List<Bytes> added = morePrefixes.isEmpty() ? List.of(Bytes.EMPTY) : morePrefixes;
    for (Bytes prefix : added) {
      if (broadcasts.computeIfAbsent(prefix, unused -> new LinkedHashSet<>(2)).add(client)) {
        state.prefixes.add(prefix);
      }
    }
  }

  void disable(ConnectedClient client) {
    TrackingState state = client.state().tracking;
    if (state == null) {
      return;
    }
    client.state().tracking = null;
    tracking.remove(client);
    for (Bytes prefix : state.prefixes) {
      Set<ConnectedClient> listeners = broadcasts.get(prefix);
      if (listeners != null && listeners.remove(client) && listeners.isEmpty()) {
        broadcasts.remove(prefix);
      }
    }
    if (tracking.isEmpty()) {
      // From here on nobody tells of changes: what is remembered would be of no use later.
      readers.clear();
      metrics.trackedItems = 0;
    }
    count();
  }

  // --- reading

  /** A command is about to run for that client. */
  void begin(CommandSpec spec, ClientState client) {
    currentId = client.id;
    scriptHasRead &= !spec.runsScript();
  }

  /**
   * A command has run: the keys that it read are remembered if its client wants that. Of a script
   * that has read anything these are the keys of its commands, as in Redis 7.2, and those that it
   * declares, as before: whoever keeps a script's result keeps it by them.
   */
  void ran(CommandSpec spec, Args args, ClientState client) {
    currentId = 0;
    TrackingState state = client.tracking;
    if (state == null || !state.remembers()) {
      return;
    }
    boolean reads = spec.runsScript() ? scriptHasRead : spec.has(CommandFlag.READONLY);
    if (!reads) {
      return;
    }
    scriptHasRead = true;
    collector.args = args;
    collector.reader = client.id;
    for (int i = 0; i < spec.keys().size(); i++) {
      spec.keys().get(i).visit(args, collector::remember);
    }
    evict();
    count();
  }

  /** Receives the places of the keys of a request. */
  private final class KeyCollector {
    private Args args = new Args();
    private long reader;

    void remember(int place) {
      if (readers.computeIfAbsent(args.bytes(place), unused -> new HashSet<>(2)).add(reader)) {
        metrics.trackedItems++;
      }
    }
  }

  /** Forgets the longest remembered keys above the limit, which invalidates them. */
  private void evict() {
    while (maxKeys > 0 && readers.size() > maxKeys) {
      Iterator<Bytes> oldest = readers.keySet().iterator();
      invalidateReaders(oldest.next(), false);
    }
  }

  // --- changes

  /** A key changes. */
  void changed(byte[] key) {
    Bytes name = Bytes.wrap(key);
    invalidateReaders(name, true);
    if (!broadcasts.isEmpty()) {
      pending.put(name, currentId);
      outbox.wake();
    }
  }

  private void invalidateReaders(Bytes key, boolean byCurrent) {
    Set<Long> ids = readers.remove(key);
    if (ids == null) {
      return;
    }
    metrics.trackedItems -= ids.size();
    count();
    Invalidation message = new Invalidation(List.of(key));
    for (long id : ids) {
      ConnectedClient reader = clients.apply(id);
      TrackingState state = reader == null ? null : reader.state().tracking;
      boolean ownChange = byCurrent && id == currentId && state != null && state.noLoop;
      if (state != null && !state.broadcast && !ownChange) {
        send(reader, state, message);
      }
    }
  }

  /** Everything that anybody has cached is worth nothing any more. */
  void invalidateAll() {
    readers.clear();
    metrics.trackedItems = 0;
    count();
    pending.clear();
    Invalidation message = new Invalidation(null);
    for (ConnectedClient client : tracking) {
      TrackingState state = client.state().tracking;
      if (state != null) {
        send(client, state, message);
      }
    }
  }

  /** The run is over: says which keys have changed to those who hear of prefixes. */
  void broadcast() {
    if (pending.isEmpty()) {
      return;
    }
    Map<Bytes, Long> changes = new LinkedHashMap<>(pending);
    pending.clear();
    broadcasts.forEach(
        (prefix, listeners) -> {
          List<Bytes> keys =
              changes.keySet().stream().filter(key -> beginsWith(key, prefix)).toList();
          if (!keys.isEmpty()) {
            broadcast(listeners, keys, changes);
          }
        });
  }

  private void broadcast(
      Set<ConnectedClient> listeners, List<Bytes> keys, Map<Bytes, Long> changes) {
    Invalidation message = new Invalidation(keys);
    for (ConnectedClient client : listeners) {
      TrackingState state = client.state().tracking;
      if (state == null) {
        continue;
      }
      if (!state.noLoop) {
        send(client, state, message);
        continue;
      }
      long self = client.state().id;
      List<Bytes> others = new ArrayList<>();
      for (Bytes key : keys) {
        if (changes.getOrDefault(key, 0L) != self) {
          others.add(key);
        }
      }
      if (!others.isEmpty()) {
        send(client, state, new Invalidation(others));
      }
    }
  }

  private static boolean beginsWith(Bytes key, Bytes prefix) {
    int length = prefix.length();
    return key.length() >= length
        && Arrays.equals(key.array(), 0, length, prefix.array(), 0, length);
  }

  private void send(ConnectedClient client, TrackingState state, Invalidation message) {
    if (state.redirect == 0) {
      if (client.state().protocol == 3) {
        outbox.add(client, message);
      }
      return;
    }
    ConnectedClient target = clients.apply(state.redirect);
    if (target == null || target.state().closeAfterReply) {
      state.brokenRedirect = true;
      if (client.state().protocol == 3) {
        outbox.add(client, Invalidation.brokenRedirect(state.redirect));
      }
    } else if (target.state().protocol == 3 || target.state().subscriptions.any()) {
      // Under RESP2 only who listens can tell it from a reply.
      outbox.add(target, message);
    }
  }
}
