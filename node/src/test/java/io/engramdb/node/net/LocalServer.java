package io.engramdb.node.net;

import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ShardMember;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.commands.TransactionCommands;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.pubsub.MessageHub;
import io.engramdb.node.pubsub.MessageRelay;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.security.AclCheck;
import io.engramdb.node.security.AuthCheck;
import io.engramdb.node.security.UserRegistry;
import io.engramdb.node.session.RightsWatch;
import io.engramdb.node.session.SessionRegistry;
import io.engramdb.node.shard.ExecutionListener;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoopGroup;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A shard with a log in memory behind a real server on the loopback interface. */
final class LocalServer implements AutoCloseable {

  final UserRegistry users;
  final NodeMetrics metrics = new NodeMetrics();
  final RespServer server;
  final int port;
  final ImmediateLog log;
  final AtomicReference<@Nullable Error> fatal = new AtomicReference<>();
  final AtomicBoolean localOnly = new AtomicBoolean();

  private final ScriptHost scripts = new ScriptHost();
  private final IoEventLoopGroup group;
  private final EventLoop loop;
  private SessionRegistry sessions;
  private MessageHub hub;
  private Shard shard;

  LocalServer() throws Exception {
    this(TransportChoice.best(), UserRegistry.open(), ConnectionLimits.DEFAULT, null);
  }

  LocalServer(
      TransportChoice transport,
      UserRegistry users,
      ConnectionLimits limits,
      @Nullable TlsContexts tls)
      throws Exception {
    this.users = users;
    group = transport.newLoop("test-shard");
    loop = group.next();
    log = new ImmediateLog(loop);
    AtomicReference<SessionRegistry> registry = new AtomicReference<>();
    onLoop(
        () -> {
          registry.set(wire(registry::get));
          return null;
        });
    server =
        new RespServer(
            new RespServer.Parts(
                transport, group, registry.get()::open, metrics, localOnly::get, fatal::set),
            limits);
    port = server.bind("127.0.0.1", 0, 511, tls);
  }

  private SessionRegistry wire(java.util.function.Supplier<SessionRegistry> registry) {
    CommandTable.Builder table = new CommandTable.Builder();
    List<CommandFamily> families = new ArrayList<>(AllCommands.dataFamilies(new ValueLimits()));
    families.add(new TransactionCommands());
    families.addAll(AllCommands.scriptFamilies(scripts));
    families.addAll(
        AllCommands.connectionFamilies(users, status(), false, registry::get, () -> hub));
    families.forEach(family -> family.register(table));
    CommandTable built = table.build();
    users.speakOf(built);
    ShardScheduler scheduler = new LoopScheduler();
    shard =
        new Shard(
            new Shard.Parts(
                built,
                List.of(new AuthCheck(users), new AclCheck(users)),
                new Keyspaces(16, null),
                log,
                scheduler,
                new Random(1),
                ExecutionListener.NONE,
                metrics,
                250));
    log.serve(shard);
    shard.lead(1, null);
    hub = new MessageHub(shard, id -> sessions.find(id), MessageRelay.NONE, metrics);
    sessions = new SessionRegistry(shard, scheduler, new RespWriters(), users::greet);
    sessions.onEnd(hub::forget);
    scripts.whileBusy(() -> shard.lookAround(scripts, ((PollingLoop) loop)::lookAround));
    users.listen(new RightsWatch(sessions, scheduler)::changed);
    shard.keyspaces().users().listen(users::logged);
    return sessions;
  }

  SessionRegistry sessions() {
    return sessions;
  }

  ScriptHost scripts() {
    return scripts;
  }

  MessageHub hub() {
    return hub;
  }

  Shard shard() {
    return shard;
  }

  /** Keys in memory, committed or not; on the loop. */
  long keyCount() {
    return shard.keyspaces().keyCount();
  }

  /** A primary in zone {@code a}; nothing else is asked of it here. */
  static ShardStatus status() {
    ShardMember self =
        new ShardMember("a", "0".repeat(40), "a", ShardMember.Role.DATA, "127.0.0.1", 0);
    return (ShardStatus)
        Proxy.newProxyInstance(
            LocalServer.class.getClassLoader(),
            new Class<?>[] {ShardStatus.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "self" -> self;
                  case "isPrimary" -> true;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  /** Runs something on the shard's thread. */
  <T> T onLoop(Callable<T> task) throws Exception {
    return loop.submit(task).get(10, TimeUnit.SECONDS);
  }

  RespSocket connect() throws IOException {
    return new RespSocket(port);
  }

  /**
   * What others have sent before has been executed and what it made leave has left: a connection
   * that is new is served behind them by the same loop.
   */
  void roundTrip() throws IOException {
    try (RespSocket last = connect()) {
      last.ask("ping");
    }
  }

  @Override
  public void close() throws Exception {
    server.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    if (fatal.get() != null) {
      throw new AssertionError("the server failed", fatal.get());
    }
  }

  private final class LoopScheduler implements ShardScheduler {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public long wallMs() {
      return System.currentTimeMillis();
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public void schedule(Runnable task, long delayMs) {
      loop.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }
  }
}
