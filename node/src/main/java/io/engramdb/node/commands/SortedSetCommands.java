package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.BLOCKING;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
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
import io.engramdb.node.command.Doubles;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ScoredVisitor;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.engine.value.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sorted set commands on members: ZADD, ZSCORE, ZPOPMIN and relatives. Ranges are in {@link
 * SortedSetRangeCommands}, operations on several sets in {@link SortedSetAlgebraCommands}.
 *
 * <p>Values: {@link SortedSetValue}. Upstream behaviour: Redis {@code t_zset.c}, tests {@code
 * unit/type/zset}. Differences from upstream: ZRANDMEMBER with repetition answers an error above a
 * million members or 512 MiB.
 */
final class SortedSetCommands implements CommandFamily {

  private static final CommandError NX_AND_XX =
      CommandError.err("XX and NX options at the same time are not compatible");
  private static final CommandError GT_AND_LT =
      CommandError.err("GT, LT, and/or NX options at the same time are not compatible");
  private static final CommandError INCR_OF_SEVERAL =
      CommandError.err("INCR option supports a single increment-element pair");
  private static final CommandError NOT_A_NUMBER =
      CommandError.err("resulting score is not a number (NaN)");
  private static final CommandError POPS_OUT_OF_RANGE =
      CommandError.err("value is out of range, must be positive");
  private static final CommandError COUNT_OUT_OF_RANGE =
      CommandError.err(
          "value is out of range, value must between "
              + -Long.MAX_VALUE
              + " and "
              + Long.MAX_VALUE);
  private static final CommandError NO_KEYS = CommandError.err("numkeys should be greater than 0");

  /** Members that ZRANDMEMBER returns with repetition at most; each one takes the shard's time. */
  private static final int MAX_REPEATED_MEMBERS = 1_000_000;

  /** Size of a reply of ZRANDMEMBER with repetition at most. */
  private static final int MAX_REPEATED_BYTES = 512 << 20;

  private final ValueLimits limits;

  SortedSetCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    List<KeySpec> read = key(RO, ACCESS);
    table.read("zcard", "1.2.0", 2, key(RO), SortedSetCommands::zCard).flags(FAST).add();
    table.read("zscore", "1.2.0", 3, read, SortedSetCommands::zScore).flags(FAST).add();
    table.read("zmscore", "6.2.0", -3, read, SortedSetCommands::zMScore).flags(FAST).add();
    table.read("zrank", "2.0.0", -3, read, SortedSetCommands::zRank).flags(FAST).add();
    table.read("zrevrank", "2.0.0", -3, read, SortedSetCommands::zRevRank).flags(FAST).add();
    table.read("zrandmember", "6.2.0", -2, read, SortedSetCommands::zRandMember).add();
    table.read("zscan", "2.8.0", -3, read, SortedSetCommands::zScan).add();

