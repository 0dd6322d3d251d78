package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.EFFECTS;
import static io.engramdb.node.command.Replication.VERBATIM;

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
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.StreamFields;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamTrim;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stream commands on entries: XADD, XRANGE, XDEL, XTRIM and relatives. Reading as it comes is in
 * {@link StreamReadCommands}, consumer groups are in {@link StreamGroupCommands} and {@link
 * StreamClaimCommands}.
 *
 * <p>Values: {@link StreamValue}. Upstream behaviour: Redis {@code t_stream.c}, tests {@code
 * unit/type/stream}. What depends on the clock or on the size of blocks is logged as its result:
 * ids as they were chosen, trims as the length that was left.
 */
final class StreamCommands implements CommandFamily {

  private static final CommandError ZERO_ID =
      CommandError.err("The ID specified in XADD must be greater than 0-0");
  private static final CommandError NOT_BEHIND =
      CommandError.err(
          "The ID specified in XADD is equal or smaller than the target stream top item");
  private static final CommandError EXHAUSTED =
      CommandError.err("The stream has exhausted the last possible ID, unable to add more items");
  private static final CommandError TOO_LARGE =
      CommandError.err("Elements are too large to be stored");
  private static final CommandError NEGATIVE_ENTRIES =
      CommandError.err("entries_added must be positive");
  private static final CommandError BELOW_GIVEN_DELETED =
      CommandError.err(
          "The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
  private static final CommandError BELOW_DELETED =
      CommandError.err("The ID specified in XSETID is smaller than current max_deleted_entry_id");
  private static final CommandError BELOW_TOP =
      CommandError.err("The ID specified in XSETID is smaller than the target stream top item");
  private static final CommandError BELOW_LENGTH =
      CommandError.err(
          "The entries_added specified in XSETID is smaller than the target stream length");

  private final ValueLimits limits;

  StreamCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    List<KeySpec> read = key(RO, ACCESS);
    table.read("xlen", "5.0.0", 2, key(RO), StreamCommands::xLen).flags(FAST).add();
    table.read("xrange", "5.0.0", -4, read, StreamCommands::xRange).add();
    table.read("xrevrange", "5.0.0", -4, read, StreamCommands::xRevRange).add();

    List<KeySpec> update = key(RW, UPDATE);
    table.write("xadd", "5.0.0", -5, update, EFFECTS, this::xAdd).flags(DENYOOM, FAST).add();
    List<KeySpec> delete = key(RW, DELETE);
    table.write("xdel", "5.0.0", -3, delete, VERBATIM, StreamCommands::xDel).flags(FAST).add();
    table.write("xtrim", "5.0.0", -4, delete, EFFECTS, this::xTrim).add();
    table
        .write("xsetid", "5.0.0", -3, update, VERBATIM, StreamCommands::xSetId)
        .flags(DENYOOM, FAST)
        .add();
  }

  // --- adding

  /** The words of a request from {@code first} on as fields and values. */
  private record Fields(Args args, int first) implements StreamFields {
    @Override
    public int pairs() {
      return (args.count() - first) / 2;
    }

    @Override
    public ByteRange word(int index) {
      return Typed.range(args, first + index);
    }
  }

  /**
   * {@code XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT n]] *|id field value ...} /
   * the id, null if there is no stream and none may be made / effects: XADD with the id and the
   * length that a trim left / O(fields), trimming O(entries removed).
   */
  private void xAdd(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamOptions options = StreamOptions.ofAdd(args, limits);
    int fieldsWord = options.idWord + 1;
    int words = args.count() - fieldsWord;
    if (words < 2 || words % 2 == 1) {
      throw CommandError.arity("xadd");
    }
    boolean exact =
        !args.is(options.idWord, "*") && !StreamIds.leavesSequence(args, options.idWord);
    if (exact && StreamIds.strict(args, options.idWord, 0).isZero()) {
      throw ZERO_ID;
    }
    Entry entry = Typed.find(cx, args, 1);
    StreamValue stream = Typed.stream(entry);
    if (stream == null && options.noMakeStream) {
      reply.nil();
      return;
    }
    StreamId id = newId(cx, args, options.idWord, stream == null ? StreamId.MIN : stream.lastId());
    long bytes = 0;
    for (int i = fieldsWord; i < args.count(); i++) {
      bytes += args.length(i);
    }
    if (bytes > StreamValue.MAX_BLOCK_BYTES) {
      throw TOO_LARGE;
    }
    if (entry == null || stream == null) {
      stream = new StreamValue();
      entry = cx.db().add(args.array(), args.offset(1), args.length(1), stream);
    }
    cx.db().edit(entry);
    stream.append(id, new Fields(args, fieldsWord), limits);
    StreamTrim trim = options.trim;
    boolean trimmed = trim != null && stream.trim(trim) > 0;
    cx.db().signal(entry);
    StreamEffects.add(cx, args, id, fieldsWord, trimmed, stream.length());
    StreamIds.reply(id, reply);
  }

  /** The id that the request asks for, or the next one. */
  private static StreamId newId(ExecutionContext cx, Args args, int word, StreamId last) {
    if (last.equals(StreamId.MAX)) {
      throw EXHAUSTED;
    }
    if (args.is(word, "*")) {
      long nowMs = cx.nowMs();
      return Long.compareUnsigned(nowMs, last.ms()) > 0 ? new StreamId(nowMs, 0) : last.next();
    }
    StreamId id;
    if (StreamIds.leavesSequence(args, word)) {
      long ms = StreamIds.milliseconds(args, word);
      if (ms == last.ms() && last.seq() == -1) {
        throw NOT_BEHIND;
      }
      id = ms == last.ms() ? last.next() : new StreamId(ms, 0);
    } else {
      id = StreamIds.strict(args, word, 0);
    }
    if (id.compareTo(last) <= 0) {
      throw NOT_BEHIND;
    }
    return id;
  }

