package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.base.Bytes;
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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pending entries that change their consumer: XCLAIM and XAUTOCLAIM.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code t_stream.c}, tests {@code unit/type/stream-cgroups}.
 * Logged as XCLAIM with delivery time and count, and as XACK where the entry has gone from the
 * stream.
 */
final class StreamClaimCommands implements CommandFamily {

  private static final String BAD_IDLE = "Invalid min-idle-time argument for ";
  private static final CommandError BAD_CLAIM_IDLE = CommandError.err(BAD_IDLE + "XCLAIM");
  private static final CommandError BAD_AUTOCLAIM_IDLE = CommandError.err(BAD_IDLE + "XAUTOCLAIM");
  private static final CommandError BAD_IDLE_OPTION =
      CommandError.err("Invalid IDLE option argument for XCLAIM");
  private static final CommandError BAD_TIME_OPTION =
      CommandError.err("Invalid TIME option argument for XCLAIM");
  private static final CommandError BAD_RETRY_OPTION =
      CommandError.err("Invalid RETRYCOUNT option argument for XCLAIM");
  private static final CommandError BAD_COUNT = CommandError.err("COUNT must be > 0");

  private static final long DEFAULT_COUNT = 100;
  private static final long MAX_COUNT = Long.MAX_VALUE / 16;

