package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.PendingEntry;
import io.engramdb.node.engine.value.StreamConsumer;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consumer groups of streams and what is pending in them: XGROUP, XACK, XPENDING.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code t_stream.c}, tests {@code unit/type/stream-cgroups}.
 */
final class StreamGroupCommands implements CommandFamily {

  private static final CommandError NO_KEY =
      CommandError.err(
          "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to"
              + " use the MKSTREAM option to create an empty stream automatically.");
  private static final CommandError GROUP_EXISTS =
      new CommandError("BUSYGROUP", "Consumer Group name already exists");
  private static final CommandError NEGATIVE_READ =
      CommandError.err("value for ENTRIESREAD must be positive or -1");

  /** Words with every option once; upstream looks at this last. */
  private static final int MAX_CREATE_WORDS = 8;

  private static final int MAX_SETID_WORDS = 7;

  private static final List<String> HELP =
      List.of(
          "CREATE <key> <groupname> <id|$> [option]",
          "    Makes a group that reads behind an id. Options:",
          "    * MKSTREAM",
          "      Make an empty stream if there is none.",
          "    * ENTRIESREAD entries_read",
          "      How many entries the group has read already.",
          "CREATECONSUMER <key> <groupname> <consumer>",
          "    Makes a consumer in a group.",
          "DELCONSUMER <key> <groupname> <consumer>",
          "    Removes a consumer and what is pending at it.",
          "DESTROY <key> <groupname>",
          "    Removes a group.",
          "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
          "    Sets behind which id a group reads.");

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    List<KeySpec> update = key(1, RW, UPDATE);
    table.write("xack", "5.0.0", -4, update, VERBATIM, StreamGroupCommands::xAck).flags(FAST).add();
    table.read("xpending", "5.0.0", -3, key(1, RO, ACCESS), StreamGroupCommands::xPending).add();

