package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.commands.SortedSetRange.Kind;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ScoredVisitor;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sorted set commands on ranges of ranks, scores and bytes: ZRANGE, ZCOUNT, ZREMRANGEBYSCORE and
 * relatives.
 *
 * <p>Values: {@link SortedSetValue}. Upstream behaviour: Redis {@code t_zset.c}, tests {@code
 * unit/type/zset}.
 */
final class SortedSetRangeCommands implements CommandFamily {

  private static final CommandError LIMIT_BY_RANK =
      CommandError.err(
          "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  private static final CommandError SCORES_BY_LEX =
      CommandError.err("syntax error, WITHSCORES not supported in combination with BYLEX");

  private final ValueLimits limits;

  SortedSetRangeCommands(ValueLimits limits) {
    this.limits = limits;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    List<KeySpec> read = List.of(KeySpec.key(1).with(RO, ACCESS));
    table.read("zrange", "1.2.0", -4, read, SortedSetRangeCommands::zRange).add();
    table.read("zrevrange", "1.2.0", -4, read, SortedSetRangeCommands::zRevRange).add();
    table.read("zrangebyscore", "1.0.5", -4, read, SortedSetRangeCommands::zRangeByScore).add();
    table
        .read("zrevrangebyscore", "2.2.0", -4, read, SortedSetRangeCommands::zRevRangeByScore)
        .add();
    table.read("zrangebylex", "2.8.9", -4, read, SortedSetRangeCommands::zRangeByLex).add();
    table.read("zrevrangebylex", "2.8.9", -4, read, SortedSetRangeCommands::zRevRangeByLex).add();
    table.read("zcount", "2.0.0", 4, read, SortedSetRangeCommands::zCount).flags(FAST).add();
    table.read("zlexcount", "2.8.9", 4, read, SortedSetRangeCommands::zLexCount).flags(FAST).add();

    List<KeySpec> stored =
        List.of(KeySpec.key(1).with(OW, UPDATE), KeySpec.key(2).with(RO, ACCESS));
    table
        .write("zrangestore", "6.2.0", -5, stored, VERBATIM, this::zRangeStore)
        .flags(DENYOOM)
        .add();
    List<KeySpec> delete = List.of(KeySpec.key(1).with(RW, DELETE));
    table
        .write(
            "zremrangebyrank",
            "2.0.0",
            4,
            delete,
            VERBATIM,
            SortedSetRangeCommands::zRemRangeByRank)
        .add();
    table
        .write(
            "zremrangebyscore",
            "1.2.0",
            4,
            delete,
            VERBATIM,
            SortedSetRangeCommands::zRemRangeByScore)
        .add();
    table
        .write(
            "zremrangebylex", "2.8.9", 4, delete, VERBATIM, SortedSetRangeCommands::zRemRangeByLex)
        .add();
  }

  /** Range and options of a request of the ZRANGE family. */
  private static final class Query {
    private static final long NO_LIMIT = -1;

    /** Of the request or of the command; null while undecided. */
    @Nullable Kind kind;

    @Nullable Boolean reverse;
    boolean withScores;
    long offset;
    long limit = NO_LIMIT;
    final SortedSetRange range;
    final boolean byRank;

    /** Result of {@link #resolve}: the rank to begin with, and how many members. */
    int start;

    int count;

    Query(Args args, int minWord, @Nullable Kind kind, @Nullable Boolean reverse, boolean stored) {
      this.kind = kind;
      this.reverse = reverse;
      for (int i = minWord + 2; i < args.count(); i++) {
        if (!stored && args.is(i, "WITHSCORES")) {
          withScores = true;
        } else if (args.is(i, "LIMIT") && i + 2 < args.count()) {
          offset = args.longAt(i + 1);
          limit = args.longAt(i + 2);
          i += 2;
        } else if (this.reverse == null && args.is(i, "REV")) {
          this.reverse = true;
        } else if (this.kind == null && args.is(i, "BYLEX")) {
          this.kind = Kind.LEX;
        } else if (this.kind == null && args.is(i, "BYSCORE")) {
          this.kind = Kind.SCORE;
        } else {
          throw CommandError.SYNTAX;
        }
      }
      Kind by = this.kind == null ? Kind.RANK : this.kind;
      if (limit != NO_LIMIT && by == Kind.RANK) {
        throw LIMIT_BY_RANK;
      }
      if (withScores && by == Kind.LEX) {
        throw SCORES_BY_LEX;
      }
      boolean swapped = isReverse() && by != Kind.RANK;
      range =
          SortedSetRange.parse(
              by, args, swapped ? minWord + 1 : minWord, swapped ? minWord : minWord + 1);
      byRank = by == Kind.RANK;
    }

    boolean isReverse() {
      Boolean wanted = reverse;
      return wanted != null && wanted;
    }

    void resolve(SortedSetValue set) {
      int lowest = range.from(set);
      count = range.count(set, lowest);
      if (byRank && isReverse()) {
        // Ranks of the request count from the other end.
        start = set.size() - 1 - lowest;
        return;
      }
      long skipped = offset < 0 ? count : Math.min(offset, count);
      start = isReverse() ? lowest + count - 1 - (int) skipped : lowest + (int) skipped;
      count -= (int) skipped;
      if (limit >= 0 && limit < count) {
        count = (int) limit;
      }
    }

    void visit(SortedSetValue set, ScoredVisitor visitor) {
      if (isReverse()) {
        set.visitRangeBackwards(start, count, visitor);
      } else {
        set.visitRange(start, count, visitor);
      }
    }
  }

  // --- reading

  private static void reply(ExecutionContext cx, Args args, ReplyWriter reply, Query query) {
    SortedSetValue set = Typed.sortedSet(Typed.read(cx, args, 1));
    if (set == null) {
      reply.array(0);
      return;
    }
    query.resolve(set);
    ScoredReply visitor = new ScoredReply(reply, query.withScores);
    visitor.begin(query.count);
    query.visit(set, visitor);
  }

  /**
   * {@code ZRANGE key min max [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]} / array of
   * members, with scores as pairs under RESP3 / no effects / O(log n + members returned).
   */
  private static void zRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply(cx, args, reply, new Query(args, 2, null, null, false));
  }

