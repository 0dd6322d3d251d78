package io.engramdb.node.sim;

import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.commands.AclCommands;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.commands.TransactionCommands;
import io.engramdb.node.durability.DurabilitySettings;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.resp.Resp2ReplyWriter;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.security.UserRegistry;
import io.engramdb.node.session.Session;
import io.engramdb.node.session.SessionRegistry;
import io.engramdb.node.shard.ExecutionListener;
import io.engramdb.node.shard.Shard;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** One data node: a process that can crash and start again on the disk that it left. */
final class SimNode {

  static final int DATABASES = 2;

  private static final long MAX_REBUILD_PAUSE_NANOS = 30_000_000;

  private final SimWorld world;
  private final String name;
  private final long skewMs;
  private final int ratePpm;
  private final DurabilitySettings settings;
  private final Random random;
  private final Set<SimConnection> connections = new LinkedHashSet<>();

  private SimScheduler scheduler;
  private DurableShard durable;
  private SessionRegistry sessions;
  private boolean running;
  private int starts;

  SimNode(
      SimWorld world,
      String name,
      long skewMs,
      int ratePpm,
      DurabilitySettings settings,
      Random random) {
    this.world = world;
    this.name = name;
    this.skewMs = skewMs;
    this.ratePpm = ratePpm;
    this.settings = settings;
    this.random = random;
  }

  String name() {
    return name;
  }

  boolean isRunning() {
    return running;
  }

  /** How often the process was started. */
  int starts() {
    return starts;
  }

  SimScheduler scheduler() {
    return scheduler;
  }

  DurableShard durable() {
    return durable;
  }

  Shard shard() {
    return durable.shard();
  }

  boolean runs(SimConnection connection) {
    return running && connections.contains(connection);
  }

  static CommandTable table() {
    CommandTable.Builder builder = new CommandTable.Builder();
    List<CommandFamily> families = new ArrayList<>(AllCommands.dataFamilies(new ValueLimits()));
    if (families.stream().noneMatch(family -> family instanceof TransactionCommands)) {
      families.add(new TransactionCommands());
    }
    UserRegistry users = UserRegistry.open();
    families.add(
        new AclCommands(
            users,
            () -> {
              throw new UnsupportedOperationException("nobody is refused anything");
            }));
    families.addAll(AllCommands.scriptFamilies(new ScriptHost()));
    families.forEach(family -> family.register(builder));
    CommandTable table = builder.build();
    users.speakOf(table);
    return table;
  }

  void start(UnaryOperator<TxLog> wrap) {
    starts++;
    scheduler = new SimScheduler(world.log(), name, skewMs, ratePpm, random);
    SimScheduler mine = scheduler;
    SimSnapshots snapshots = world.snapshots();
    TxLog log = wrap.apply(world.log().open(name));
    durable =
        new DurableShard(
            new DurableShard.Parts(
                world.table(),
                List.of(),
                () -> new Keyspaces(DATABASES, null),
                log,
                mine,
                task ->
                    world
                        .log()
                        .schedule(
                            random.nextLong(MAX_REBUILD_PAUSE_NANOS), () -> mine.execute(task)),
                new SplittableRandom(random.nextLong()),
                () -> new UUID(random.nextLong(), random.nextLong()),
                ExecutionListener.NONE,
                new NodeMetrics(),
                settings,
                snapshots == null ? null : snapshots.settings(this, mine, random),
                cause -> world.fatal(this, cause)));
    Resp2ReplyWriter writer = new Resp2ReplyWriter();
    sessions =
        new SessionRegistry(
            durable.shard(),
            mine,
            (protocol, buffer) -> {
              writer.target(buffer);
              return writer;
            },
            client -> client.authenticated = true);
    running = true;
    try {
      durable.start();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /** The process dies; clients notice. */
  void crash() {
    running = false;
    scheduler.kill();
    durable.shard().stop();
    world.log().crash(name);
    connections.forEach(SimConnection::hangUp);
    connections.clear();
  }

  /** A client connects. */
  SimConnection connect(SimConnection.Peer peer) {
    SimConnection connection = new SimConnection(world, this, peer, random);
    connections.add(connection);
    Session session = sessions.open(connection, name + "-client", name);
    connection.attach(session);
    return connection;
  }
}
