package io.engramdb.node.session;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientDirectory;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The sessions of one shard, and what is done to several of them. Shard thread only. */
public final class SessionRegistry implements ClientDirectory {

  private final Shard shard;
  private final ShardScheduler scheduler;
  private final ReplyWriters writers;
  private final ReplyWriters busyWriters;
  private final Consumer<ClientState> greeting;
  private final TreeMap<Long, Session> byId = new TreeMap<>();
  private final OutputLimits limits;
  private final ClientMemory memory;
  private Consumer<ConnectedClient> farewell = client -> {};
  private long nextId = 1;
  private long acceptedCount;
  private long pausedUntilMs;
  private boolean pausesWritesOnly;

  /**
   * @param greeting prepares the state of a new client: user, rights
   */
  public SessionRegistry(
      Shard shard, ShardScheduler scheduler, ReplyWriters writers, Consumer<ClientState> greeting) {
    this.shard = shard;
    this.scheduler = scheduler;
    this.writers = writers;
    this.busyWriters = writers.another();
    this.greeting = greeting;
    limits = new OutputLimits(shard.metrics());
    memory = new ClientMemory(byId.values(), shard.metrics());
  }

  /** A client has connected. */
  public Session open(Connection connection, String address, String localAddress) {
    shard.beginTurn();
    ClientState state = new ClientState(nextId++, address, localAddress, shard.nowMs());
    greeting.accept(state);
    Session session = new Session(shard, connection, writers, this, state);
    byId.put(state.id, session);
    shard.join(session);
    acceptedCount++;
    return session;
  }

  /** Who hears of each connection that ends; set once, before the first one. */
  public void onEnd(Consumer<ConnectedClient> newFarewell) {
    farewell = newFarewell;
  }

  /** For answers in the middle of somebody's script, which is in the middle of its reply. */
  ReplyWriters busyWriters() {
    return busyWriters;
  }

  Consumer<ConnectedClient> farewell() {
    return farewell;
  }

  /** How much may wait for one client. */
  public OutputLimits limits() {
    return limits;
  }

  /** How much all clients together may take. */
  public ClientMemory memory() {
    return memory;
  }

  /** Closes who has been above its soft limit for too long; to be called now and then. */
  public void closeOverdue() {
    if (limits.anyOverSoftLimit()) {
      shard.beginTurn();
      for (Session session : List.copyOf(byId.values())) {
        session.checkOutput(session.outputBytes());
      }
    }
  }

  void remove(Session session) {
    byId.remove(session.state().id);
    memory.gone(session);
    limits.gone(session);
  }

  /** Connections now. */
  public int count() {
    return byId.size();
  }

  /** Connections whose replies wait for the log. */
  public int parkedCount() {
    int count = 0;
    for (Session session : byId.values()) {
      count += session.isParked() ? 1 : 0;
    }
    return count;
  }

  /** Connections since the start. */
  public long acceptedCount() {
    return acceptedCount;
  }

  // --- CLIENT

  @Override
  public List<ConnectedClient> clients() {
    List<ConnectedClient> clients = new ArrayList<>(byId.size());
    for (Session session : byId.values()) {
      if (!session.isDoomed()) {
        clients.add(session);
      }
    }
    return clients;
  }

  @Override
  public @Nullable ConnectedClient find(long id) {
    return byId.get(id);
  }

  @Override
  public int kill(Predicate<ConnectedClient> filter) {
    int killed = 0;
    for (Session session : List.copyOf(byId.values())) {
      if (filter.test(session)) {
        session.kill();
        killed++;
      }
    }
    return killed;
  }

  @Override
  public boolean unblock(ConnectedClient client, boolean withError) {
    Session session = byId.get(client.state().id);
    if (session == null || !session.blocked()) {
      return false;
    }
    // Later, because whoever asks is in the middle of its own reply. It comes before anything that
    // the unblocked client sends next.
    scheduler.execute(() -> endWait(session, withError));
    return true;
  }

  private void endWait(Session session, boolean withError) {
    if (withError) {
      shard.blocked().cancel(session, CommandError.UNBLOCKED_BY_CLIENT);
      shard.deferrals().forgetAndCancel(session, CommandError.UNBLOCKED_BY_CLIENT);
    } else {
      shard.blocked().expire(session);
      shard.deferrals().expire(session);
    }
  }

  @Override
  public void pause(long untilMs, boolean writesOnly) {
    boolean running = pausedUntilMs > shard.nowMs();
    pausesWritesOnly = writesOnly && (!running || pausesWritesOnly);
    pausedUntilMs = running ? Math.max(pausedUntilMs, untilMs) : untilMs;
    shard.limits().dataStill = true;
    scheduler.schedule(this::resumeAfterPause, Math.max(1, untilMs - shard.nowMs()));
  }

  @Override
  public void unpause() {
    endPause();
    scheduler.execute(shard::resumeStalled);
  }

  private void resumeAfterPause() {
    shard.beginTurn();
    if (shard.nowMs() >= pausedUntilMs) {
      endPause();
      shard.resumeStalled();
    } else {
      scheduler.schedule(this::resumeAfterPause, Math.max(1, pausedUntilMs - shard.nowMs()));
    }
  }

  private void endPause() {
    pausedUntilMs = 0;
    shard.limits().dataStill = false;
  }

  /** Whether CLIENT PAUSE holds this request back. CLIENT itself is never held back. */
  boolean isPaused(@Nullable CommandSpec spec, Args args, ClientState client) {
    if (pausedUntilMs == 0 || spec == null || shard.nowMs() >= pausedUntilMs) {
      return false;
    }
    CommandSpec outer = spec.container() == null ? spec : spec.container();
    if (outer.name().equals("client")) {
      return false;
    }
    if (!spec.acceptsWords(args.count())) {
      // It is told at once that it is wrong.
      return false;
    }
    if (!pausesWritesOnly) {
      return true;
    }
    return spec.mayReplicate(args) || (spec.isExec() && anyMayReplicate(client));
  }

  /** Whether the client's transaction holds what the pause holds back. */
  private static boolean anyMayReplicate(ClientState client) {
    return client.transaction.queue().stream()
        .anyMatch(queued -> queued.spec().mayReplicate(queued.args()));
  }
}