    table.within(table.container("xgroup", "5.0.0", -2).add());
    List<KeySpec> insert = key(2, RW, INSERT);
    List<KeySpec> delete = key(2, RW, DELETE);
    table
        .write("create", "5.0.0", -5, insert, VERBATIM, StreamGroupCommands::create)
        .flags(DENYOOM)
        .add();
    table
        .write("createconsumer", "6.2.0", 5, insert, VERBATIM, StreamGroupCommands::createConsumer)
        .flags(DENYOOM)
        .add();
    table
        .write("delconsumer", "5.0.0", 5, delete, VERBATIM, StreamGroupCommands::deleteConsumer)
        .add();
    table.write("destroy", "5.0.0", 4, delete, VERBATIM, StreamGroupCommands::destroy).add();
    table
        .write("setid", "5.0.0", -5, key(2, RW, UPDATE), VERBATIM, StreamGroupCommands::setId)
        .add();
    HelpReply.row(table, "5.0.0", "XGROUP", HELP);
    table.topLevel();
  }

  private static List<KeySpec> key(int place, KeyFlag... flags) {
    return List.of(KeySpec.key(place).with(flags));
  }

  // --- XGROUP

  /** What stands behind the id of XGROUP CREATE and SETID. */
  private static final class Options {
    private boolean makeStream;
    private long entriesRead = StreamGroup.UNKNOWN;

    private static Options of(Args args, boolean create) {
      Options options = new Options();
      for (int i = 5; i < args.count(); i++) {
        if (create && args.is(i, "MKSTREAM")) {
          options.makeStream = true;
        } else if (args.is(i, "ENTRIESREAD") && i + 1 < args.count()) {
          options.entriesRead = args.longAt(++i);
          if (options.entriesRead < 0 && options.entriesRead != StreamGroup.UNKNOWN) {
            throw NEGATIVE_READ;
          }
        } else {
          throw subcommandSyntax(args);
        }
      }
      return options;
    }
  }

  private static CommandError subcommandSyntax(Args args) {
    return CommandError.err(
        "unknown subcommand or wrong number of arguments for '%s'. Try %s HELP."
            .formatted(args.textToZero(1), args.text(0).toUpperCase(java.util.Locale.ROOT)));
  }

  /** The entry of the stream at word 2, which has to be there. */
  private static Entry existing(ExecutionContext cx, Args args) {
    Entry entry = Typed.find(cx, args, 2);
    Typed.stream(entry);
    if (entry == null) {
      throw NO_KEY;
    }
    return entry;
  }

  private static @Nullable StreamGroup group(Entry entry, Args args) {
    return ((StreamValue) entry.value()).group(args.bytes(3));
  }

  private static StreamGroup existingGroup(Entry entry, Args args) {
    StreamGroup group = group(entry, args);
    if (group == null) {
      throw new CommandError(
          "NOGROUP",
          "No such consumer group '%s' for key name '%s'"
              .formatted(args.textToZero(3), args.textToZero(2)));
    }
    return group;
  }

  /**
   * {@code XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD n]} / OK / effects: verbatim /
   * O(1).
   */
  private static void create(ExecutionContext cx, Args args, ReplyWriter reply) {
    Options options = Options.of(args, true);
    Entry entry = Typed.find(cx, args, 2);
    StreamValue stream = Typed.stream(entry);
    if (stream == null && !options.makeStream) {
      throw NO_KEY;
    }
    if (args.count() > MAX_CREATE_WORDS) {
      throw subcommandSyntax(args);
    }
    StreamId from;
    if (args.is(4, "$")) {
      from = stream == null ? StreamId.MIN : stream.lastId();
    } else {
      from = StreamIds.strict(args, 4, 0);
    }
    if (stream != null && stream.group(args.bytes(3)) != null) {
      throw GROUP_EXISTS;
    }
    if (entry == null || stream == null) {
      stream = new StreamValue();
      entry = cx.db().add(args.array(), args.offset(2), args.length(2), stream);
    }
    cx.db().edit(entry);
    stream.addGroup(args.bytes(3), from, options.entriesRead);
    reply.ok();
  }

  /** {@code XGROUP SETID key group id|$ [ENTRIESREAD n]} / OK / effects: verbatim / O(1). */
  private static void setId(ExecutionContext cx, Args args, ReplyWriter reply) {
    Options options = Options.of(args, false);
    Entry entry = existing(cx, args);
    StreamGroup group = existingGroup(entry, args);
    if (args.count() > MAX_SETID_WORDS) {
      throw subcommandSyntax(args);
    }
    StreamId id =
        args.is(4, "$") ? ((StreamValue) entry.value()).lastId() : StreamIds.open(args, 4, 0);
    cx.db().edit(entry);
    group.lastId = id;
    group.entriesRead = options.entriesRead;
    reply.ok();
  }

  /**
   * {@code XGROUP DESTROY key group} / 1, 0 if there is none / effects: verbatim / O(consumers).
   */
  private static void destroy(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = existing(cx, args);
    StreamGroup group = group(entry, args);
    if (group == null) {
      reply.integer(0);
      return;
    }
    cx.db().edit(entry);
    ((StreamValue) entry.value()).removeGroup(group);
    cx.db().signal(entry);
    reply.integer(1);
  }

  /**
   * {@code XGROUP CREATECONSUMER key group consumer} / 1, 0 if it was there / effects: verbatim if
   * made / O(log consumers).
   */
  private static void createConsumer(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = existing(cx, args);
    StreamGroup group = existingGroup(entry, args);
    Bytes name = args.bytes(4);
    if (group.consumer(name) != null) {
      reply.integer(0);
      return;
    }
    cx.db().edit(entry);
    group.addConsumer(name, cx.nowMs());
    reply.integer(1);
  }

  /**
   * {@code XGROUP DELCONSUMER key group consumer} / entries that were pending at it / effects:
   * verbatim if it was there / O(pending).
   */
  private static void deleteConsumer(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = existing(cx, args);
    StreamGroup group = existingGroup(entry, args);
    StreamConsumer consumer = group.consumer(args.bytes(4));
    if (consumer == null) {
      reply.integer(0);
      return;
    }
    cx.db().edit(entry);
    reply.integer(consumer.pendingCount());
    group.removeConsumer(consumer);
  }

  // --- what is pending

  /**
   * {@code XACK key group id ...} / how many were pending / effects: verbatim if any / O(log n).
   */
  private static void xAck(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StreamValue stream = Typed.stream(entry);
    StreamGroup group = stream == null ? null : stream.group(args.bytes(2));
    if (entry == null || group == null) {
      reply.integer(0);
      return;
    }
    for (int i = 3; i < args.count(); i++) {
      StreamIds.strict(args, i, 0);
    }
    int acknowledged = 0;
    for (int i = 3; i < args.count(); i++) {
      PendingEntry pending = group.pending(StreamIds.strict(args, i, 0));
      if (pending != null) {
        if (acknowledged == 0) {
          cx.db().edit(entry);
        }
        group.acknowledge(pending);
        acknowledged++;
      }
    }
    reply.integer(acknowledged);
  }

  /** The group at word 2 of the stream at word 1; NOGROUP if one of them is not there. */
  static StreamGroup group(@Nullable Entry entry, Args args, String suffix) {
    StreamValue stream = Typed.stream(entry);
    StreamGroup group = stream == null ? null : stream.group(args.bytes(2));
    if (group == null) {
      throw new CommandError(
          "NOGROUP",
          "No such key '%s' or consumer group '%s'%s"
              .formatted(args.textToZero(1), args.textToZero(2), suffix));
    }
    return group;
  }

  /**
   * {@code XPENDING key group [[IDLE ms] start end count [consumer]]} / array: a summary, or
   * entries with consumer, idle time and deliveries / no effects / O(log n + shown); with IDLE
   * O(pending).
   */
  private static void xPending(ExecutionContext cx, Args args, ReplyWriter reply) {
    int words = args.count();
    if (words == 3) {
      summary(group(Typed.read(cx, args, 1), args, ""), reply);
      return;
    }
    if (words < 6 || words > 9) {
      throw CommandError.SYNTAX;
    }
    int at = 3;
    long minIdleMs = 0;
    if (args.is(3, "IDLE")) {
      minIdleMs = args.longAt(4);
      if (words < 8) {
        throw CommandError.SYNTAX;
      }
      at = 5;
    }
    long count = Math.max(0, args.longAt(at + 2));
    StreamId start = StreamIds.rangeStart(args, at);
    StreamId end = StreamIds.rangeEnd(args, at + 1);
    StreamGroup group = group(Typed.read(cx, args, 1), args, "");
    StreamConsumer consumer = null;
    if (at + 3 < words) {
      consumer = group.consumer(args.bytes(at + 3));
      if (consumer == null) {
        reply.array(0);
        return;
      }
    }
    int mark = reply.beginArray();
    int shown = 0;
    PendingEntry entry = first(group, consumer, start);
    while (shown < count && entry != null && entry.id().compareTo(end) <= 0) {
      long idleMs = cx.nowMs() - entry.deliveredMs();
      if (minIdleMs == 0 || idleMs >= minIdleMs) {
        shown++;
        reply.array(4);
        StreamIds.reply(entry.id(), reply);
        reply.bulk(entry.consumer().name().array());
        reply.integer(Math.max(0, idleMs));
        reply.integer(entry.deliveryCount());
      }
      entry = entry.id().equals(StreamId.MAX) ? null : first(group, consumer, entry.id().next());
    }
    reply.endArray(mark, shown);
  }

  private static @Nullable PendingEntry first(
      StreamGroup group, @Nullable StreamConsumer consumer, StreamId from) {
    return consumer == null ? group.firstPending(from) : consumer.firstPending(from);
  }

  private static void summary(StreamGroup group, ReplyWriter reply) {
    reply.array(4);
    reply.integer(group.pendingCount());
    PendingEntry first = group.firstPending(StreamId.MIN);
    PendingEntry last = group.lastPending();
    if (first == null || last == null) {
      reply.nil();
      reply.nil();
      reply.nilArray();
      return;
    }
    StreamIds.reply(first.id(), reply);
    StreamIds.reply(last.id(), reply);
    int mark = reply.beginArray();
    int shown = 0;
    for (StreamConsumer consumer : group.consumers()) {
      if (consumer.pendingCount() > 0) {
        shown++;
        reply.array(2);
        reply.bulk(consumer.name().array());
        reply.bulk(consumer.pendingCount());
      }
    }
    reply.endArray(mark, shown);
  }
}
