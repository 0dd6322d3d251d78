package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
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
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.engine.value.ValueType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * List commands that never wait: LPUSH, LPOP, LRANGE and relatives. Those that wait are in {@link
 * BlockingListCommands}.
 *
 * <p>Values: {@link ListValue}. Upstream behaviour: Redis {@code t_list.c}, tests {@code
 * unit/type/list}.
 */
final class ListCommands implements CommandFamily {

  private static final CommandError COUNT_OUT_OF_RANGE =
      CommandError.err("value is out of range, must be positive");
  private static final CommandError REMOVALS_OUT_OF_RANGE =
      CommandError.err(
          "value is out of range, value must between "
              + -Long.MAX_VALUE
              + " and "
              + Long.MAX_VALUE);
  private static final CommandError ZERO_RANK =
      CommandError.err(
          "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use"
              + " negative to start from the end of the list");
  private static final CommandError NEGATIVE_COUNT = CommandError.err("COUNT can't be negative");
  private static final CommandError NEGATIVE_LENGTH = CommandError.err("MAXLEN can't be negative");
  private static final CommandError NO_KEYS = CommandError.err("numkeys should be greater than 0");
  private static final CommandError NO_COUNT = CommandError.err("count should be greater than 0");

  private final ValueLimits limits;

  ListCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.LIST);
    List<KeySpec> read = key(RO, ACCESS);
    table.read("llen", "1.0.0", 2, key(RO), ListCommands::lLen).flags(FAST).add();
    table.read("lindex", "1.0.0", 3, read, ListCommands::lIndex).add();
    table.read("lrange", "1.0.0", 4, read, ListCommands::lRange).add();
    table.read("lpos", "6.0.6", -3, read, ListCommands::lPos).add();

    List<KeySpec> insert = key(RW, INSERT);
    table.write("lpush", "1.0.0", -3, insert, VERBATIM, this::lPush).flags(DENYOOM, FAST).add();
    table.write("rpush", "1.0.0", -3, insert, VERBATIM, this::rPush).flags(DENYOOM, FAST).add();
    table.write("lpushx", "2.2.0", -3, insert, VERBATIM, this::lPushX).flags(DENYOOM, FAST).add();
    table.write("rpushx", "2.2.0", -3, insert, VERBATIM, this::rPushX).flags(DENYOOM, FAST).add();
    table.write("linsert", "2.2.0", 5, insert, VERBATIM, this::lInsert).flags(DENYOOM).add();
    table.write("lset", "1.0.0", 4, key(RW, UPDATE), VERBATIM, this::lSet).flags(DENYOOM).add();

    List<KeySpec> pop = key(RW, ACCESS, DELETE);
    table.write("lpop", "1.0.0", -2, pop, VERBATIM, this::lPop).flags(FAST).add();
    table.write("rpop", "1.0.0", -2, pop, VERBATIM, this::rPop).flags(FAST).add();
    table.write("lrem", "1.0.0", 4, key(RW, DELETE), VERBATIM, this::lRem).add();
    table.write("ltrim", "1.0.0", 4, key(RW, DELETE), VERBATIM, this::lTrim).add();

    List<KeySpec> move =
        List.of(KeySpec.key(1).with(RW, ACCESS, DELETE), KeySpec.key(2).with(RW, INSERT));
    table.write("lmove", "6.2.0", 5, move, VERBATIM, this::lMove).flags(DENYOOM).add();
    table.write("rpoplpush", "1.2.0", 3, move, VERBATIM, this::rPopLPush).flags(DENYOOM).add();
    List<KeySpec> counted = List.of(KeySpec.countedAt(1).with(RW, ACCESS, DELETE));
    table.write("lmpop", "7.0.0", -4, counted, EFFECTS, this::lMPop).flags(MOVABLE_KEYS).add();
  }

  // --- reading

  private static @Nullable ListValue read(ExecutionContext cx, Args args) {
    return Typed.list(Typed.read(cx, args, 1));
  }

  /** {@code LLEN key} / integer / no effects / O(1). */
  private static void lLen(ExecutionContext cx, Args args, ReplyWriter reply) {
    ListValue list = read(cx, args);
    reply.integer(list == null ? 0 : list.size());
  }

  /** {@code LINDEX key index} / bulk, null if there is none / no effects / O(chunks). */
  private static void lIndex(ExecutionContext cx, Args args, ReplyWriter reply) {
    ListValue list = read(cx, args);
    if (list == null) {
      reply.nil();
      return;
    }
    long index = args.longAt(2);
    long place = index < 0 ? index + list.size() : index;
    if (place < 0 || place >= list.size()) {
      reply.nil();
    } else {
      list.visit((int) place, new ElementReply(reply));
    }
  }

  /** {@code LRANGE key start stop} / array / no effects / O(chunks + elements returned). */
  private static void lRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    long start = args.longAt(2);
    long stop = args.longAt(3);
    ListValue list = read(cx, args);
    if (list == null) {
      reply.array(0);
      return;
    }
    int from = firstIndex(start, list.size());
    int count = Math.max(0, lastIndex(stop, list.size()) - from + 1);
    reply.array(count);
    list.visitRange(from, count, new ElementReply(reply));
  }

  /** The index that a range begins with; may be behind the last. */
  private static int firstIndex(long start, int size) {
    long index = start < 0 ? Math.max(0, start + size) : start;
    return (int) Math.min(index, size);
  }

  /** The index that a range ends with; may be before the first. */
  private static int lastIndex(long stop, int size) {
    long index = stop < 0 ? Math.max(-1, stop + size) : stop;
    return (int) Math.min(index, size - 1L);
  }

  /**
   * {@code LPOS key element [RANK n] [COUNT n] [MAXLEN n]} / index or null; with COUNT an array /
   * no effects / O(elements).
   */
  private static void lPos(ExecutionContext cx, Args args, ReplyWriter reply) {
    long rank = 1;
    long count = -1;
    long length = 0;
    for (int i = 3; i < args.count(); i += 2) {
      if (i + 1 == args.count()) {
        throw CommandError.SYNTAX;
      }
      if (args.is(i, "RANK")) {
        rank = args.longInRange(i + 1, -Long.MAX_VALUE, Long.MAX_VALUE, REMOVALS_OUT_OF_RANGE);
        if (rank == 0) {
          throw ZERO_RANK;
        }
      } else if (args.is(i, "COUNT")) {
        count = notNegative(args, i + 1, NEGATIVE_COUNT);
      } else if (args.is(i, "MAXLEN")) {
        length = notNegative(args, i + 1, NEGATIVE_LENGTH);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    ListValue list = read(cx, args);
    if (list == null) {
      if (count >= 0) {
        reply.array(0);
      } else {
        reply.nil();
      }
      return;
    }
    boolean one = count < 0;
    ElementSearch search =
        new ElementSearch(Typed.range(args, 2), reply, Math.abs(rank), one ? 1 : count);
    int visits = (int) (length == 0 ? list.size() : Math.min(length, list.size()));
    int start = reply.mark();
    int mark = one ? start : reply.beginArray();
    if (rank > 0) {
      search.startAt(0, 1);
      list.visitRange(0, visits, search);
    } else {
      search.startAt(list.size() - 1, -1);
      list.visitRangeBackwards(list.size() - 1, visits, search);
    }
    if (!one) {
      reply.endArray(mark, search.found());
      return;
    }
    reply.rewind(start);
    if (search.found() == 0) {
      reply.nil();
    } else {
      reply.integer(search.lastFound());
    }
  }

  /** The word as a number from 0 on; the error otherwise. */
  static long notNegative(Args args, int word, CommandError otherwise) {
    long value = args.longAt(word, otherwise);
    if (value < 0) {
      throw otherwise;
    }
    return value;
  }

  // --- adding

  /** The list to change, announced as edited; made and added if there is none. */
  private static ListValue edit(ExecutionContext cx, Args args, int word, @Nullable Entry entry) {
    if (entry != null) {
      cx.db().edit(entry);
      return (ListValue) entry.value();
    }
    ListValue list = new ListValue();
    Entry added = cx.db().add(args.array(), args.offset(word), args.length(word), list);
    cx.db().edit(added);
    return list;
  }

  /** The entry of the list at that word; WRONGTYPE for another type. */
  static @Nullable Entry find(ExecutionContext cx, Args args, int word) {
    Entry entry = Typed.find(cx, args, word);
    Typed.list(entry);
    return entry;
  }

  /** {@code LPUSH key element ...} / new length / effects: verbatim / O(elements added). */
  private void lPush(ExecutionContext cx, Args args, ReplyWriter reply) {
    push(cx, args, reply, find(cx, args, 1), true);
  }

  /** {@code RPUSH key element ...} / new length / effects: verbatim / O(elements added). */
  private void rPush(ExecutionContext cx, Args args, ReplyWriter reply) {
    push(cx, args, reply, find(cx, args, 1), false);
  }

  /** {@code LPUSHX key element ...} / new length, 0 if absent / effects: verbatim / O(added). */
  private void lPushX(ExecutionContext cx, Args args, ReplyWriter reply) {
    pushIfPresent(cx, args, reply, true);
  }

  /** {@code RPUSHX key element ...} / new length, 0 if absent / effects: verbatim / O(added). */
  private void rPushX(ExecutionContext cx, Args args, ReplyWriter reply) {
    pushIfPresent(cx, args, reply, false);
  }

  private void pushIfPresent(ExecutionContext cx, Args args, ReplyWriter reply, boolean head) {
    Entry entry = find(cx, args, 1);
    if (entry == null) {
      reply.integer(0);
    } else {
      push(cx, args, reply, entry, head);
    }
  }

  private void push(
      ExecutionContext cx, Args args, ReplyWriter reply, @Nullable Entry entry, boolean head) {
    ListValue list = edit(cx, args, 1, entry);
    long bytes = 0;
    for (int i = 2; i < args.count(); i++) {
      bytes += args.length(i);
    }
    list.growing(bytes, args.count() - 2, limits);
    for (int i = 2; i < args.count(); i++) {
      push(list, Typed.range(args, i), head);
    }
    reply.integer(list.size());
  }

  private void push(ListValue list, ByteRange element, boolean head) {
    if (head) {
      list.pushHead(element, limits);
    } else {
      list.pushTail(element, limits);
    }
  }

  /**
   * {@code LINSERT key BEFORE|AFTER pivot element} / new length, 0 if the key is absent, -1 if the
   * pivot is / effects: verbatim if inserted / O(elements).
   */
  private void lInsert(ExecutionContext cx, Args args, ReplyWriter reply) {
    boolean after = args.is(2, "AFTER");
    if (!after && !args.is(2, "BEFORE")) {
      throw CommandError.SYNTAX;
    }
    Entry entry = find(cx, args, 1);
    ListValue list = Typed.list(entry);
    if (entry == null || list == null) {
      reply.integer(0);
      return;
    }
    ByteRange pivot = Typed.range(args, 3);
    if (!list.contains(pivot)) {
      reply.integer(-1);
      return;
    }
    cx.db().edit(entry);
    list.growing(args.length(4), 1, limits);
    list.insert(pivot, after, Typed.range(args, 4), limits);
    reply.integer(list.size());
  }

  /** {@code LSET key index element} / OK / effects: verbatim / O(chunks). */
  private void lSet(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = find(cx, args, 1);
    ListValue list = Typed.list(entry);
    if (entry == null || list == null) {
      throw CommandError.NO_SUCH_KEY;
    }
    long index = args.longAt(2);
    long place = index < 0 ? index + list.size() : index;
    if (place < 0 || place >= list.size()) {
      throw CommandError.INDEX_OUT_OF_RANGE;
    }
    cx.db().edit(entry);
    list.growing(args.length(3), 1, limits);
    list.set((int) place, Typed.range(args, 3), limits);
    list.shrunk(limits);
    reply.ok();
  }

  // --- removing

  /** {@code LPOP key [count]} / bulk, with a count an array; null if absent / verbatim / O(n). */
  private void lPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    pop(cx, args, reply, "lpop", true);
  }

  /** {@code RPOP key [count]} / bulk, with a count an array; null if absent / verbatim / O(n). */
  private void rPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    pop(cx, args, reply, "rpop", false);
  }

  private void pop(
      ExecutionContext cx, Args args, ReplyWriter reply, String command, boolean head) {
    if (args.count() > 3) {
      throw CommandError.arity(command);
    }
    boolean several = args.count() == 3;
    long count = 1;
    if (several) {
      count = notNegative(args, 2, COUNT_OUT_OF_RANGE);
    }
    Entry entry = find(cx, args, 1);
    ListValue list = Typed.list(entry);
    if (entry == null || list == null) {
      if (several) {
        reply.nilArray();
      } else {
        reply.nil();
      }
      return;
    }
    int removed = (int) Math.min(count, list.size());
    if (several) {
      reply.array(removed);
    }
    if (removed > 0) {
      pop(cx, entry, list, removed, head, reply);
    }
  }

  /** Writes that many elements of one end and removes them, with the last one the key. */
  void pop(
      ExecutionContext cx,
      Entry entry,
      ListValue list,
      int count,
      boolean head,
      ReplyWriter reply) {
    if (head) {
      list.visitRange(0, count, new ElementReply(reply));
    } else {
      list.visitRangeBackwards(list.size() - 1, count, new ElementReply(reply));
    }
    if (count == list.size()) {
      cx.db().remove(entry);
      return;
    }
    cx.db().edit(entry);
    if (head) {
      list.removeHead(count);
    } else {
      list.removeTail(count);
    }
    list.shrunk(limits);
  }

  /**
   * {@code LREM key count element} / how many were removed; count negative: from the tail, 0: all /
   * effects: verbatim if any / O(elements).
   */
  private void lRem(ExecutionContext cx, Args args, ReplyWriter reply) {
    long count = args.longInRange(2, -Long.MAX_VALUE, Long.MAX_VALUE, REMOVALS_OUT_OF_RANGE);
    Entry entry = find(cx, args, 1);
    ListValue list = Typed.list(entry);
    ByteRange element = Typed.range(args, 3);
    if (entry == null || list == null || !list.contains(element)) {
      reply.integer(0);
      return;
    }
    cx.db().edit(entry);
    long limit = count == 0 ? Integer.MAX_VALUE : Math.min(Math.abs(count), Integer.MAX_VALUE);
    reply.integer(list.remove(element, (int) limit, count < 0));
    if (list.size() == 0) {
      cx.db().remove(entry);
    } else {
      list.shrunk(limits);
    }
  }

  /** {@code LTRIM key start stop} / OK / effects: verbatim if trimmed / O(elements removed). */
  private void lTrim(ExecutionContext cx, Args args, ReplyWriter reply) {
    long start = args.longAt(2);
    long stop = args.longAt(3);
    Entry entry = find(cx, args, 1);
    ListValue list = Typed.list(entry);
    reply.ok();
    if (entry == null || list == null) {
      return;
    }
    int size = list.size();
    int from = firstIndex(start, size);
    int to = lastIndex(stop, size);
    if (from > to) {
      cx.db().remove(entry);
    } else if (from > 0 || to < size - 1) {
      cx.db().edit(entry);
      list.removeTail(size - 1 - to);
      list.removeHead(from);
      list.shrunk(limits);
    } else {
      cx.db().rewrite(entry);
    }
  }

  // --- from one list to another

  static boolean isHead(Args args, int word) {
    if (args.is(word, "LEFT")) {
      return true;
    }
    if (args.is(word, "RIGHT")) {
      return false;
    }
    throw CommandError.SYNTAX;
  }

  /**
   * {@code LMOVE source destination LEFT|RIGHT LEFT|RIGHT} / the element, null if there is none /
   * effects: verbatim if moved / O(1).
   */
  private void lMove(ExecutionContext cx, Args args, ReplyWriter reply) {
    boolean fromHead = isHead(args, 3);
    boolean toHead = isHead(args, 4);
    move(cx, args, reply, fromHead, toHead);
  }

  /** {@code RPOPLPUSH source destination} / as {@code LMOVE source destination RIGHT LEFT}. */
  private void rPopLPush(ExecutionContext cx, Args args, ReplyWriter reply) {
    move(cx, args, reply, false, true);
  }

  void move(ExecutionContext cx, Args args, ReplyWriter reply, boolean fromHead, boolean toHead) {
    Entry source = find(cx, args, 1);
    ListValue from = Typed.list(source);
    if (source == null || from == null) {
      reply.nil();
      return;
    }
    Entry destination = find(cx, args, 2);
    ElementCopy element = new ElementCopy();
    if (fromHead) {
      from.visitHead(element);
    } else {
      from.visitTail(element);
    }
    cx.db().edit(source);
    if (fromHead) {
      from.removeHead(1);
    } else {
      from.removeTail(1);
    }
    ListValue to = edit(cx, args, 2, destination);
    ByteRange moved = ByteRange.of(element.bytes());
    to.growing(moved.length(), 1, limits);
    push(to, moved, toHead);
    if (from.size() == 0) {
      cx.db().remove(source);
    } else {
      from.shrunk(limits);
    }
    reply.bulk(element.bytes());
  }

  /** The option COUNT of LMPOP and ZMPOP, which may stand at that word; 1 if it does not. */
  static long popCount(Args args, int word) {
    long count = 1;
    for (int i = word; i < args.count(); i += 2) {
      if (i > word || i + 1 == args.count() || !args.is(i, "COUNT")) {
        throw CommandError.SYNTAX;
      }
      count = args.longAt(i + 1, NO_COUNT);
      if (count <= 0) {
        throw NO_COUNT;
      }
    }
    return count;
  }

  /**
   * {@code LMPOP numkeys key ... LEFT|RIGHT [COUNT n]} / key and elements of the first list that is
   * there, null if there is none / effects: LPOP or RPOP with the number of elements / O(keys + n).
   */
  private void lMPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    popFirst(cx, args, reply, -1);
  }

  /**
   * LMPOP, or BLMPOP if there is a word that is the time to wait; the number of keys stands behind
   * it.
   */
  void popFirst(ExecutionContext cx, Args args, ReplyWriter reply, int timeoutWord) {
    int countWord = timeoutWord < 0 ? 1 : timeoutWord + 1;
    long keys = args.longAt(countWord, NO_KEYS);
    if (keys <= 0) {
      throw NO_KEYS;
    }
    if (keys >= args.count() - countWord - 1L) {
      throw CommandError.SYNTAX;
    }
    int behind = (int) keys + countWord + 1;
    final boolean head = isHead(args, behind);
    long count = popCount(args, behind + 1);
    long deadlineMs = timeoutWord < 0 ? 0 : BlockingTimeout.seconds(cx, args, timeoutWord);
    for (int i = countWord + 1; i < behind; i++) {
      Entry entry = find(cx, args, i);
      ListValue list = Typed.list(entry);
      if (entry == null || list == null) {
        continue;
      }
      int removed = (int) Math.min(count, list.size());
      reply.array(2);
      reply.bulk(args.array(), args.offset(i), args.length(i));
      reply.array(removed);
      pop(cx, entry, list, removed, head, reply);
      cx.effects().begin(cx.db().index(), head ? EffectWords.LPOP : EffectWords.RPOP, 2);
      cx.effects().argument(args, i);
      cx.effects().argument(removed);
      return;
    }
    if (timeoutWord < 0 || !cx.mayBlock()) {
      reply.nilArray();
    } else {
      cx.block(new KeyWait(args, countWord + 1, (int) keys, ValueType.LIST, false, deadlineMs));
    }
  }
}
