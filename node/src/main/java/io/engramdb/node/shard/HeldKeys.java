package io.engramdb.node.shard;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.TransactionState.Queued;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys that nobody may change for a while, because their values are on the way to another server:
 * who wants to waits until some are released. What names no keys is held if it empties or swaps
 * whole databases, a script by the keys that it declares; what it changes beside them is noticed by
 * whoever holds the keys. Shard thread only.
 */
public final class HeldKeys {

  private record Place(int database, Bytes key) {}

  /** What changes keys without naming them. */
  private static final Set<String> ALL_KEYS = Set.of("flushall", "flushdb", "swapdb");

  private final Map<Place, Integer> held = new HashMap<>();

  /** In the order in which they came; not more than there are clients. */
  private final LinkedHashSet<ShardClient> waiting = new LinkedHashSet<>();

  // The request at hand, for the visitor below.
  private Args request = new Args();
  private int database;
  private boolean anyKey;
  private boolean anyHeld;

  private final KeySpec.PlaceVisitor visitor = this::visitKey;

  /** Nobody changes these keys from now on. */
  public void hold(int ofDatabase, List<Bytes> keys) {
    keys.forEach(key -> held.merge(new Place(ofDatabase, key), 1, Integer::sum));
  }

  /** The end of {@link #hold}. */
  public void release(int ofDatabase, List<Bytes> keys) {
    keys.forEach(
        key ->
            held.computeIfPresent(
                new Place(ofDatabase, key), (place, times) -> times == 1 ? null : times - 1));
  }

  /** A client waits whom {@link #holdBack} holds back. */
  public void await(ShardClient client) {
    waiting.add(client);
  }

  void forget(ShardClient client) {
    waiting.remove(client);
  }

  /** How many wait. */
  int waitingCount() {
    return waiting.size();
  }

  /** Lets all who wait try again: whoever is still held back comes again. */
  void resumeWaiting() {
    for (int left = waiting.size(); left > 0 && !waiting.isEmpty(); left--) {
      waiting.removeFirst().resume();
    }
  }

  /** Whether this request may change a key that is held: its client waits. */
  public boolean holdBack(@Nullable CommandSpec spec, Args args, ClientState client) {
    if (held.isEmpty() || spec == null) {
      return false;
    }
    database = client.database;
    if (!client.transaction.open) {
      return mayChange(spec, args);
    }
    if (spec.isExec()) {
      for (Queued queued : client.transaction.queue()) {
        if (mayChange(queued.spec(), queued.args())) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean mayChange(CommandSpec spec, Args args) {
    boolean changes = spec.isWrite() || (spec.runsScript() && spec.mayReplicate(args));
    if (!changes || !spec.acceptsWords(args.count())) {
      return false;
    }
    request = args;
    anyKey = false;
    anyHeld = false;
    for (KeySpec keys : spec.keys()) {
      keys.visit(args, visitor);
    }
    return anyHeld || (!anyKey && ALL_KEYS.contains(spec.name()));
  }

  private void visitKey(int place) {
    anyKey = true;
    anyHeld |= held.containsKey(new Place(database, request.bytes(place)));
  }
}
