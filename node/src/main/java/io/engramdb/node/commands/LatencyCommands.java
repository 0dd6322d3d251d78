package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.metrics.LatencyEvents;
import io.engramdb.node.metrics.LatencyHistogram;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * LATENCY. Upstream behaviour: Redis 7.2 {@code latency.c}.
 *
 * <p>Differences: there are kinds of events that Redis does not know ({@link LatencyEvents.Kind});
 * the bounds of HISTOGRAM are exact powers of two in nanoseconds; the wording of DOCTOR is our own;
 * there is no GRAPH.
 */
public final class LatencyCommands implements CommandFamily {

  /** Lowest bound of HISTOGRAM, as a power of two of nanoseconds: about one microsecond. */
  private static final int FIRST_EXPONENT = 10;

  /** Highest bound of HISTOGRAM: about 137 s. */
  private static final int LAST_EXPONENT = 37;

  private static final List<String> HELP =
      List.of(
          "DOCTOR",
          "    What the events that took long have in common, and what to look at next.",
          "HISTOGRAM [<command> ...]",
          "    Cumulative latencies of these commands, or of all that were called.",
          "HISTORY <event>",
          "    Time and milliseconds of the events of a kind, oldest first.",
          "LATEST",
          "    Of each kind of event: its name, time and milliseconds of the newest, longest ever.",
          "RESET [<event> ...]",
          "    Forgets the events of these kinds, or all.");

  private final ShardServices services;

  public LatencyCommands(ShardServices services) {
    this.services = services;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.within(table.container("latency", "2.8.13", -2).add());
    row(table, "doctor", "2.8.13", 2, this::doctor);
    row(table, "histogram", "7.0.0", -2, this::histogram);
    row(table, "history", "2.8.13", 3, this::history);
    row(table, "latest", "2.8.13", 2, this::latest);
    row(table, "reset", "2.8.13", -2, this::reset);
    HelpReply.row(table, "2.8.13", "LATENCY", HELP);
    table.topLevel();
  }

  private static void row(
      CommandTable.Builder table, String name, String since, int arity, CommandHandler handler) {
    table.other(name, since, arity, handler).flags(ADMIN, NOSCRIPT, LOADING, STALE).add();
  }

  private LatencyEvents events() {
    return services.metrics().node().events;
  }

  /** {@code LATENCY LATEST}; reply: array of name, time, newest and longest in milliseconds. */
  private void latest(ExecutionContext context, Args args, ReplyWriter reply) {
    List<LatencyEvents.Series> all = events().all();
    reply.array(all.size());
    for (LatencyEvents.Series series : all) {
      reply.array(4);
      reply.bulk(series.kind().wireName());
      reply.integer(series.newest().atSeconds());
      reply.integer(series.newest().elapsedMs());
      reply.integer(series.longestMs());
    }
  }

  /** {@code LATENCY HISTORY event}; reply: array of time and milliseconds, oldest first. */
  private void history(ExecutionContext context, Args args, ReplyWriter reply) {
    LatencyEvents.Kind kind = LatencyEvents.Kind.of(args.text(2));
    LatencyEvents.Series series = kind == null ? null : events().of(kind);
    if (series == null) {
      reply.array(0);
      return;
    }
    reply.array(series.samples().size());
    for (LatencyEvents.Sample sample : series.samples()) {
      reply.array(2);
      reply.integer(sample.atSeconds());
      reply.integer(sample.elapsedMs());
    }
  }

  /** {@code LATENCY RESET [event …]}; reply: the number of kinds that had events. */
  private void reset(ExecutionContext context, Args args, ReplyWriter reply) {
    int forgotten = 0;
    for (LatencyEvents.Kind kind : LatencyEvents.Kind.values()) {
      boolean named = args.count() == 2;
      for (int i = 2; i < args.count(); i++) {
        named |= kind == LatencyEvents.Kind.of(args.text(i));
      }
      if (named && events().forget(kind)) {
        forgotten++;
      }
    }
    reply.integer(forgotten);
  }

  /** {@code LATENCY DOCTOR}; reply: a text for people. */
  private void doctor(ExecutionContext context, Args args, ReplyWriter reply) {
    String text = LatencyDiagnosis.of(events(), services.configuration());
    reply.verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * {@code LATENCY HISTOGRAM [command …]}
   *
   * <p>Reply: map of command to calls and cumulative counts per bound in microseconds.
   */
  private void histogram(ExecutionContext context, Args args, ReplyWriter reply) {
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
}
