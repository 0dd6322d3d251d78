package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.metrics.LatencyHistogram;
import io.engramdb.node.metrics.SlowLog;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * SLOWLOG, LATENCY, MEMORY. Upstream behaviour: Redis 7.2 {@code slowlog.c}, {@code latency.c},
 * {@code object.c}.
 *
 * <p>Differences: single latency events are not monitored, so LATEST is empty; the bounds of
 * HISTOGRAM are exact powers of two in nanoseconds.
 */
public final class DiagnosticsCommands implements CommandFamily {

  private static final CommandError BAD_COUNT =
      CommandError.err("count should be greater than or equal to -1");

  private static final long DEFAULT_SLOWLOG_COUNT = 10;

  /** Lowest bound of HISTOGRAM, as a power of two of nanoseconds: about one microsecond. */
  private static final int FIRST_EXPONENT = 10;

  /** Highest bound of HISTOGRAM: about 137 s. */
  private static final int LAST_EXPONENT = 37;

  private static final List<String> SLOWLOG_HELP =
      List.of(
          "GET [<count>]",
          "    The newest entries (10 unless told, all with -1). Each holds id, time,",
          "    duration in microseconds, request, address and name of the client.",
          "LEN",
          "    The number of entries.",
          "RESET",
          "    Removes all entries.");
  private static final List<String> LATENCY_HELP =
      List.of(
          "HISTOGRAM [<command> ...]",
          "    Cumulative latencies of these commands, or of all that were called.",
          "LATEST",
          "    Latency events; always empty, because single events are not monitored.",
          "RESET [<event> ...]",
          "    Removes events.");
  private static final List<String> MEMORY_HELP =
      List.of("USAGE <key> [SAMPLES <count>]", "    Estimated bytes of a key and its value.");

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
    help(table, "6.2.0", "SLOWLOG", SLOWLOG_HELP);
    table.topLevel();
    table.within(table.container("latency", "2.8.13", -2).add());
    table
        .other("histogram", "7.0.0", -2, this::latencyHistogram)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .add();
    table
        .other("latest", "2.8.13", 2, (context, args, reply) -> reply.array(0))
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .add();
    table
        .other("reset", "2.8.13", -2, (context, args, reply) -> reply.integer(0))
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .add();
    help(table, "2.8.13", "LATENCY", LATENCY_HELP);
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
    help(table, "4.0.0", "MEMORY", MEMORY_HELP);
    table.topLevel();
  }

  private static void help(
      CommandTable.Builder table, String since, String command, List<String> lines) {
    table
        .other("help", since, 2, (context, args, reply) -> HelpReply.write(reply, command, lines))
        .flags(LOADING, STALE)
        .add();
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

  // --- LATENCY

  /**
   * {@code LATENCY HISTOGRAM [command …]}
   *
   * <p>Reply: map of command to calls and cumulative counts per bound in microseconds.
   */
  private void latencyHistogram(ExecutionContext context, Args args, ReplyWriter reply) {
    List<CommandSpec> shown = new ArrayList<>();
    for (CommandSpec spec : wanted(args)) {
      LatencyHistogram latency = services.metrics().commands().latency(spec);
      if (latency != null && latency.count() > 0) {
        shown.add(spec);
      }
    }
    reply.map(shown.size());
    for (CommandSpec spec : shown) {
      reply.bulk(spec.fullName());
      reply.map(2);
      reply.bulk("calls");
      writeHistogram(services.metrics().commands().latency(spec), reply);
    }
  }

  private Iterable<CommandSpec> wanted(Args args) {
    CommandTable table = services.table().get();
    if (args.count() == 2) {
      return table.all();
    }
    Set<CommandSpec> wanted = new LinkedHashSet<>();
    for (int i = 2; i < args.count(); i++) {
      CommandSpec spec = table.find(args.text(i));
      if (spec != null) {
        wanted.add(spec);
        wanted.addAll(spec.subcommands());
      }
    }
    return wanted;
  }

  private static void writeHistogram(LatencyHistogram latency, ReplyWriter reply) {
    reply.integer(latency.count());
    reply.bulk("histogram_usec");
    int mark = reply.beginArray();
    int pairs = 0;
    long before = 0;
    for (int exponent = FIRST_EXPONENT; exponent <= LAST_EXPONENT; exponent++) {
      long count =
          exponent == LAST_EXPONENT ? latency.count() : latency.countBelowPowerOfTwo(exponent);
      if (count > before) {
        reply.integer((1L << exponent) / 1000);
        reply.integer(count);
        pairs++;
        before = count;
      }
    }
    reply.endMap(mark, pairs);
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
}
