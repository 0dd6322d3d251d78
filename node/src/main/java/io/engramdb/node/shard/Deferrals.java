package io.engramdb.node.shard;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.DeferredReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Clients whose last command answers later. Shard thread only. */
public final class Deferrals {

  /** How often conditions are looked at that change without an event of the shard. */
  private static final long POLL_MS = 2;

  /** Asks a client to try its deferred reply; true if it was written. */
  @FunctionalInterface
  public interface Attempt extends Predicate<Boolean> {}

  private record Deferral(DeferredReply reply, Attempt attempt) {}

  private final ShardScheduler scheduler;
  private final LongSupplier beginTurn;
  private final Map<ShardClient, Deferral> waiting = new LinkedHashMap<>();
  private boolean scheduled;

  /**
   * @param beginTurn begins a turn unless one runs and answers its shard time in milliseconds
   */
  Deferrals(ShardScheduler scheduler, LongSupplier beginTurn) {
    this.scheduler = scheduler;
    this.beginTurn = beginTurn;
  }

  /** Number of clients that wait. */
  public int size() {
    return waiting.size();
  }

  /**
   * The client waits.
   *
   * @param attempt tries to write the reply (argument: whether the deadline has passed)
   */
  public void add(ShardClient client, DeferredReply reply, Attempt attempt) {
    waiting.put(client, new Deferral(reply, attempt));
    keepPolling();
  }

  void forget(ShardClient client) {
    waiting.remove(client);
  }

  /** Lets those answer whose condition holds or whose deadline has passed. */
  void poll() {
    if (waiting.isEmpty()) {
      return;
    }
    long nowMs = beginTurn.getAsLong();
    for (Map.Entry<ShardClient, Deferral> entry : List.copyOf(waiting.entrySet())) {
      Deferral deferral = entry.getValue();
      boolean expired = nowMs >= deferral.reply().deadlineMs();
      if (deferral.attempt().test(expired)) {
        waiting.remove(entry.getKey(), deferral);
      }
    }
    keepPolling();
  }

  private void keepPolling() {
    if (!scheduled && !waiting.isEmpty()) {
      scheduled = true;
      scheduler.schedule(
          () -> {
            scheduled = false;
            poll();
          },
          POLL_MS);
    }
  }

  /** Ends a client's wait with an error. */
  public void forgetAndCancel(ShardClient client, CommandError error) {
    if (waiting.remove(client) != null) {
      client.cancelDeferred(error);
    }
  }

  /** Ends a client's wait as if its deadline had passed. */
  public void expire(ShardClient client) {
    Deferral deferral = waiting.get(client);
    if (deferral != null && deferral.attempt().test(true)) {
      waiting.remove(client, deferral);
    }
  }

  /** Ends every wait that belonged to the role of this node. */
  void cancelAll(CommandError error) {
    List<ShardClient> ended = new ArrayList<>();
    waiting.forEach(
        (client, deferral) -> {
          if (!deferral.reply().outlivesRole()) {
            ended.add(client);
          }
        });
    ended.forEach(waiting::remove);
    ended.forEach(client -> client.cancelDeferred(error));
  }
}