  // --- reading

  /** {@code XLEN key} / integer / no effects / O(1). */
  private static void xLen(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamValue stream = Typed.stream(Typed.read(cx, args, 1));
    reply.integer(stream == null ? 0 : stream.length());
  }

  /** {@code XRANGE key start end [COUNT n]} / array of entries / no effects / O(log n + shown). */
  private static void xRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamId start = StreamIds.rangeStart(args, 2);
    StreamId end = StreamIds.rangeEnd(args, 3);
    range(cx, args, reply, start, end, false);
  }

  /** {@code XREVRANGE key end start [COUNT n]} / as XRANGE, the newest first. */
  private static void xRevRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamId start = StreamIds.rangeStart(args, 3);
    StreamId end = StreamIds.rangeEnd(args, 2);
    range(cx, args, reply, start, end, true);
  }

  private static void range(
      ExecutionContext cx,
      Args args,
      ReplyWriter reply,
      StreamId start,
      StreamId end,
      boolean backwards) {
    long count = -1;
    for (int i = 4; i < args.count(); i += 2) {
      if (i + 1 == args.count() || !args.is(i, "COUNT")) {
        throw CommandError.SYNTAX;
      }
      count = Math.max(0, args.longAt(i + 1));
    }
    StreamValue stream = Typed.stream(Typed.read(cx, args, 1));
    if (stream == null) {
      reply.array(0);
      return;
    }
    if (count == 0) {
      reply.nilArray();
      return;
    }
    int mark = reply.beginArray();
    StreamReply entries = new StreamReply(reply);
    long limit = Math.max(0, count);
    long shown =
        backwards
            ? stream.visitRangeBackwards(end, start, limit, entries)
            : stream.visitRange(start, end, limit, entries);
    reply.endArray(mark, (int) shown);
  }

  // --- removing

  /** {@code XDEL key id ...} / how many were there / effects: verbatim if any / O(ids log n). */
  private static void xDel(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StreamValue stream = Typed.stream(entry);
    if (entry == null || stream == null) {
      reply.integer(0);
      return;
    }
    for (int i = 2; i < args.count(); i++) {
      StreamIds.strict(args, i, 0);
    }
    int deleted = 0;
    for (int i = 2; i < args.count(); i++) {
      StreamId id = StreamIds.strict(args, i, 0);
      if (deleted == 0 && stream.contains(id)) {
        cx.db().edit(entry);
      }
      deleted += stream.delete(id) ? 1 : 0;
    }
    reply.integer(deleted);
  }

  /**
   * {@code XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT n]} / how many were removed / effects:
   * XTRIM to the length that was left / O(entries removed).
   */
  private void xTrim(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamTrim trim = StreamOptions.ofTrim(args, limits).trim;
    Entry entry = Typed.find(cx, args, 1);
    StreamValue stream = Typed.stream(entry);
    if (entry == null || stream == null || trim == null || !stream.wouldTrim(trim)) {
      reply.integer(0);
      return;
    }
    cx.db().edit(entry);
    reply.integer(stream.trim(trim));
    StreamEffects.trim(cx, args, stream.length());
  }

  // --- counters

  /**
   * {@code XSETID key last-id [ENTRIESADDED n] [MAXDELETEDID id]} / OK / effects: verbatim / O(log
   * n).
   */
  private static void xSetId(ExecutionContext cx, Args args, ReplyWriter reply) {
    StreamId id = StreamIds.strict(args, 2, 0);
    long entriesAdded = -1;
    StreamId maxDeleted = null;
    for (int i = 3; i < args.count(); i += 2) {
      if (i + 1 < args.count() && args.is(i, "ENTRIESADDED")) {
        entriesAdded = args.longAt(i + 1);
        if (entriesAdded < 0) {
          throw NEGATIVE_ENTRIES;
        }
      } else if (i + 1 < args.count() && args.is(i, "MAXDELETEDID")) {
        maxDeleted = StreamIds.strict(args, i + 1, 0);
        if (id.compareTo(maxDeleted) < 0) {
          throw BELOW_GIVEN_DELETED;
        }
      } else {
        throw CommandError.SYNTAX;
      }
    }
    Entry entry = Typed.find(cx, args, 1);
    StreamValue stream = Typed.stream(entry);
    if (entry == null || stream == null) {
      throw CommandError.NO_SUCH_KEY;
    }
    checkLastId(stream, id, entriesAdded);
    cx.db().edit(entry);
    stream.set(
        id,
        entriesAdded < 0 ? stream.entriesAdded() : entriesAdded,
        maxDeleted == null || maxDeleted.isZero() ? stream.maxDeletedId() : maxDeleted);
    reply.ok();
  }

  private static void checkLastId(@Nullable StreamValue stream, StreamId id, long entriesAdded) {
    if (stream == null) {
      return;
    }
    if (id.compareTo(stream.maxDeletedId()) < 0) {
      throw BELOW_DELETED;
    }
    if (stream.length() > 0) {
      if (id.compareTo(stream.newestId()) < 0) {
        throw BELOW_TOP;
      }
      if (entriesAdded >= 0 && stream.length() > entriesAdded) {
        throw BELOW_LENGTH;
      }
    }
  }
}
