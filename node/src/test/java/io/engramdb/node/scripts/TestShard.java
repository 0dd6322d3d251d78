package io.engramdb.node.scripts;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.commands.TransactionCommands;
import io.engramdb.node.engine.EvictionPolicy;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.resp.Resp2ReplyWriter;
import io.engramdb.node.resp.Resp3ReplyWriter;
import io.engramdb.node.resp.RespReplyWriter;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.shard.EffectLog;
import io.engramdb.node.shard.ExecutionListener;
import io.engramdb.node.shard.ReplayExecutor;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.sim.ManualScheduler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A whole shard that leads, with a clock that stands still, a log in memory that commits when told,
 * and one client without a connection.
 */
final class TestShard {

  private static final int DATABASES = 16;
  private static final long EPOCH = 1;

  /** Bytes of a record in front of its effects; see {@code EffectCodec}. */
  private static final int RECORD_HEADER_BYTES = 18;

  /** One interpreter for all tests of this thread; scripts forget each other. */
  private static final ScriptHost SCRIPTS = new ScriptHost();

  private final ValueLimits limits = new ValueLimits();
  private final CommandTable table;
  private final Keyspaces keyspaces = new Keyspaces(DATABASES, null);
  private final ManualScheduler scheduler;
  private final Log log = new Log();
  private final NodeMetrics metrics = new NodeMetrics();
  private final Shard shard;
  private final ClientState client = new ClientState(1, "127.0.0.1:1", "127.0.0.1:2", 0);
  private final RespReplyWriter writer;
  private final ReplyBuffer buffer = new ReplyBuffer();
  private int committed;

  TestShard(int protocol, long nowMs, long seed) {
    this(protocol, nowMs, seed, SCRIPTS);
  }

  /** With an interpreter of its own. */
  TestShard(int protocol, long nowMs, long seed, ScriptHost scripts) {
    table = table(limits, scripts);
    scheduler = new ManualScheduler(nowMs);
    client.protocol = protocol;
    client.authenticated = true;
    writer = protocol == 3 ? new Resp3ReplyWriter() : new Resp2ReplyWriter();
    writer.target(buffer);
    shard =
        new Shard(
            new Shard.Parts(
                table,
                List.of(),
                keyspaces,
                log,
                scheduler,
                new SplittableRandom(seed),
                ExecutionListener.NONE,
                metrics,
                1000));
    shard.lead(EPOCH, null);
  }

  static CommandTable table(ValueLimits limits) {
    return table(limits, SCRIPTS);
  }

  private static CommandTable table(ValueLimits limits, ScriptHost scripts) {
    CommandTable.Builder builder = new CommandTable.Builder();
    List<CommandFamily> families = new ArrayList<>(AllCommands.dataFamilies(limits));
    if (families.stream().noneMatch(family -> family instanceof TransactionCommands)) {
      families.add(new TransactionCommands());
    }
    families.addAll(AllCommands.scriptFamilies(scripts));
    families.forEach(family -> family.register(builder));
    return builder.build();
  }

  Keyspaces keyspaces() {
    return keyspaces;
  }

  NodeMetrics metrics() {
    return metrics;
  }

  /** How much room there is, and what goes when there is none. */
  void limitMemory(long bytes, EvictionPolicy policy) {
    shard.limits().maxMemoryBytes = bytes;
    keyspaces.access().policy = policy;
  }

  /** The node is the primary no more. */
  void demote() {
    shard.demote();
  }

  ValueLimits limits() {
    return limits;
  }

  long nowMs() {
    return scheduler.wallMs();
  }

  void advance(long ms) {
    Invariant.check(ms >= 0, "time goes on, not back: %d", ms);
    scheduler.advance(ms);
  }

  void select(int database) {
    client.database = database;
  }

  /** Whether the request is refused before it runs, or before it is queued. */
  boolean refuses(Args args) {
    var spec = shard.executor().resolve(args);
    return spec == null || spec.isContainer() || !spec.acceptsWords(args.count());
  }

  /** Runs one request; nothing is committed. */
  Reply execute(Args args) {
    shard.beginTurn();
    // What a session asks first; here everything is taken.
    shard.admits(shard.executor().resolve(args), client);
    shard.executor().execute(shard.executor().resolve(args), args, client, writer);
    String resp =
        new String(buffer.array(), buffer.start(), buffer.sizeBytes(), StandardCharsets.ISO_8859_1);
    buffer.take(buffer.sizeBytes());
    return Reply.ofResp(resp);
  }

  /** Ends the turn. */
  void endTurn() {
    scheduler.runReady();
  }

  /** Ends the turn and commits everything; returns the effects committed, one a line. */
  List<String> commit() {
    endTurn();
    List<String> effects = new ArrayList<>();
    while (!shard.isDrained()) {
      while (committed < log.records.size()) {
        effects.addAll(effects(log.records.get(committed)));
        committed++;
        shard.committed(EPOCH, committed);
        scheduler.runReady();
      }
      if (!shard.isDrained()) {
        // What is left waits a moment for clients to return.
        scheduler.advance(1);
        scheduler.runTimers();
      }
    }
    return effects;
  }

  /** The shard's periodic work: active expiry. */
  void cycle() {
    scheduler.runTimers();
  }

  /** The keyspaces that a replica has after all committed records. */
  Keyspaces replayed() {
    Keyspaces replica = new Keyspaces(DATABASES, null);
    ReplayExecutor replay = new ReplayExecutor(table, replica);
    for (byte[] record : log.records) {
      replay.apply(EPOCH, record);
    }
    replica.beginCommand(nowMs(), ExpiryMode.REPLAY, false);
    return replica;
  }

  static Args args(List<String> words) {
    return Args.of(
        words.stream()
            .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
            .toArray(byte[][]::new));
  }

  // --- reading records

  private static List<String> effects(byte[] record) {
    List<String> effects = new ArrayList<>();
    int[] at = {RECORD_HEADER_BYTES};
    while (at[0] < record.length) {
      int database = varint(record, at);
      int count = varint(record, at);
      List<String> words = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int length = varint(record, at);
        words.add(new String(record, at[0], length, StandardCharsets.ISO_8859_1));
        at[0] += length;
      }
      words.set(0, words.get(0).toUpperCase(java.util.Locale.ROOT));
      effects.add((database == 0 ? "" : "[" + database + "] ") + Words.join(words));
    }
    return effects;
  }

  private static int varint(byte[] record, int[] at) {
    int value = 0;
    int shift = 0;
    byte b;
    do {
      b = record[at[0]++];
      value |= (b & 0x7F) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }

  private static final class Log implements EffectLog {
    private final List<byte[]> records = new ArrayList<>();

    @Override
    public Position append(
        long epoch, long sequence, Kind kind, byte[] bytes, int offset, int length) {
      Invariant.check(kind == Kind.DATA, "a control record in a script");
      records.add(Arrays.copyOfRange(bytes, offset, offset + length));
      return new Position(epoch, records.size());
    }
  }
}