    List<KeySpec> update = key(RW, UPDATE);
    table.write("zadd", "1.2.0", -4, update, EFFECTS, this::zAdd).flags(DENYOOM, FAST).add();
    List<KeySpec> count = key(RW, ACCESS, UPDATE);
    table.write("zincrby", "1.2.0", 4, count, EFFECTS, this::zIncrBy).flags(DENYOOM, FAST).add();
    List<KeySpec> delete = key(RW, DELETE);
    table.write("zrem", "1.2.0", -3, delete, VERBATIM, SortedSetCommands::zRem).flags(FAST).add();
    List<KeySpec> pop = key(RW, ACCESS, DELETE);
    table
        .write("zpopmin", "5.0.0", -2, pop, VERBATIM, SortedSetCommands::zPopMin)
        .flags(FAST)
        .add();
    table
        .write("zpopmax", "5.0.0", -2, pop, VERBATIM, SortedSetCommands::zPopMax)
        .flags(FAST)
        .add();
    List<KeySpec> counted = List.of(KeySpec.countedAt(1).with(RW, ACCESS, DELETE));
    table
        .write("zmpop", "7.0.0", -4, counted, EFFECTS, SortedSetCommands::zMPop)
        .flags(MOVABLE_KEYS)
        .add();
    List<KeySpec> keys = List.of(KeySpec.keys(1, -2, 1).with(RW, ACCESS, DELETE));
    table
        .write("bzpopmin", "5.0.0", -3, keys, EFFECTS, SortedSetCommands::bzPopMin)
        .flags(NOSCRIPT, BLOCKING, FAST)
        .add();
    table
        .write("bzpopmax", "5.0.0", -3, keys, EFFECTS, SortedSetCommands::bzPopMax)
        .flags(NOSCRIPT, BLOCKING, FAST)
        .add();
    List<KeySpec> behindTime = List.of(KeySpec.countedAt(2).with(RW, ACCESS, DELETE));
    table
        .write("bzmpop", "7.0.0", -5, behindTime, EFFECTS, SortedSetCommands::bzMPop)
        .flags(BLOCKING, MOVABLE_KEYS)
        .add();
  }

  // --- reading

  private static @Nullable SortedSetValue read(ExecutionContext cx, Args args) {
    return Typed.sortedSet(Typed.read(cx, args, 1));
  }

  private static double score(@Nullable SortedSetValue set, Args args, int word) {
    return set == null ? Double.NaN : set.score(args.array(), args.offset(word), args.length(word));
  }

  private static void replyWith(double score, ReplyWriter reply) {
    if (Double.isNaN(score)) {
      reply.nil();
    } else {
      reply.real(score);
    }
  }

  /** {@code ZCARD key} / integer / no effects / O(1). */
  private static void zCard(ExecutionContext cx, Args args, ReplyWriter reply) {
    SortedSetValue set = read(cx, args);
    reply.integer(set == null ? 0 : set.size());
  }

  /** {@code ZSCORE key member} / double, null if absent / no effects / O(1). */
  private static void zScore(ExecutionContext cx, Args args, ReplyWriter reply) {
    replyWith(score(read(cx, args), args, 2), reply);
  }

  /** {@code ZMSCORE key member ...} / array of double or null / no effects / O(members named). */
  private static void zMScore(ExecutionContext cx, Args args, ReplyWriter reply) {
    SortedSetValue set = read(cx, args);
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      replyWith(score(set, args, i), reply);
    }
  }

  /** {@code ZRANK key member [WITHSCORE]} / integer or null, with a score a pair / O(log n). */
  private static void zRank(ExecutionContext cx, Args args, ReplyWriter reply) {
    rank(cx, args, reply, "zrank", false);
  }

  /** {@code ZREVRANK key member [WITHSCORE]} / as ZRANK, counted from the highest score. */
  private static void zRevRank(ExecutionContext cx, Args args, ReplyWriter reply) {
    rank(cx, args, reply, "zrevrank", true);
  }

  private static void rank(
      ExecutionContext cx, Args args, ReplyWriter reply, String command, boolean reverse) {
    if (args.count() > 4) {
      throw CommandError.arity(command);
    }
    boolean withScore = args.count() == 4;
    if (withScore && !args.is(3, "WITHSCORE")) {
      throw CommandError.SYNTAX;
    }
    SortedSetValue set = read(cx, args);
    int rank = set == null ? -1 : set.rank(args.array(), args.offset(2), args.length(2));
    if (set == null || rank < 0) {
      if (withScore) {
        reply.nilArray();
      } else {
        reply.nil();
      }
      return;
    }
    if (withScore) {
      reply.array(2);
    }
    reply.integer(reverse ? set.size() - 1 - rank : rank);
    if (withScore) {
      reply.real(score(set, args, 2));
    }
  }

  /**
   * {@code ZRANDMEMBER key [count [WITHSCORES]]} / bulk or null; with a count an array (of pairs
   * under RESP3, flat under RESP2), negative: with repetition / no effects / O(count * log n), or
   * O(members) where most are wanted.
   */
  private static void zRandMember(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() == 2) {
      SortedSetValue set = read(cx, args);
      if (set == null) {
        reply.nil();
      } else {
        set.visitRandom(cx.random(), new ScoredReply(reply, false));
      }
      return;
    }
    long count = args.longInRange(2, -Long.MAX_VALUE, Long.MAX_VALUE, COUNT_OUT_OF_RANGE);
    boolean withScores = args.count() == 4 && args.is(3, "WITHSCORES");
    if (args.count() > 3 && !withScores) {
      throw CommandError.SYNTAX;
    }
    if (withScores && Math.abs(count) > Long.MAX_VALUE / 2) {
      throw CommandError.OUT_OF_RANGE;
    }
    SortedSetValue set = read(cx, args);
    ScoredReply visitor = new ScoredReply(reply, withScores);
    if (set == null || count == 0) {
      reply.array(0);
    } else if (count < 0) {
      visitRepeatedly(cx, set, -count, visitor, reply);
    } else if (count >= set.size()) {
      visitor.begin(set.size());
      set.forEach(visitor);
    } else {
      visitor.begin((int) count);
      set.visitSample((int) count, cx.random(), visitor);
    }
  }

  private static void visitRepeatedly(
      ExecutionContext cx, SortedSetValue set, long count, ScoredReply visitor, ReplyWriter reply) {
    if (count > MAX_REPEATED_MEMBERS) {
      throw CommandError.OUT_OF_RANGE;
    }
    int start = reply.mark();
    visitor.begin((int) count);
    for (long i = 0; i < count; i++) {
      set.visitRandom(cx.random(), visitor);
      if (reply.mark() - start > MAX_REPEATED_BYTES) {
        throw CommandError.OUT_OF_RANGE;
      }
    }
  }

  /**
   * {@code ZSCAN key cursor [MATCH pattern] [COUNT n]} / next cursor and an array of members and
   * scores / no effects / O(n), a packed set whole.
   */
  private static void zScan(ExecutionContext cx, Args args, ReplyWriter reply) {
    ScanOptions scan = ScanOptions.at(args, 2);
    SortedSetValue set = read(cx, args);
    reply.array(2);
    if (set == null) {
      reply.bulk(0);
      reply.array(0);
      return;
    }
    scan.options(args, 3, false);
    List<byte[]> found = new ArrayList<>();
    // Upstream prints a score as it is kept: as text while packed, with 17 digits from then on.
    boolean packed = set.encoding().equals("listpack");
    ScoredVisitor visitor =
        (array, offset, length, score) -> {
          if (scan.matches(array, offset, length)) {
            found.add(Arrays.copyOfRange(array, offset, offset + length));
            found.add(packed ? Doubles.bytes(score) : ScoreText.generalBytes(score));
          }
          return true;
        };
    long cursor = scan.cursor;
    long visits = scan.maxVisits();
    do {
      cursor = set.scan(cursor, visitor);
      visits--;
    } while (cursor != 0 && visits > 0 && found.size() / 2 < scan.count);
    reply.bulk(Long.toUnsignedString(cursor));
    reply.array(found.size());
    found.forEach(reply::bulk);
  }

  // --- changing

  /** Options of ZADD. */
  private static final class AddOptions {
    boolean nx;
    boolean xx;
    boolean gt;
    boolean lt;
    boolean ch;
    boolean incr;

    /** The word behind the options: the first score. */
    int scoreWord = 2;

    static AddOptions read(Args args) {
      AddOptions options = new AddOptions();
      while (options.scoreWord < args.count() && options.take(args, options.scoreWord)) {
        options.scoreWord++;
      }
      int words = args.count() - options.scoreWord;
      if (words == 0 || words % 2 != 0) {
        throw CommandError.SYNTAX;
      }
      if (options.nx && options.xx) {
        throw NX_AND_XX;
      }
      if ((options.gt && options.nx) || (options.lt && options.nx) || (options.gt && options.lt)) {
        throw GT_AND_LT;
      }
      if (options.incr && words > 2) {
        throw INCR_OF_SEVERAL;
      }
      return options;
    }

    private boolean take(Args args, int word) {
      if (args.is(word, "NX")) {
        nx = true;
      } else if (args.is(word, "XX")) {
        xx = true;
      } else if (args.is(word, "CH")) {
        ch = true;
      } else if (args.is(word, "INCR")) {
        incr = true;
      } else if (args.is(word, "GT")) {
        gt = true;
      } else if (args.is(word, "LT")) {
        lt = true;
      } else {
        return false;
      }
      return true;
    }

    /** Whether a member with that score (NaN: absent) may get the new one. */
    boolean allows(double old, double score) {
      if (Double.isNaN(old)) {
        return !xx;
      }
      return !nx && (!gt || score > old) && (!lt || score < old);
    }
  }

  /** The entry of the sorted set at that word; WRONGTYPE for another type. */
  private static @Nullable Entry find(ExecutionContext cx, Args args, int word) {
    Entry entry = Typed.find(cx, args, word);
    Typed.sortedSet(entry);
    return entry;
  }

  private static double scoreAt(Args args, int word) {
    double score = ScoreText.score(args.array(), args.offset(word), args.length(word));
    if (Double.isNaN(score)) {
      throw CommandError.NOT_A_FLOAT;
    }
    return score;
  }

  /**
   * {@code ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member ...} / number of new (CH: changed)
   * members, INCR: the score or null / effects: the request, INCR: ZADD with the score / O(named *
   * log n).
   */
  void zAdd(ExecutionContext cx, Args args, ReplyWriter reply) {
    AddOptions options = AddOptions.read(args);
    for (int i = options.scoreWord; i < args.count(); i += 2) {
      scoreAt(args, i);
    }
    if (options.incr) {
      increment(cx, args, reply, options);
      return;
    }
    Entry entry = find(cx, args, 1);
    int members = (args.count() - options.scoreWord) / 2;
    int added = 0;
    int changed = 0;
    SortedSetValue edited = null;
    SortedSetValue set = Typed.sortedSet(entry);
    for (int i = options.scoreWord; i < args.count(); i += 2) {
      double score = scoreAt(args, i);
      double old = score(set, args, i + 1);
      if (!options.allows(old, score) || old == score) {
        continue;
      }
      if (edited == null) {
        edited = edit(cx, args, entry, members);
        set = edited;
      }
      if (Double.isNaN(old)) {
        edited.add(args.array(), args.offset(i + 1), args.length(i + 1), score, limits);
        added++;
      } else {
        edited.change(args.array(), args.offset(i + 1), args.length(i + 1), score);
        changed++;
      }
    }
    if (edited != null) {
      cx.effects().request(cx.db().index(), args);
    }
    reply.integer(options.ch ? added + changed : added);
  }

  /** The set to change, announced as edited; made and added if there is none. */
  private SortedSetValue edit(
      ExecutionContext cx, Args args, @Nullable Entry entry, int expectedMembers) {
    Entry edited = entry;
    if (edited == null) {
      edited = cx.db().add(args.array(), args.offset(1), args.length(1), new SortedSetValue());
    }
    cx.db().edit(edited);
    SortedSetValue set = (SortedSetValue) edited.value();
    set.expect(expectedMembers, limits);
    return set;
  }

  /** {@code ZINCRBY key increment member} / the score / effects: ZADD with the score / O(log n). */
  private void zIncrBy(ExecutionContext cx, Args args, ReplyWriter reply) {
    increment(cx, args, reply, new AddOptions());
  }

  private void increment(ExecutionContext cx, Args args, ReplyWriter reply, AddOptions options) {
    double increment = scoreAt(args, options.scoreWord);
    int member = options.scoreWord + 1;
    Entry entry = find(cx, args, 1);
    double old = score(Typed.sortedSet(entry), args, member);
    boolean absent = Double.isNaN(old);
    if (absent ? options.xx : options.nx) {
      reply.nil();
      return;
    }
    double sum = absent ? increment : old + increment;
    if (Double.isNaN(sum)) {
      throw NOT_A_NUMBER;
    }
    if (!options.allows(old, sum)) {
      reply.nil();
      return;
    }
    reply.real(sum);
    if (old == sum) {
      return;
    }
    SortedSetValue set = edit(cx, args, entry, 1);
    if (absent) {
      set.add(args.array(), args.offset(member), args.length(member), sum, limits);
    } else {
      set.change(args.array(), args.offset(member), args.length(member), sum);
    }
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.ZADD, 3);
    effects.argument(args, 1);
    effects.argument(Doubles.bytes(sum));
    effects.argument(args, member);
  }

  /** {@code ZREM key member ...} / how many were removed / effects: verbatim if any / O(log n). */
  private static void zRem(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = find(cx, args, 1);
    SortedSetValue set = Typed.sortedSet(entry);
    int removed = 0;
    if (entry != null && set != null) {
      for (int i = 2; i < args.count() && set.size() > 0; i++) {
        if (removed == 0 && set.contains(args.array(), args.offset(i), args.length(i))) {
          cx.db().edit(entry);
        }
        if (set.remove(args.array(), args.offset(i), args.length(i))) {
          removed++;
        }
      }
      if (set.size() == 0) {
        cx.db().remove(entry);
      }
    }
    reply.integer(removed);
  }

  /** Removes the members of ranks that exist, with the last one the key. */
  static void removeRange(
      ExecutionContext cx, Entry entry, SortedSetValue set, int from, int count) {
    if (count == set.size()) {
      cx.db().remove(entry);
    } else if (count > 0) {
      cx.db().edit(entry);
      set.removeRange(from, count);
    }
  }

  /**
   * {@code ZPOPMIN key [count]} / array, with a count under RESP3 of pairs / verbatim / O(log n).
   */
  private static void zPopMin(ExecutionContext cx, Args args, ReplyWriter reply) {
    pop(cx, args, reply, false);
  }

  /**
   * {@code ZPOPMAX key [count]} / array, with a count under RESP3 of pairs / verbatim / O(log n).
   */
  private static void zPopMax(ExecutionContext cx, Args args, ReplyWriter reply) {
    pop(cx, args, reply, true);
  }

  private static void pop(ExecutionContext cx, Args args, ReplyWriter reply, boolean max) {
    if (args.count() > 3) {
      throw CommandError.SYNTAX;
    }
    boolean several = args.count() == 3;
    long count = several ? ListCommands.notNegative(args, 2, POPS_OUT_OF_RANGE) : 1;
    Entry entry = find(cx, args, 1);
    SortedSetValue set = Typed.sortedSet(entry);
    if (entry == null || set == null || count == 0) {
      reply.array(0);
      return;
    }
    int removed = (int) Math.min(count, set.size());
    boolean nested = several && reply.protocol() == 3;
    pop(cx, entry, set, removed, max, new ScoredReply(reply, true, nested));
  }

  private static void pop(
      ExecutionContext cx,
      Entry entry,
      SortedSetValue set,
      int count,
      boolean max,
      ScoredReply visitor) {
    visitor.begin(count);
    if (max) {
      set.visitRangeBackwards(set.size() - 1, count, visitor);
    } else {
      set.visitRange(0, count, visitor);
    }
    removeRange(cx, entry, set, max ? set.size() - count : 0, count);
  }

  /**
   * {@code ZMPOP numkeys key ... MIN|MAX [COUNT n]} / key and pairs of the first set that is there,
   * null if there is none / effects: ZPOPMIN or ZPOPMAX with the number of members / O(keys + n).
   */
  private static void zMPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    popFirst(cx, args, reply, -1);
  }

  /**
   * ZMPOP, or BZMPOP if there is a word that is the time to wait; the number of keys stands behind
   * it.
   */
  static void popFirst(ExecutionContext cx, Args args, ReplyWriter reply, int timeoutWord) {
    int countWord = timeoutWord < 0 ? 1 : timeoutWord + 1;
    long keys = args.longAt(countWord, NO_KEYS);
    if (keys <= 0) {
      throw NO_KEYS;
    }
    if (keys >= args.count() - countWord - 1L) {
      throw CommandError.SYNTAX;
    }
    int behind = (int) keys + countWord + 1;
    boolean max = args.is(behind, "MAX");
    if (!max && !args.is(behind, "MIN")) {
      throw CommandError.SYNTAX;
    }
    final long count = ListCommands.popCount(args, behind + 1);
    long deadlineMs = timeoutWord < 0 ? 0 : BlockingTimeout.seconds(cx, args, timeoutWord);
    for (int i = countWord + 1; i < behind; i++) {
      Entry entry = find(cx, args, i);
      SortedSetValue set = Typed.sortedSet(entry);
      if (entry == null || set == null) {
        continue;
      }
      int removed = (int) Math.min(count, set.size());
      reply.array(2);
      reply.bulk(args.array(), args.offset(i), args.length(i));
      pop(cx, entry, set, removed, max, new ScoredReply(reply, true, true));
      cx.effects().begin(cx.db().index(), max ? EffectWords.ZPOPMAX : EffectWords.ZPOPMIN, 2);
      cx.effects().argument(args, i);
      cx.effects().argument(removed);
      return;
    }
    if (timeoutWord < 0 || !cx.mayBlock()) {
      reply.nilArray();
    } else {
      cx.block(
          new KeyWait(args, countWord + 1, (int) keys, ValueType.SORTED_SET, false, deadlineMs));
    }
  }

  /**
   * {@code BZPOPMIN key ... timeout} / key, member, score; null at the end of the time / ZPOPMIN.
   */
  private static void bzPopMin(ExecutionContext cx, Args args, ReplyWriter reply) {
    blockingPop(cx, args, reply, false);
  }

  /**
   * {@code BZPOPMAX key ... timeout} / key, member, score; null at the end of the time / ZPOPMAX.
   */
  private static void bzPopMax(ExecutionContext cx, Args args, ReplyWriter reply) {
    blockingPop(cx, args, reply, true);
  }

  private static void blockingPop(ExecutionContext cx, Args args, ReplyWriter reply, boolean max) {
    int timeoutWord = args.count() - 1;
    long deadlineMs = BlockingTimeout.seconds(cx, args, timeoutWord);
    for (int i = 1; i < timeoutWord; i++) {
      Entry entry = find(cx, args, i);
      SortedSetValue set = Typed.sortedSet(entry);
      if (entry == null || set == null) {
        continue;
      }
      reply.array(3);
      reply.bulk(args.array(), args.offset(i), args.length(i));
      int at = max ? set.size() - 1 : 0;
      set.visitRange(
          at,
          1,
          (array, offset, length, score) -> {
            reply.bulk(array, offset, length);
            reply.real(score);
            return true;
          });
      removeRange(cx, entry, set, at, 1);
      cx.effects().begin(cx.db().index(), max ? EffectWords.ZPOPMAX : EffectWords.ZPOPMIN, 1);
      cx.effects().argument(args, i);
      return;
    }
    if (!cx.mayBlock()) {
      reply.nilArray();
    } else {
      cx.block(new KeyWait(args, 1, timeoutWord - 1, ValueType.SORTED_SET, false, deadlineMs));
    }
  }

  /** {@code BZMPOP timeout numkeys key ... MIN|MAX [COUNT n]} / as ZMPOP, waiting / as ZMPOP. */
  private static void bzMPop(ExecutionContext cx, Args args, ReplyWriter reply) {
    popFirst(cx, args, reply, 1);
  }
}
