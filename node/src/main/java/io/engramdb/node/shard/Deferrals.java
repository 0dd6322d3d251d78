package io.engramdb.node.shard;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.DeferredReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Clients whose last command answers later. Shard thread only. */
public final class Deferrals {

  /** How often conditions are looked at that change without an event of the shard. */
  private static final long POLL_MS = 2;

  /** Asks a client to try its deferred reply; true if it was written. */
  @FunctionalInterface
  public interface Attempt extends Predicate<Boolean> {}

  private record Deferral(DeferredReply reply, Attempt attempt) {}

  /** What deferred commands need of the shard. */
  interface Host {
    /** Begins a turn unless one runs and answers its shard time in milliseconds. */
    long beginTurn();

    /** Whether this command may be executed again just now. */
    boolean mayRun(@Nullable CommandSpec spec, ClientState client);

    /** A command was executed again. */
    void ran();
  }

  private final ShardScheduler scheduler;
  private final Host host;
  private final Map<ShardClient, Deferral> waiting = new LinkedHashMap<>();
  private boolean scheduled;

  Deferrals(ShardScheduler scheduler, Host host) {
    this.scheduler = scheduler;
    this.host = host;
  }

  /** Number of clients that wait. */
  public int size() {
    return waiting.size();
  }

  /**
   * The client waits.
   *
   * @param attempt tries to write the reply (argument: whether the deadline has passed); not asked
   *     if the command is executed again
   */
  public void add(ShardClient client, ClientState state, DeferredReply reply, Attempt attempt) {
    Args again = reply.executedAgain();
    Attempt made =
        again == null ? attempt : expired -> executeAgain(client, state, reply, again, expired);
    waiting.put(client, new Deferral(reply, made));
    keepPolling();
  }

  private boolean executeAgain(
      ShardClient client, ClientState state, DeferredReply reply, Args request, boolean expired) {
    CommandSpec spec = state.lastCommand;
    if (spec == null || !reply.isReady(expired) || !host.mayRun(spec, state)) {
      return false;
    }
    boolean done = client.executeAgain(spec, request);
    host.ran();
    return done;
  }

  void forget(ShardClient client) {
    Deferral deferral = waiting.remove(client);
    if (deferral != null) {
      deferral.reply().ended();
    }
  }

  /** Lets those answer whose condition holds or whose deadline has passed. */
  void poll() {
    if (waiting.isEmpty()) {
      return;
    }
    long nowMs = host.beginTurn();
    for (Map.Entry<ShardClient, Deferral> entry : List.copyOf(waiting.entrySet())) {
      Deferral deferral = entry.getValue();
      boolean expired = nowMs >= deferral.reply().deadlineMs();
      if (waiting.get(entry.getKey()) == deferral && deferral.attempt().test(expired)) {
        end(entry.getKey(), deferral);
      }
    }
    keepPolling();
  }

  private void end(ShardClient client, Deferral deferral) {
    if (waiting.remove(client, deferral)) {
      deferral.reply().ended();
    }
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
    Deferral deferral = waiting.get(client);
    if (deferral != null) {
      end(client, deferral);
      client.cancelDeferred(error);
    }
  }

  /** Ends a client's wait as if its deadline had passed. */
  public void expire(ShardClient client) {
    Deferral deferral = waiting.get(client);
    if (deferral != null && deferral.attempt().test(true)) {
      end(client, deferral);
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
    ended.forEach(this::forget);
    ended.forEach(client -> client.cancelDeferred(error));
  }
}
