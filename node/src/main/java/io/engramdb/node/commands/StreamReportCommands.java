package io.engramdb.node.commands;

import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.RO;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.PendingEntry;
import io.engramdb.node.engine.value.StreamConsumer;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamValue;
import java.util.List;
import java.util.Locale;

/**
 * XINFO: what there is to know of a stream, its groups and their consumers.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code t_stream.c}, {@code xinfoCommand}. Nodes of the radix
 * tree, which is not there, are counted as if it were.
 */
final class StreamReportCommands implements CommandFamily {

  private static final long DEFAULT_FULL_COUNT = 10;

  private static final List<String> HELP =
      List.of(
          "CONSUMERS <key> <groupname>",
          "    Shows the consumers of a group.",
          "GROUPS <key>",
          "    Shows the groups of a stream.",
          "STREAM <key> [FULL [COUNT <count>]",
          "    Shows what there is to know of a stream.");

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    List<KeySpec> key = List.of(KeySpec.key(2).with(RO, ACCESS));
    table.within(table.container("xinfo", "5.0.0", -2).add());
    table.read("stream", "5.0.0", -3, key, StreamReportCommands::stream).add();
    table.read("groups", "5.0.0", 3, key, StreamReportCommands::groups).add();
    table.read("consumers", "5.0.0", 4, key, StreamReportCommands::consumers).add();
    HelpReply.row(table, "5.0.0", "XINFO", HELP);
    table.topLevel();
  }

  private static StreamValue existing(ExecutionContext cx, Args args) {
    Entry entry = Typed.read(cx, args, 2);
    StreamValue stream = Typed.stream(entry);
    if (stream == null) {
      throw CommandError.NO_SUCH_KEY;
    }
    return stream;
  }

  // --- groups and consumers

  /** {@code XINFO GROUPS key} / array of maps / no effects / O(groups). */
  private static void groups(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamValue stream = existing(cx, args);
    reply.array(stream.groups().size());
    for (StreamGroup group : stream.groups()) {
      reply.map(6);
      reply.bulk("name");
      reply.bulk(group.name().array());
      field(reply, "consumers", group.consumers().size());
      field(reply, "pending", group.pendingCount());
      field(reply, "last-delivered-id", group.lastId);
      counters(reply, stream, group);
    }
  }

  private static void counters(ReplyWriter reply, StreamValue stream, StreamGroup group) {
    reply.bulk("entries-read");
    numberOrNil(reply, group.entriesRead, StreamGroup.UNKNOWN);
    reply.bulk("lag");
    numberOrNil(reply, stream.lag(group), StreamValue.UNKNOWN_LAG);
  }

  private static void numberOrNil(ReplyWriter reply, long value, long unknown) {
    if (value == unknown) {
      reply.nil();
    } else {
      reply.integer(value);
    }
  }

  private static void field(ReplyWriter reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private static void field(ReplyWriter reply, String name, StreamId id) {
    reply.bulk(name);
    StreamIds.reply(id, reply);
  }

  /** {@code XINFO CONSUMERS key group} / array of maps / no effects / O(consumers). */
  private static void consumers(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamGroup group = existing(cx, args).group(args.bytes(3));
    if (group == null) {
      throw new CommandError(
          "NOGROUP",
          "No such consumer group '%s' for key name '%s'"
              .formatted(args.textToZero(3), args.textToZero(2)));
    }
    reply.array(group.consumers().size());
    for (StreamConsumer consumer : group.consumers()) {
      reply.map(4);
      reply.bulk("name");
      reply.bulk(consumer.name().array());
      field(reply, "pending", consumer.pendingCount());
      field(reply, "idle", Math.max(0, cx.nowMs() - consumer.seenMs));
      boolean never = consumer.activeMs < 0;
      field(reply, "inactive", never ? -1 : Math.max(0, cx.nowMs() - consumer.activeMs));
    }
  }

  // --- the stream

  /**
   * {@code XINFO STREAM key [FULL [COUNT n]]} / map / no effects / O(log n + blocks); FULL O(what
   * is shown) in addition.
   */
  private static void stream(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamValue stream = existing(cx, args);
    if (args.count() == 3) {
      reply.map(10);
      counters(reply, stream);
      field(reply, "groups", stream.groups().size());
      reply.bulk("first-entry");
      edge(stream, reply, true);
      reply.bulk("last-entry");
      edge(stream, reply, false);
      return;
    }
    if ((args.count() != 4 && args.count() != 6) || !args.is(3, "FULL")) {
      throw subcommandSyntax(args);
    }
    long count = DEFAULT_FULL_COUNT;
    if (args.count() == 6) {
      if (!args.is(4, "COUNT")) {
        throw subcommandSyntax(args);
      }
      count = args.longAt(5);
      if (count < 0) {
        count = DEFAULT_FULL_COUNT;
      }
    }
    reply.map(9);
    counters(reply, stream);
    reply.bulk("entries");
    int mark = reply.beginArray();
    long shown = stream.visitRange(StreamId.MIN, StreamId.MAX, count, new StreamReply(reply));
    reply.endArray(mark, (int) shown);
    reply.bulk("groups");
    reply.array(stream.groups().size());
    for (StreamGroup group : stream.groups()) {
      full(reply, stream, group, count);
    }
  }

  private static CommandError subcommandSyntax(Args args) {
    return CommandError.err(
        "unknown subcommand or wrong number of arguments for '%s'. Try %s HELP."
            .formatted(args.textToZero(1), args.text(0).toUpperCase(Locale.ROOT)));
  }

  /** The seven fields that both forms begin with. */
  private static void counters(ReplyWriter reply, StreamValue stream) {
    field(reply, "length", stream.length());
    field(reply, "radix-tree-keys", stream.blockCount());
    field(reply, "radix-tree-nodes", stream.radixTreeNodes());
    field(reply, "last-generated-id", stream.lastId());
    field(reply, "max-deleted-entry-id", stream.maxDeletedId());
    field(reply, "entries-added", stream.entriesAdded());
    field(reply, "recorded-first-entry-id", stream.firstId());
  }

  private static void edge(StreamValue stream, ReplyWriter reply, boolean first) {
    StreamReply entry = new StreamReply(reply);
    long shown =
        first
            ? stream.visitRange(StreamId.MIN, StreamId.MAX, 1, entry)
            : stream.visitRangeBackwards(StreamId.MAX, StreamId.MIN, 1, entry);
    if (shown == 0) {
      reply.nil();
    }
  }

  private static void full(ReplyWriter reply, StreamValue stream, StreamGroup group, long count) {
    reply.map(7);
    reply.bulk("name");
    reply.bulk(group.name().array());
    field(reply, "last-delivered-id", group.lastId);
    counters(reply, stream, group);
    field(reply, "pel-count", group.pendingCount());
    reply.bulk("pending");
    int mark = reply.beginArray();
    int shown = 0;
    PendingEntry entry = group.firstPending(StreamId.MIN);
    while (entry != null && (count == 0 || shown < count)) {
      shown++;
      reply.array(4);
      StreamIds.reply(entry.id(), reply);
      reply.bulk(entry.consumer().name().array());
      reply.integer(entry.deliveredMs());
      reply.integer(entry.deliveryCount());
      entry = entry.id().equals(StreamId.MAX) ? null : group.firstPending(entry.id().next());
    }
    reply.endArray(mark, shown);
    reply.bulk("consumers");
    reply.array(group.consumers().size());
    for (StreamConsumer consumer : group.consumers()) {
      full(reply, consumer, count);
    }
  }

  private static void full(ReplyWriter reply, StreamConsumer consumer, long count) {
    reply.map(5);
    reply.bulk("name");
    reply.bulk(consumer.name().array());
    field(reply, "seen-time", consumer.seenMs);
    field(reply, "active-time", consumer.activeMs);
    field(reply, "pel-count", consumer.pendingCount());
    reply.bulk("pending");
    int mark = reply.beginArray();
    int shown = 0;
    PendingEntry entry = consumer.firstPending(StreamId.MIN);
    while (entry != null && (count == 0 || shown < count)) {
      shown++;
      reply.array(3);
      StreamIds.reply(entry.id(), reply);
      reply.integer(entry.deliveredMs());
      reply.integer(entry.deliveryCount());
      entry = entry.id().equals(StreamId.MAX) ? null : consumer.firstPending(entry.id().next());
    }
    reply.endArray(mark, shown);
  }
}
