package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.BLOCKING;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.PendingEntry;
import io.engramdb.node.engine.value.StreamConsumer;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * XREAD and XREADGROUP: what came after an id, in several streams; waiting for it if need be.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code t_stream.c}, {@code xreadCommand}. What XREADGROUP
 * delivers is logged as XCLAIM, how far the group has read as XGROUP SETID; a read that delivers
 * nothing logs nothing.
 */
final class StreamReadCommands implements CommandFamily {

  private static final CommandError GROUP_IN_XREAD =
      CommandError.err(
          "The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
  private static final CommandError NOACK_IN_XREAD =
      CommandError.err(
          "The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
  private static final CommandError NO_GROUP_OPTION =
      CommandError.err("Missing GROUP option for XREADGROUP");
  private static final CommandError DOLLAR_IN_GROUP =
      CommandError.err(
          "The $ ID is meaningless in the context of XREADGROUP: you want to read the history of"
              + " this consumer by specifying a proper ID, or use the > ID to get new messages. The"
              + " $ ID would just return an empty result set.");
  private static final CommandError GREATER_IN_XREAD =
      CommandError.err(
          "The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
              + " <consumer> option.");

  /** No BLOCK was given. */
  private static final long DOES_NOT_WAIT = -1;

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    KeySpec read = KeySpec.afterKeyword("STREAMS", 1, -1, 1, 2).with(RO, ACCESS);
    table
        .read(
            "xread",
            "5.0.0",
            -4,
            List.of(read),
            (cx, args, reply) -> new Read().run(cx, args, reply))
        .flags(BLOCKING, MOVABLE_KEYS)
        .add();
    KeySpec group = KeySpec.afterKeyword("STREAMS", 4, -1, 1, 2).with(RO, ACCESS);
    table
        .write(
            "xreadgroup",
            "5.0.0",
            -7,
            List.of(group),
            EFFECTS,
            (cx, args, reply) -> new GroupRead().run(cx, args, reply))
        .flags(BLOCKING, MOVABLE_KEYS)
        .add();
  }

  /**
   * {@code XREAD [COUNT n] [BLOCK ms] STREAMS key ... id ...} / map of keys to entries, null if
   * there are none / no effects / O(streams log n + entries shown).
   */
  private static class Read {
    private final boolean ofGroup;
    private final String name;
    long deadlineMs = DOES_NOT_WAIT;
    long count;
    boolean noAck;
    private int groupWord;
    private int firstKey;
    private int streams;

    Read() {
      this(false, "xread");
    }

    Read(boolean ofGroup, String name) {
      this.ofGroup = ofGroup;
      this.name = name;
    }

    private void parse(ExecutionContext cx, Args args) {
      for (int i = 1; i < args.count() && firstKey == 0; i++) {
        int more = args.count() - i - 1;
        if (args.is(i, "BLOCK") && more > 0) {
          deadlineMs = BlockingTimeout.milliseconds(cx, args, ++i);
        } else if (args.is(i, "COUNT") && more > 0) {
          count = Math.max(0, args.longAt(++i));
        } else if (args.is(i, "STREAMS") && more > 0) {
          firstKey = i + 1;
        } else if (args.is(i, "GROUP") && more >= 2) {
          if (!ofGroup) {
            throw GROUP_IN_XREAD;
          }
          groupWord = i + 1;
          i += 2;
        } else if (args.is(i, "NOACK")) {
          if (!ofGroup) {
            throw NOACK_IN_XREAD;
          }
          noAck = true;
        } else {
          throw CommandError.SYNTAX;
        }
      }
      if (firstKey == 0) {
        throw CommandError.SYNTAX;
      }
      if ((args.count() - firstKey) % 2 != 0) {
        throw CommandError.err(
            "Unbalanced '%s' list of streams: for each stream key an ID or '%s' must be specified."
                .formatted(name, ofGroup ? ">" : "$"));
      }
      streams = (args.count() - firstKey) / 2;
      if (ofGroup && groupWord == 0) {
        throw NO_GROUP_OPTION;
      }
    }

    final void run(ExecutionContext cx, Args args, ReplyWriter reply) {
      parse(cx, args);
      StreamId[] after = new StreamId[streams];
      for (int i = 0; i < streams; i++) {
        after[i] = position(cx, args, firstKey + i, firstKey + streams + i);
      }
      int start = reply.mark();
      int mark = reply.beginArray();
      int shown = 0;
      for (int i = 0; i < streams; i++) {
        Entry entry = Typed.find(cx, args, firstKey + i);
        StreamValue stream = Typed.stream(entry);
        if (entry != null && stream != null && show(cx, args, reply, entry, i, after[i])) {
          shown++;
        }
      }
      if (shown > 0 && reply.protocol() == 3) {
        reply.endMap(mark, shown);
      } else if (shown > 0) {
        reply.endArray(mark, shown);
      } else {
        reply.rewind(start);
        nothing(cx, args, reply, after);
      }
    }

    private void nothing(ExecutionContext cx, Args args, ReplyWriter reply, StreamId[] after) {
      if (deadlineMs == DOES_NOT_WAIT || !cx.mayBlock()) {
        reply.nilArray();
        return;
      }
      Args again = withoutDollars(args, after);
      cx.block(new KeyWait(again, firstKey, streams, ValueType.STREAM, ofGroup, deadlineMs));
    }

    /** What "the newest" meant is what comes after it now. */
    private Args withoutDollars(Args args, StreamId[] after) {
      byte[][] words = new byte[args.count()][];
      for (int i = 0; i < words.length; i++) {
        boolean dollar = i >= firstKey + streams && args.is(i, "$");
        words[i] = dollar ? after[i - firstKey - streams].text() : args.copy(i);
      }
      return Args.of(words);
    }

    /** Behind which id to read; checks key and id. */
    StreamId position(ExecutionContext cx, Args args, int keyWord, int idWord) {
      StreamValue stream = Typed.stream(Typed.read(cx, args, keyWord));
      if (args.is(idWord, "$")) {
        return stream == null ? StreamId.MIN : stream.lastId();
      }
      if (args.is(idWord, ">")) {
        throw GREATER_IN_XREAD;
      }
      return StreamIds.strict(args, idWord, 0);
    }

    /** Shows one stream's entries behind that id; false and nothing if there are none. */
    boolean show(
        ExecutionContext cx, Args args, ReplyWriter reply, Entry entry, int index, StreamId after) {
      StreamValue stream = (StreamValue) entry.value();
      if (stream.length() == 0 || stream.newestId().compareTo(after) <= 0) {
        return false;
      }
      name(args, reply, index);
      int mark = reply.beginArray();
      long shown = stream.visitRange(after.next(), StreamId.MAX, count, new StreamReply(reply));
      reply.endArray(mark, (int) shown);
      return true;
    }

    final void name(Args args, ReplyWriter reply, int index) {
      int word = keyWord(index);
      if (reply.protocol() != 3) {
        reply.array(2);
      }
      reply.bulk(args.array(), args.offset(word), args.length(word));
    }

    final int keyWord(int index) {
      return firstKey + index;
    }

    final int groupWord() {
      return groupWord;
    }
  }

  /**
   * {@code XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] [NOACK] STREAMS key ... id ...} /
   * as XREAD / effects: XGROUP CREATECONSUMER, XCLAIM, XGROUP SETID / O(streams log n + entries
   * shown).
   */
  private static final class GroupRead extends Read {

    GroupRead() {
      super(true, "xreadgroup");
    }

    @Override
    StreamId position(ExecutionContext cx, Args args, int keyWord, int idWord) {
      StreamValue stream = Typed.stream(Typed.read(cx, args, keyWord));
      StreamGroup group = stream == null ? null : stream.group(args.bytes(groupWord()));
      if (group == null) {
        throw new CommandError(
            "NOGROUP",
            "No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option"
                .formatted(args.textToZero(keyWord), args.textToZero(groupWord())));
      }
      if (args.is(idWord, "$")) {
        throw DOLLAR_IN_GROUP;
      }
      return args.is(idWord, ">") ? StreamId.MAX : StreamIds.strict(args, idWord, 0);
    }

    @Override
    boolean show(
        ExecutionContext cx, Args args, ReplyWriter reply, Entry entry, int index, StreamId after) {
      StreamValue stream = (StreamValue) entry.value();
      StreamGroup group = stream.group(args.bytes(groupWord()));
      if (group == null) {
        throw new IllegalStateException("a group that has vanished meanwhile");
      }
      Delivery delivery = new Delivery(cx, args, reply, entry, stream, group, keyWord(index));
      delivery.consumer = consumer(cx, args, entry, group, keyWord(index));
      if (!after.equals(StreamId.MAX)) {
        name(args, reply, index);
        delivery.history(after.next(), count);
        return true;
      }
      if (stream.length() == 0 || stream.newestId().compareTo(group.lastId) <= 0) {
        return false;
      }
      name(args, reply, index);
      delivery.news(count, noAck);
      return true;
    }

    private StreamConsumer consumer(
        ExecutionContext cx, Args args, Entry entry, StreamGroup group, int keyWord) {
      Bytes consumerName = args.bytes(groupWord() + 1);
      StreamConsumer consumer = group.consumer(consumerName);
      if (consumer == null) {
        cx.db().edit(entry);
        consumer = group.addConsumer(consumerName, cx.nowMs());
        StreamEffects.createConsumer(cx, args, keyWord, group.name(), consumerName);
      }
      consumer.seenMs = cx.nowMs();
      return consumer;
    }
  }

  /** Entries of one stream on their way to a consumer. */
  private static final class Delivery extends StreamReply {
    private final ExecutionContext cx;
    private final Args args;
    private final ReplyWriter reply;
    private final Entry entry;
    private final StreamValue stream;
    private final StreamGroup group;
    private final int keyWord;
    private final List<StreamId> ids = new ArrayList<>();
    private @Nullable StreamConsumer consumer;

    Delivery(
        ExecutionContext cx,
        Args args,
        ReplyWriter reply,
        Entry entry,
        StreamValue stream,
        StreamGroup group,
        int keyWord) {
      super(reply);
      this.cx = cx;
      this.args = args;
      this.reply = reply;
      this.entry = entry;
      this.stream = stream;
      this.group = group;
      this.keyWord = keyWord;
    }

    private StreamConsumer consumer() {
      StreamConsumer present = consumer;
      if (present == null) {
        throw new IllegalStateException("no consumer");
      }
      return present;
    }

    @Override
    public boolean entry(long ms, long seq, int pairs) {
      ids.add(new StreamId(ms, seq));
      return super.entry(ms, seq, pairs);
    }

    /** Entries that the group has not read yet; there is at least one. */
    void news(long count, boolean noAck) {
      cx.db().edit(entry);
      int mark = reply.beginArray();
      stream.visitRange(group.lastId.next(), StreamId.MAX, count, this);
      reply.endArray(mark, ids.size());
      for (StreamId id : ids) {
        stream.advance(group, id);
        if (!noAck) {
          group.assign(id, group.pending(id), consumer(), cx.nowMs(), 1);
        }
      }
      consumer().activeMs = cx.nowMs();
      if (!noAck) {
        StreamEffects.deliver(cx, args, keyWord, group, consumer().name(), ids);
      }
      StreamEffects.setId(cx, args, keyWord, group);
    }

    /** Entries that the consumer has not acknowledged, again. */
    void history(StreamId from, long count) {
      int mark = reply.beginArray();
      int shown = 0;
      boolean edited = false;
      PendingEntry pending = consumer().firstPending(from);
      while (pending != null && (count == 0 || shown < count)) {
        StreamId id = pending.id();
        shown++;
        if (!stream.contains(id)) {
          reply.array(2);
          StreamIds.reply(id, reply);
          reply.nilArray();
        } else {
          if (!edited) {
            cx.db().edit(entry);
            edited = true;
          }
          stream.visitRange(id, id, 1, this);
          pending.delivered(cx.nowMs(), pending.deliveryCount() + 1);
          StreamEffects.claim(cx, args, keyWord, group, pending);
        }
        pending = id.equals(StreamId.MAX) ? null : consumer().firstPending(id.next());
      }
      reply.endArray(mark, shown);
    }
  }
}
