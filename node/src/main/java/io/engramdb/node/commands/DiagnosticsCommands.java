package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.READONLY;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.CompatibleVersion;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.metrics.SlowLog;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** SLOWLOG, MEMORY, LOLWUT. Upstream behaviour: Redis 7.2 {@code slowlog.c}, {@code object.c}. */
public final class DiagnosticsCommands implements CommandFamily {

  private static final CommandError BAD_COUNT =
      CommandError.err("count should be greater than or equal to -1");

  private static final long DEFAULT_SLOWLOG_COUNT = 10;

  private static final List<String> SLOWLOG_HELP =
      List.of(
          "GET [<count>]",
          "    The newest entries (10 unless told, all with -1). Each holds id, time,",
          "    duration in microseconds, request, address and name of the client.",
          "LEN",
          "    The number of entries.",
          "RESET",
          "    Removes all entries.");
  private static final List<String> MEMORY_HELP =
      List.of(
          "DOCTOR",
          "    What is remarkable about the use of memory.",
          "MALLOC-STATS",
          "    Figures of the allocator; there is none but the heap.",
          "PURGE",
          "    Nothing: the collector returns memory by itself.",
          "STATS",
          "    What memory is used for.",
          "USAGE <key> [SAMPLES <count>]",
          "    Estimated bytes of a key and its value.");

  /** Below it there is nothing to say about memory, bytes. */
  private static final long LITTLE_BYTES = 5L << 20;

  /** Use of the heap from which on it is remarkable, of 100. */
  private static final int TIGHT_PERCENT = 90;

  private final ShardServices services;

  public DiagnosticsCommands(ShardServices services) {
    this.services = services;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.within(table.container("slowlog", "2.2.12", -2).add());
    table.other("get", "2.2.12", -2, this::slowLogGet).flags(ADMIN, LOADING, STALE).add();
    table.other("len", "2.2.12", 2, this::slowLogLen).flags(ADMIN, LOADING, STALE).add();
    table.other("reset", "2.2.12", 2, this::slowLogReset).flags(ADMIN, LOADING, STALE).add();
    HelpReply.row(table, "6.2.0", "SLOWLOG", SLOWLOG_HELP);
    table.topLevel();
    table.within(table.container("memory", "4.0.0", -2).add());
    table
        .read(
            "usage",
            "4.0.0",
            -3,
            List.of(KeySpec.key(2).with(KeyFlag.RO)),
            DiagnosticsCommands::memoryUsage)
        .add();
    table.other("doctor", "4.0.0", 2, this::memoryDoctor).add();
    table.other("stats", "4.0.0", 2, this::memoryStats).add();
    table.other("purge", "4.0.0", 2, (context, args, reply) -> reply.ok()).add();
    table.other("malloc-stats", "4.0.0", 2, DiagnosticsCommands::memoryAllocator).add();
    HelpReply.row(table, "4.0.0", "MEMORY", MEMORY_HELP);
    table.topLevel();
    table.other("lolwut", "5.0.0", -1, DiagnosticsCommands::lolwut).flags(READONLY, FAST).add();
  }

  // --- SLOWLOG

