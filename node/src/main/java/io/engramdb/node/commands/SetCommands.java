package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.OW;
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
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Set commands: SADD, SPOP, SINTER and relatives.
 *
 * <p>Values: {@link SetValue}; operations on several sets: {@link SetAlgebra}. Upstream behaviour:
 * Redis {@code t_set.c}, tests {@code unit/type/set}. Differences from upstream: SRANDMEMBER with
 * repetition answers an error above a million members or 512 MiB.
 */
final class SetCommands implements CommandFamily {

  private static final CommandError POPS_OUT_OF_RANGE =
      CommandError.err("value is out of range, must be positive");
  private static final CommandError COUNT_OUT_OF_RANGE =
      CommandError.err(
          "value is out of range, value must between "
              + -Long.MAX_VALUE
              + " and "
              + Long.MAX_VALUE);
  private static final CommandError NO_KEYS = CommandError.err("numkeys should be greater than 0");
  private static final CommandError TOO_MANY_KEYS =
      CommandError.err("Number of keys can't be greater than number of args");
  private static final CommandError NEGATIVE_LIMIT = CommandError.err("LIMIT can't be negative");

  /** Members that SRANDMEMBER returns with repetition at most; each one takes the shard's time. */
  private static final int MAX_REPEATED_MEMBERS = 1_000_000;

  /** Size of a reply of SRANDMEMBER with repetition at most. */
  private static final int MAX_REPEATED_BYTES = 512 << 20;

  private final ValueLimits limits;

  SetCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SET);
    List<KeySpec> read = key(RO, ACCESS);
    table.read("smembers", "1.0.0", 2, read, SetCommands::sMembers).add();
    table.read("sismember", "1.0.0", 3, key(RO), SetCommands::sIsMember).flags(FAST).add();
    table.read("smismember", "6.2.0", -3, read, SetCommands::sMIsMember).flags(FAST).add();
    table.read("scard", "1.0.0", 2, key(RO), SetCommands::sCard).flags(FAST).add();
    table.read("srandmember", "1.0.0", -2, read, SetCommands::sRandMember).add();
    table.read("sscan", "2.8.0", -3, read, SetCommands::sScan).add();

    List<KeySpec> insert = key(RW, INSERT);
    table.write("sadd", "1.0.0", -3, insert, VERBATIM, this::sAdd).flags(DENYOOM, FAST).add();
    List<KeySpec> delete = key(RW, DELETE);
    table.write("srem", "1.0.0", -3, delete, VERBATIM, SetCommands::sRem).flags(FAST).add();
    List<KeySpec> pop = key(RW, ACCESS, DELETE);
    table.write("spop", "1.0.0", -2, pop, EFFECTS, SetCommands::sPop).flags(FAST).add();
    List<KeySpec> move =
        List.of(KeySpec.key(1).with(RW, ACCESS, DELETE), KeySpec.key(2).with(RW, INSERT));
    table.write("smove", "1.0.0", 4, move, VERBATIM, this::sMove).flags(FAST).add();
    registerAlgebra(table);
  }

  private void registerAlgebra(CommandTable.Builder table) {
    List<KeySpec> all = List.of(KeySpec.keys(1, -1, 1).with(RO, ACCESS));
    List<KeySpec> counted = List.of(KeySpec.countedAt(1).with(RO, ACCESS));
    table.read("sinter", "1.0.0", -2, all, SetCommands::sInter).add();
    table
        .read("sintercard", "7.0.0", -3, counted, SetCommands::sInterCard)
        .flags(MOVABLE_KEYS)
        .add();
    table.read("sunion", "1.0.0", -2, all, this::sUnion).add();
    table.read("sdiff", "1.0.0", -2, all, this::sDiff).add();
    KeySpec sources = KeySpec.keys(2, -1, 1).with(RO, ACCESS);
    List<KeySpec> updated = List.of(KeySpec.key(1).with(RW, UPDATE), sources);
    List<KeySpec> over = List.of(KeySpec.key(1).with(OW, UPDATE), sources);
    table
        .write("sinterstore", "1.0.0", -3, updated, VERBATIM, this::sInterStore)
        .flags(DENYOOM)
        .add();
    table.write("sunionstore", "1.0.0", -3, over, VERBATIM, this::sUnionStore).flags(DENYOOM).add();
    table.write("sdiffstore", "1.0.0", -3, over, VERBATIM, this::sDiffStore).flags(DENYOOM).add();
  }

  // --- reading

  private static @Nullable SetValue read(ExecutionContext cx, Args args) {
    return Typed.set(Typed.read(cx, args, 1));
  }

  /** {@code SMEMBERS key} / set / no effects / O(members). */
  private static void sMembers(ExecutionContext cx, Args args, ReplyWriter reply) {
    SetValue set = read(cx, args);
    reply.set(set == null ? 0 : set.size());
    if (set != null) {
      set.forEach(new ElementReply(reply));
    }
  }

  /** {@code SISMEMBER key member} / 1 or 0 / no effects / O(1). */
  private static void sIsMember(ExecutionContext cx, Args args, ReplyWriter reply) {
    SetValue set = read(cx, args);
    reply.integer(contains(set, args, 2) ? 1 : 0);
  }

  private static boolean contains(@Nullable SetValue set, Args args, int word) {
    return set != null && set.contains(args.array(), args.offset(word), args.length(word));
  }

  /** {@code SMISMEMBER key member ...} / array of 1 or 0 / no effects / O(members named). */
  private static void sMIsMember(ExecutionContext cx, Args args, ReplyWriter reply) {
    SetValue set = read(cx, args);
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      reply.integer(contains(set, args, i) ? 1 : 0);
    }
  }

  /** {@code SCARD key} / integer / no effects / O(1). */
  private static void sCard(ExecutionContext cx, Args args, ReplyWriter reply) {
    SetValue set = read(cx, args);
    reply.integer(set == null ? 0 : set.size());
  }

  /**
   * {@code SRANDMEMBER key [count]} / bulk or null; with a count an array, negative: with
   * repetition / no effects / O(count), or O(members) where most are wanted.
   */
  private static void sRandMember(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() > 3) {
      throw CommandError.SYNTAX;
    }
    if (args.count() == 2) {
      SetValue set = read(cx, args);
      if (set == null) {
        reply.nil();
      } else {
        set.visitRandom(cx.random(), new ElementReply(reply));
      }
      return;
    }
    long count = args.longInRange(2, -Long.MAX_VALUE, Long.MAX_VALUE, COUNT_OUT_OF_RANGE);
    SetValue set = read(cx, args);
    if (set == null || count == 0) {
      reply.array(0);
    } else if (count < 0) {
      visitRepeatedly(cx, set, -count, reply);
    } else if (count >= set.size()) {
      reply.array(set.size());
      set.forEach(new ElementReply(reply));
    } else {
      reply.array((int) count);
      set.visitSample((int) count, cx.random(), new ElementReply(reply));
    }
  }

  private static void visitRepeatedly(
      ExecutionContext cx, SetValue set, long count, ReplyWriter reply) {
    if (count > MAX_REPEATED_MEMBERS) {
      throw CommandError.OUT_OF_RANGE;
    }
    int start = reply.mark();
    reply.array((int) count);
    ElementReply visitor = new ElementReply(reply);
    for (long i = 0; i < count; i++) {
      set.visitRandom(cx.random(), visitor);
      if (reply.mark() - start > MAX_REPEATED_BYTES) {
        throw CommandError.OUT_OF_RANGE;
      }
    }
  }

  /**
   * {@code SSCAN key cursor [MATCH pattern] [COUNT n]} / next cursor and an array of members / no
   * effects / O(n), a small set whole.
   */
  private static void sScan(ExecutionContext cx, Args args, ReplyWriter reply) {
    ScanOptions scan = ScanOptions.at(args, 2);
    SetValue set = read(cx, args);
    reply.array(2);
    if (set == null) {
      reply.bulk(0);
      reply.array(0);
      return;
    }
    scan.options(args, 3, false);
    ElementList found = new ElementList(scan);
    long cursor = scan.cursor;
    long visits = scan.maxVisits();
    do {
      cursor = set.scan(cursor, found);
      visits--;
    } while (cursor != 0 && visits > 0 && found.size() < scan.count);
    reply.bulk(Long.toUnsignedString(cursor));
    found.reply(reply);
  }

  // --- changing

  /** The entry of the set at that word; WRONGTYPE for another type. */
  private static @Nullable Entry find(ExecutionContext cx, Args args, int word) {
    Entry entry = Typed.find(cx, args, word);
    Typed.set(entry);
    return entry;
  }

  /** {@code SADD key member ...} / number of new members / effects: verbatim if any / O(named). */
  private void sAdd(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = find(cx, args, 1);
    SetValue set = Typed.set(entry);
    int first = 2;
    if (entry == null || set == null) {
      boolean integers = Numbers.isLong(args.array(), args.offset(2), args.length(2));
      set = SetValue.of(integers, args.count() - 2, limits);
      entry = cx.db().add(args.array(), args.offset(1), args.length(1), set);
    } else {
      while (first < args.count() && contains(set, args, first)) {
        first++;
      }
      if (first == args.count()) {
        reply.integer(0);
        return;
      }
    }
    cx.db().edit(entry);
    set.expect(args.count() - 2, limits);
    int added = 0;
    for (int i = first; i < args.count(); i++) {
      if (set.add(args.array(), args.offset(i), args.length(i), limits)) {
        added++;
      }
    }
    reply.integer(added);
  }

  /** {@code SREM key member ...} / how many were removed / effects: verbatim if any / O(named). */
  private static void sRem(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = find(cx, args, 1);
    SetValue set = Typed.set(entry);
    int removed = 0;
    if (entry != null && set != null) {
      for (int i = 2; i < args.count() && set.size() > 0; i++) {
        if (removed == 0 && contains(set, args, i)) {
          cx.db().edit(entry);
        }
        if (set.remove(Typed.range(args, i))) {
          removed++;
        }
      }
      if (set.size() == 0) {
        cx.db().remove(entry);
      }
    }
    reply.integer(removed);
  }

  /** {@code SMOVE source destination member} / 1 or 0 / effects: verbatim if moved / O(1). */
  private void sMove(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry source = find(cx, args, 1);
    SetValue from = Typed.set(source);
    if (source == null || from == null) {
      reply.integer(0);
      return;
    }
    Entry destination = find(cx, args, 2);
    if (!contains(from, args, 3)) {
      reply.integer(0);
      return;
    }
    reply.integer(1);
    if (source == destination) {
      return;
    }
    ByteRange member = Typed.range(args, 3);
    cx.db().edit(source);
    from.remove(member);
    if (from.size() == 0) {
      cx.db().remove(source);
    }
    SetValue to = Typed.set(destination);
    if (destination == null || to == null) {
      boolean integer = Numbers.isLong(args.array(), args.offset(3), args.length(3));
      to = SetValue.of(integer, 1, limits);
      destination = cx.db().add(args.array(), args.offset(2), args.length(2), to);
    }
    if (!contains(to, args, 3)) {
      cx.db().edit(destination);
      to.add(member, limits);
    }
  }

  /**
   * {@code SPOP key [count]} / bulk or null, with a count a set / effects: SREM of the members, DEL
   * if none is left / O(count), or O(members) where most are wanted.
   */
  private static void sPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() > 3) {
      throw CommandError.SYNTAX;
    }
    boolean several = args.count() == 3;
    long count = several ? ListCommands.notNegative(args, 2, POPS_OUT_OF_RANGE) : 1;
    Entry entry = find(cx, args, 1);
    SetValue set = Typed.set(entry);
    if (entry == null || set == null || count == 0) {
      if (several) {
        reply.set(0);
      } else {
        reply.nil();
      }
      return;
    }
    if (several) {
      reply.set((int) Math.min(count, set.size()));
    }
    if (count >= set.size()) {
      set.forEach(new ElementReply(reply));
      EffectWords.delete(cx, args, 1);
      cx.db().remove(entry);
      return;
    }
    ElementList chosen = new ElementList();
    if (count == 1) {
      set.visitRandom(cx.random(), chosen);
    } else {
      set.visitSample((int) count, cx.random(), chosen);
    }
    cx.db().edit(entry);
    cx.effects().begin(cx.db().index(), EffectWords.SREM, chosen.size() + 1);
    cx.effects().argument(args, 1);
    for (int i = 0; i < chosen.size(); i++) {
      byte[] member = chosen.get(i);
      set.remove(ByteRange.of(member));
      cx.effects().argument(member);
      reply.bulk(member);
    }
  }

  // --- several sets

  /** {@code SINTER key ...} / set / no effects / O(smallest set * keys). */
  private static void sInter(ExecutionContext cx, Args args, ReplyWriter reply) {
    @Nullable SetValue[] sets = SetAlgebra.read(cx, args, 1, args.count());
    int mark = reply.beginArray();
    int[] found = {0};
    SetAlgebra.intersect(
        sets,
        new ElementReply(reply) {
          @Override
          public boolean text(byte[] array, int offset, int length) {
            found[0]++;
            return super.text(array, offset, length);
          }

          @Override
          public boolean integer(long value) {
            found[0]++;
            return super.integer(value);
          }
        });
    reply.endSet(mark, found[0]);
  }

  /**
   * {@code SINTERCARD numkeys key ... [LIMIT n]} / integer / no effects / O(smallest set * keys),
   * less with a limit.
   */
  private static void sInterCard(ExecutionContext cx, Args args, ReplyWriter reply) {
    long keys = args.longAt(1, NO_KEYS);
    if (keys <= 0) {
      throw NO_KEYS;
    }
    if (keys > args.count() - 2) {
      throw TOO_MANY_KEYS;
    }
    int behind = (int) keys + 2;
    long limit = 0;
    for (int i = behind; i < args.count(); i += 2) {
      if (i + 1 == args.count() || !args.is(i, "LIMIT")) {
        throw CommandError.SYNTAX;
      }
      limit = ListCommands.notNegative(args, i + 1, NEGATIVE_LIMIT);
    }
    ElementCount count = new ElementCount(limit);
    SetAlgebra.intersect(SetAlgebra.read(cx, args, 2, behind), count);
    reply.integer(count.seen());
  }

  private void replyWith(SetValue result, ReplyWriter reply) {
    reply.set(result.size());
    result.forEach(new ElementReply(reply));
  }

  /** {@code SUNION key ...} / set / no effects / O(members of all). */
  private void sUnion(ExecutionContext cx, Args args, ReplyWriter reply) {
    replyWith(SetAlgebra.union(SetAlgebra.read(cx, args, 1, args.count()), limits), reply);
  }

  /** {@code SDIFF key ...} / set / no effects / O(members of all). */
  private void sDiff(ExecutionContext cx, Args args, ReplyWriter reply) {
    replyWith(SetAlgebra.difference(SetAlgebra.read(cx, args, 1, args.count()), limits), reply);
  }

  /** Puts a result in the place of whatever the key at word 1 holds. */
  private static void store(ExecutionContext cx, Args args, SetValue result, ReplyWriter reply) {
    if (result.size() > 0) {
      cx.db().put(args.array(), args.offset(1), args.length(1), result);
    } else {
      Entry present = Typed.find(cx, args, 1);
      if (present != null) {
        cx.db().remove(present);
      }
    }
    reply.integer(result.size());
  }

  /** {@code SINTERSTORE destination key ...} / size / effects: verbatim / as SINTER. */
  private void sInterStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    @Nullable SetValue[] sets = SetAlgebra.read(cx, args, 2, args.count());
    store(cx, args, SetAlgebra.intersection(sets, limits), reply);
  }

  /** {@code SUNIONSTORE destination key ...} / size / effects: verbatim / as SUNION. */
  private void sUnionStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    @Nullable SetValue[] sets = SetAlgebra.read(cx, args, 2, args.count());
    store(cx, args, SetAlgebra.union(sets, limits), reply);
  }

  /** {@code SDIFFSTORE destination key ...} / size / effects: verbatim / as SDIFF. */
  private void sDiffStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    @Nullable SetValue[] sets = SetAlgebra.read(cx, args, 2, args.count());
    store(cx, args, SetAlgebra.difference(sets, limits), reply);
  }
}
