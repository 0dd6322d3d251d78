package io.engramdb.node.commands;

import io.engramdb.node.cluster.ClusterNode;
import io.engramdb.node.cluster.ClusterView;
import io.engramdb.node.cluster.ShardDescriptor;
import io.engramdb.node.cluster.SlotHash;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.TransactionPort;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.metrics.ShardMetrics;
import io.engramdb.node.resp.Resp2ReplyWriter;
import io.engramdb.node.resp.Resp3ReplyWriter;
import io.engramdb.node.resp.RespReplyWriter;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.security.UserRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Runs commands of the server families, and those of data, against fake ports. */
final class ServerHarness {

  static final long NOW_MS = 10_000;

  final FakeShard shard = new FakeShard();
  final ShardMetrics metrics = new ShardMetrics();
  final Configuration configuration;
  final Keyspaces keyspaces;
  final ClientState client = new ClientState(7, "1.2.3.4:5", "1.2.3.4:6", 0);
  final CommandTable table;
  boolean mayDefer = true;
  @Nullable DeferredReply deferred;
  @Nullable ClusterView view;

  ServerHarness(boolean clusterMode) {
    this(clusterMode, new Configuration(ConfigTable.standard()));
  }

  ServerHarness(boolean clusterMode, Configuration configuration) {
    this.configuration = configuration;
    this.keyspaces = new Keyspaces(clusterMode ? 1 : 16, clusterMode ? SlotHash::slotOf : null);
    this.view = clusterMode ? clusterView(true) : null;
    CommandTable[] built = new CommandTable[1];
    ShardServices services =
        new ShardServices(
            configuration,
            shard,
            shard,
            new FixedProcess(),
            metrics,
            new ScriptHost(),
            () -> built[0],
            clusterMode ? () -> view : null);
    CommandTable.Builder builder = new CommandTable.Builder();
    List<CommandFamily> families = new ArrayList<>(AllCommands.serverFamilies(services));
    families.addAll(AllCommands.dataFamilies(new ValueLimits()));
    UserRegistry users = UserRegistry.open();
    families.add(
        new AclCommands(
            users,
            () -> {
              throw new UnsupportedOperationException();
            }));
    families.forEach(family -> family.register(builder));
    built[0] = builder.build();
    table = built[0];
    users.speakOf(table);
  }

  /** The cluster of nodes A and B, with A as the primary. */
  ClusterView clusterView(boolean live) {
    ClusterNode a = new ClusterNode("a".repeat(40), "10.0.0.1", "", 7001, 17001, "z1", true);
    ClusterNode b = new ClusterNode("b".repeat(40), "10.0.0.2", "", 7002, 17002, "z2", true);
    ShardDescriptor only = new ShardDescriptor("d".repeat(40), 0, 16383, List.of(a, b), a, live, 3);
    ClusterNode self = shard.self == FakeShard.A ? a : b;
    return new ClusterView(self, List.of(only), false, true, ClusterView.Endpoints.IP);
  }

  /** The reply over RESP2, line ends shown as blanks. */
  String run(String... words) {
    return run(new Resp2ReplyWriter(), words);
  }

  /** The reply over RESP3, line ends shown as blanks. */
  String run3(String... words) {
    return run(new Resp3ReplyWriter(), words);
  }

  private String run(RespReplyWriter writer, String... words) {
    ReplyBuffer buffer = new ReplyBuffer();
    writer.target(buffer);
    Args args = Args.of(words);
    keyspaces.beginCommand(NOW_MS, ExpiryMode.PRIMARY, true);
    try {
      execute(args, writer);
    } catch (CommandError error) {
      writer.error(error);
    }
    return text(buffer);
  }

  private void execute(Args args, ReplyWriter writer) {
    CommandSpec spec = table.resolve(args);
    if (spec == null) {
      throw CommandError.err("unknown command");
    }
    if (spec.isContainer()) {
      throw CommandError.err("no such subcommand");
    }
    if (!spec.acceptsWords(args.count())) {
      throw CommandError.arity(spec.fullName());
    }
    spec.handler().execute(new Context(), args, writer);
    keyspaces.endCommand();
  }

  /** What the deferred reply answers, or null if it waits on. */
  @Nullable String complete(boolean expired) {
    ReplyBuffer buffer = new ReplyBuffer();
    Resp2ReplyWriter writer = new Resp2ReplyWriter();
    writer.target(buffer);
    return deferred.tryComplete(writer, expired) ? text(buffer) : null;
  }

  private static String text(ReplyBuffer buffer) {
    return new String(
            buffer.array(), buffer.start(), buffer.sizeBytes(), StandardCharsets.ISO_8859_1)
        .replace("\r\n", " ")
        .strip();
  }

  private final class Context implements ExecutionContext {
    @Override
    public Keyspaces keyspaces() {
      return keyspaces;
    }

    @Override
    public Keyspace db() {
      return keyspaces.database(client.database);
    }

    @Override
    public long nowMs() {
      return NOW_MS;
    }

    @Override
    public RandomGenerator random() {
      throw new UnsupportedOperationException();
    }

    @Override
    public ClientState client() {
      return client;
    }

    @Override
    public EffectRecorder effects() {
      return EffectRecorder.NONE;
    }

    @Override
    public boolean replaying() {
      return false;
    }

    @Override
    public void defer(DeferredReply reply) {
      deferred = reply;
    }

    @Override
    public boolean mayDefer() {
      return mayDefer;
    }

    @Override
    public boolean mayBlock() {
      return false;
    }

    @Override
    public void block(KeyWait wait) {
      throw new IllegalStateException("nothing waits here");
    }

    @Override
    public TransactionPort transactions() {
      throw new UnsupportedOperationException();
    }
  }
}