  /** Pending entries that XAUTOCLAIM looks at for each that it may return. */
  private static final int ATTEMPTS_PER_ENTRY = 10;

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    List<KeySpec> update = List.of(KeySpec.key(1).with(RW, UPDATE));
    table
        .write("xclaim", "5.0.0", -6, update, EFFECTS, StreamClaimCommands::xClaim)
        .flags(FAST)
        .add();
    List<KeySpec> delete = List.of(KeySpec.key(1).with(RW, DELETE));
    table
        .write("xautoclaim", "6.2.0", -6, delete, EFFECTS, StreamClaimCommands::xAutoClaim)
        .flags(FAST)
        .add();
  }

  /** One execution: what is claimed, for whom. */
  private static final class Claim {
    private final ExecutionContext cx;
    private final Args args;
    private final Entry entry;
    private final StreamValue stream;
    private final StreamGroup group;
    private final StreamReply entries;
    private final ReplyWriter reply;
    private final StreamConsumer consumer;
    private boolean edited;
    private long deliveredMs;
    private long deliveryCount = -1;
    private boolean justId;

    Claim(ExecutionContext cx, Args args, ReplyWriter reply, Entry entry, StreamGroup group) {
      this.cx = cx;
      this.args = args;
      this.reply = reply;
      this.entry = entry;
      this.stream = (StreamValue) entry.value();
      this.group = group;
      this.entries = new StreamReply(reply);
      this.deliveredMs = cx.nowMs();
      this.consumer = consumer();
    }

    private StreamConsumer consumer() {
      Bytes name = args.bytes(3);
      StreamConsumer present = group.consumer(name);
      if (present == null) {
        edit();
        present = group.addConsumer(name, cx.nowMs());
        StreamEffects.createConsumer(cx, args, 1, group.name(), name);
      }
      present.seenMs = cx.nowMs();
      return present;
    }

    private void edit() {
      if (!edited) {
        edited = true;
        cx.db().edit(entry);
      }
    }

    /** Gives an entry to the consumer and shows it. */
    void take(StreamId id, @Nullable PendingEntry present) {
      edit();
      long before = present == null ? 1 : present.deliveryCount();
      long count = deliveryCount >= 0 ? deliveryCount : justId ? before : before + 1;
      PendingEntry taken = group.assign(id, present, consumer, deliveredMs, count);
      consumer.activeMs = cx.nowMs();
      if (justId) {
        StreamIds.reply(id, reply);
      } else {
        stream.visitRange(id, id, 1, entries);
      }
      StreamEffects.claim(cx, args, 1, group, taken);
    }

    /** The entry is not in the stream any more. */
    void drop(PendingEntry gone) {
      edit();
      group.acknowledge(gone);
      StreamEffects.acknowledge(cx, args, 1, group, gone.id());
    }

    boolean isTooYoung(PendingEntry pending, long minIdleMs) {
      return minIdleMs > 0 && cx.nowMs() - pending.deliveredMs() < minIdleMs;
    }
  }

  /** The options of XCLAIM behind its ids. */
  private static final class Options {
    private final long nowMs;
    private boolean force;
    private boolean justId;
    private long deliveredMs = -1;
    private long deliveryCount = -1;
    private StreamId lastId = StreamId.MIN;

    Options(long nowMs) {
      this.nowMs = nowMs;
    }

    private void parse(Args args, int word) {
      for (int i = word; i < args.count(); i++) {
        boolean more = i + 1 < args.count();
        if (args.is(i, "FORCE")) {
          force = true;
        } else if (args.is(i, "JUSTID")) {
          justId = true;
        } else if (args.is(i, "IDLE") && more) {
          deliveredMs = nowMs - args.longAt(++i, BAD_IDLE_OPTION);
        } else if (args.is(i, "TIME") && more) {
          deliveredMs = args.longAt(++i, BAD_TIME_OPTION);
        } else if (args.is(i, "RETRYCOUNT") && more) {
          deliveryCount = args.longAt(++i, BAD_RETRY_OPTION);
        } else if (args.is(i, "LASTID") && more) {
          lastId = StreamIds.strict(args, ++i, 0);
        } else {
          throw CommandError.err("Unrecognized XCLAIM option '" + args.textToZero(i) + "'");
        }
      }
      if (deliveredMs < 0 || deliveredMs > nowMs) {
        deliveredMs = nowMs;
      }
    }
  }

  /**
   * {@code XCLAIM key group consumer min-idle-ms id ... [IDLE ms] [TIME ms] [RETRYCOUNT n] [FORCE]
   * [JUSTID] [LASTID id]} / array of entries or ids / effects: XCLAIM, XACK, XGROUP SETID / O(ids
   * log n).
   */
  private static void xClaim(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StreamGroup group = StreamGroupCommands.group(entry, args, "");
    if (entry == null) {
      throw new IllegalStateException("a group without a stream");
    }
    long minIdleMs = Math.max(0, args.longAt(4, BAD_CLAIM_IDLE));
    int behind = 5;
    while (behind < args.count()
        && StreamIds.parse(args.array(), args.offset(behind), args.length(behind), 0) != null) {
      behind++;
    }
    Options options = new Options(cx.nowMs());
    options.parse(args, behind);
    Claim claim = new Claim(cx, args, reply, entry, group);
    claim.deliveredMs = options.deliveredMs;
    claim.deliveryCount = options.deliveryCount;
    claim.justId = options.justId;
    if (options.lastId.compareTo(group.lastId) > 0) {
      claim.edit();
      group.lastId = options.lastId;
      StreamEffects.setId(cx, args, 1, group);
    }
    int mark = reply.beginArray();
    int shown = 0;
    for (int i = 5; i < behind; i++) {
      StreamId id = StreamIds.strict(args, i, 0);
      PendingEntry pending = group.pending(id);
      if (!claim.stream.contains(id)) {
        if (pending != null) {
          claim.drop(pending);
        }
      } else if (pending == null ? options.force : !claim.isTooYoung(pending, minIdleMs)) {
        claim.take(id, pending);
        shown++;
      }
    }
    reply.endArray(mark, shown);
  }

  /**
   * {@code XAUTOCLAIM key group consumer min-idle-ms start [COUNT n] [JUSTID]} / array: where to go
   * on, entries or ids, ids that have gone / effects: XCLAIM, XACK / O(count).
   */
  private static void xAutoClaim(ExecutionContext cx, Args args, ReplyWriter reply) {
    long minIdleMs = Math.max(0, args.longAt(4, BAD_AUTOCLAIM_IDLE));
    StreamId start = StreamIds.rangeStart(args, 5);
    long count = DEFAULT_COUNT;
    boolean justId = false;
    for (int i = 6; i < args.count(); i++) {
      if (args.is(i, "COUNT") && i + 1 < args.count()) {
        count = args.longAt(++i, BAD_COUNT);
        if (count < 1 || count > MAX_COUNT) {
          throw BAD_COUNT;
        }
      } else if (args.is(i, "JUSTID")) {
        justId = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    Entry entry = Typed.find(cx, args, 1);
    StreamGroup group = StreamGroupCommands.group(entry, args, "");
    if (entry == null) {
      throw new IllegalStateException("a group without a stream");
    }
    Walk run = new Walk(count, justId, minIdleMs);
    run.claim(new Claim(cx, args, reply, entry, group), start);
  }

  /** XAUTOCLAIM: the reply begins with where the walk ended, so nothing is taken on the way. */
  private record Walk(long count, boolean justId, long minIdleMs) {

    void claim(Claim claim, StreamId start) {
      claim.justId = justId;
      List<PendingEntry> taken = new ArrayList<>();
      List<PendingEntry> gone = new ArrayList<>();
      long attempts = count * ATTEMPTS_PER_ENTRY;
      long left = count;
      PendingEntry pending = claim.group.firstPending(start);
      while (attempts > 0 && left > 0 && pending != null) {
        attempts--;
        StreamId id = pending.id();
        if (!claim.stream.contains(id)) {
          gone.add(pending);
          left--;
        } else if (!claim.isTooYoung(pending, minIdleMs)) {
          taken.add(pending);
          left--;
        }
        pending = id.equals(StreamId.MAX) ? null : claim.group.firstPending(id.next());
      }
      claim.reply.array(3);
      StreamIds.reply(pending == null ? StreamId.MIN : pending.id(), claim.reply);
      claim.reply.array(taken.size());
      for (PendingEntry entry : taken) {
        claim.take(entry.id(), entry);
      }
      claim.reply.array(gone.size());
      for (PendingEntry entry : gone) {
        StreamIds.reply(entry.id(), claim.reply);
        claim.drop(entry);
      }
    }
  }
}