  /** {@code ZREVRANGE key start stop [WITHSCORES]} / as ZRANGE with REV. */
  private static void zRevRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply(cx, args, reply, new Query(args, 2, Kind.RANK, true, false));
  }

  /** {@code ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]} / as ZRANGE BYSCORE. */
  private static void zRangeByScore(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply(cx, args, reply, new Query(args, 2, Kind.SCORE, false, false));
  }

  /** {@code ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]} / as ZRANGE. */
  private static void zRevRangeByScore(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply(cx, args, reply, new Query(args, 2, Kind.SCORE, true, false));
  }

  /** {@code ZRANGEBYLEX key min max [LIMIT offset count]} / as ZRANGE with BYLEX. */
  private static void zRangeByLex(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply(cx, args, reply, new Query(args, 2, Kind.LEX, false, false));
  }

  /** {@code ZREVRANGEBYLEX key max min [LIMIT offset count]} / as ZRANGE with BYLEX and REV. */
  private static void zRevRangeByLex(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply(cx, args, reply, new Query(args, 2, Kind.LEX, true, false));
  }

  /** {@code ZCOUNT key min max} / integer / no effects / O(log n). */
  private static void zCount(ExecutionContext cx, Args args, ReplyWriter reply) {
    count(cx, args, reply, Kind.SCORE);
  }

  /** {@code ZLEXCOUNT key min max} / integer / no effects / O(log n). */
  private static void zLexCount(ExecutionContext cx, Args args, ReplyWriter reply) {
    count(cx, args, reply, Kind.LEX);
  }

  private static void count(ExecutionContext cx, Args args, ReplyWriter reply, Kind kind) {
    SortedSetRange range = SortedSetRange.parse(kind, args, 2, 3);
    SortedSetValue set = Typed.sortedSet(Typed.read(cx, args, 1));
    reply.integer(set == null ? 0 : range.count(set, range.from(set)));
  }

  // --- changing

  /**
   * {@code ZRANGESTORE destination source min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]} /
   * size / effects: verbatim / O(log n + members stored).
   */
  private void zRangeStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(args, 3, null, null, true);
    SortedSetValue source = Typed.sortedSet(Typed.read(cx, args, 2));
    SortedSetValue result = new SortedSetValue();
    if (source != null) {
      query.resolve(source);
      result.expect(query.count, limits);
      query.visit(
          source,
          (array, offset, length, score) -> {
            result.add(array, offset, length, score, limits);
            return true;
          });
    }
    store(cx, args, result, reply);
  }

  /** Puts a result in the place of whatever the key at word 1 holds. */
  static void store(ExecutionContext cx, Args args, SortedSetValue result, ReplyWriter reply) {
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

  /**
   * {@code ZREMRANGEBYRANK key start stop} / how many / effects: verbatim if any / O(log n * m).
   */
  private static void zRemRangeByRank(ExecutionContext cx, Args args, ReplyWriter reply) {
    removeRange(cx, args, reply, Kind.RANK);
  }

  /** {@code ZREMRANGEBYSCORE key min max} / how many / effects: verbatim if any / O(log n * m). */
  private static void zRemRangeByScore(ExecutionContext cx, Args args, ReplyWriter reply) {
    removeRange(cx, args, reply, Kind.SCORE);
  }

  /** {@code ZREMRANGEBYLEX key min max} / how many / effects: verbatim if any / O(log n * m). */
  private static void zRemRangeByLex(ExecutionContext cx, Args args, ReplyWriter reply) {
    removeRange(cx, args, reply, Kind.LEX);
  }

  private static void removeRange(ExecutionContext cx, Args args, ReplyWriter reply, Kind kind) {
    SortedSetRange range = SortedSetRange.parse(kind, args, 2, 3);
    Entry entry = Typed.find(cx, args, 1);
    SortedSetValue set = Typed.sortedSet(entry);
    int removed = 0;
    if (entry != null && set != null) {
      int from = range.from(set);
      removed = range.count(set, from);
      SortedSetCommands.removeRange(cx, entry, set, from, removed);
    }
    reply.integer(removed);
  }
}