  /** {@code SLOWLOG GET [count]}; reply: array of entries, newest first. */
  private void slowLogGet(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() > 3) {
      throw CommandError.arity("slowlog|get");
    }
    long count = args.count() == 3 ? args.longAt(2, BAD_COUNT) : DEFAULT_SLOWLOG_COUNT;
    if (count < -1) {
      throw BAD_COUNT;
    }
    int limit = count == -1 ? Integer.MAX_VALUE : (int) Math.min(count, Integer.MAX_VALUE);
    List<SlowLog.SlowCommand> entries = services.metrics().slowLog().newest(limit);
    reply.array(entries.size());
    for (SlowLog.SlowCommand entry : entries) {
      reply.array(6);
      reply.integer(entry.id());
      reply.integer(entry.atSeconds());
      reply.integer(entry.elapsedUsec());
      reply.array(entry.words().size());
      entry.words().forEach(word -> reply.bulk(word.array()));
      reply.bulk(entry.clientAddress());
      reply.bulk(entry.clientName().array());
    }
  }

  /** {@code SLOWLOG LEN}; reply: integer. */
  private void slowLogLen(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.integer(services.metrics().slowLog().size());
  }

  /** {@code SLOWLOG RESET}; reply: OK. */
  private void slowLogReset(ExecutionContext context, Args args, ReplyWriter reply) {
    services.metrics().slowLog().clear();
    reply.ok();
  }

  // --- MEMORY

  /**
   * {@code MEMORY USAGE key [SAMPLES count]}
   *
   * <p>Reply: integer in bytes, null if there is no such key. SAMPLES makes no difference, because
   * a value knows its size. Cost: O(1).
   */
  private static void memoryUsage(ExecutionContext context, Args args, ReplyWriter reply) {
    for (int i = 3; i < args.count(); i += 2) {
      if (!args.is(i, "SAMPLES") || i + 1 == args.count()) {
        throw CommandError.SYNTAX;
      }
      if (args.longAt(i + 1) < 0) {
        throw CommandError.SYNTAX;
      }
    }
    Entry entry = context.db().find(args.array(), args.offset(2), args.length(2));
    if (entry == null) {
      reply.nil();
    } else {
      reply.integer(Keyspace.sizeBytesOf(entry));
    }
  }

  /** {@code MEMORY DOCTOR}; reply: text; O(1). */
  private void memoryDoctor(ExecutionContext context, Args args, ReplyWriter reply) {
    long dataBytes = context.keyspaces().dataSizeBytes();
    Runtime heap = Runtime.getRuntime();
    long usedBytes = heap.totalMemory() - heap.freeMemory();
    String text;
    if (dataBytes < LITTLE_BYTES) {
      text = "There is hardly any data here, so there is nothing to say about its memory.\n";
    } else if (usedBytes * 100 > heap.maxMemory() * TIGHT_PERCENT) {
      text = "The heap is nearly full: %d of %d bytes. Give it more, or keep less.\n";
      text = text.formatted(usedBytes, heap.maxMemory());
    } else {
      text = "Nothing is remarkable about the memory of this node.\n";
    }
    reply.verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@code MEMORY MALLOC-STATS}; reply: text; O(1). */
  private static void memoryAllocator(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.bulk("Stats not supported for the current allocator");
  }

  /** {@code MEMORY STATS}; reply: map of figures, bytes unless named otherwise; O(databases). */
  private void memoryStats(ExecutionContext context, Args args, ReplyWriter reply) {
    var keyspaces = context.keyspaces();
    Runtime heap = Runtime.getRuntime();
    long allocated = heap.totalMemory() - heap.freeMemory();
    long dataBytes = keyspaces.dataSizeBytes();
    long tableBytes = keyspaces.usedBytes() - dataBytes;
    long keys = keyspaces.keyCount();
    int mark = reply.beginArray();
    int pairs = 0;
    pairs += figure(reply, "total.allocated", allocated);
    pairs += figure(reply, "startup.allocated", 0);
    pairs += figure(reply, "replication.backlog", 0);
    pairs += figure(reply, "clients.slaves", 0);
    pairs += figure(reply, "aof.buffer", 0);
    var stored = keyspaces.scripts();
    long scriptBytes = stored.scriptBytes() + services.scripts().scripts().evaluatedBytes();
    pairs += figure(reply, "lua.caches", scriptBytes);
    pairs += figure(reply, "functions.caches", stored.libraryBytes());
    pairs += figure(reply, "overhead.total", allocated - dataBytes);
    pairs += figure(reply, "overhead.hashtable.main", tableBytes);
    pairs += figure(reply, "keys.count", keys);
    pairs += figure(reply, "keys.bytes-per-key", keys == 0 ? 0 : dataBytes / keys);
    pairs += figure(reply, "dataset.bytes", dataBytes);
    reply.bulk("dataset.percentage");
    reply.real(allocated == 0 ? 0 : dataBytes * 100.0 / allocated);
    pairs++;
    pairs += figure(reply, "allocator.allocated", allocated);
    pairs += figure(reply, "allocator.resident", heap.totalMemory());
    reply.endMap(mark, pairs);
  }

  private static int figure(ReplyWriter reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
    return 1;
  }

  // --- LOLWUT

  /** {@code LOLWUT [VERSION version]}; reply: text; O(1). */
  private static void lolwut(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() >= 3 && args.is(1, "VERSION")) {
      args.longAt(2);
    }
    String text =
        """
            .-.   .-.   .-.
           ( 1 )-( 2 )-( 3 )
            `-'   `-'   `-'
        A memory trace, kept by three.

        Redis ver. %s
        """;
    reply.verbatim("txt", text.formatted(CompatibleVersion.REDIS).getBytes(StandardCharsets.UTF_8));
  }
}
