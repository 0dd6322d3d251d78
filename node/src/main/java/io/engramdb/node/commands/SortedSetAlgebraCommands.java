package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ElementVisitor;
import io.engramdb.node.engine.value.ScoreSum;
import io.engramdb.node.engine.value.ScoredVisitor;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Union, intersection and difference of sorted sets; sets take part with scores of 1.
 *
 * <p>Upstream behaviour: Redis {@code t_zset.c}, tests {@code unit/type/zset}.
 */
final class SortedSetAlgebraCommands implements CommandFamily {

  private static final CommandError NOT_A_WEIGHT = CommandError.err("weight value is not a float");
  private static final CommandError NEGATIVE_LIMIT = CommandError.err("LIMIT can't be negative");

  /** Which operation. */
  private enum Operation {
    UNION,
    INTERSECTION,
    DIFFERENCE,
    CARDINALITY
  }

  private static final DoubleBinaryOperator SUM =
      (first, second) -> {
        double sum = first + second;
        return Double.isNaN(sum) ? 0 : sum;
      };

  // A NaN, from a weight of 0 and an infinite score, never replaces what is there.
  private static final DoubleBinaryOperator MIN =
      (first, second) -> second < first ? second : first;
  private static final DoubleBinaryOperator MAX =
      (first, second) -> second > first ? second : first;

  private final ValueLimits limits;

  SortedSetAlgebraCommands(ValueLimits limits) {
    this.limits = limits;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SORTED_SET);
    List<KeySpec> read = List.of(KeySpec.countedAt(1).with(RO, ACCESS));
    table.read("zunion", "6.2.0", -3, read, this::zUnion).flags(MOVABLE_KEYS).add();
    table.read("zinter", "6.2.0", -3, read, this::zInter).flags(MOVABLE_KEYS).add();
    table.read("zdiff", "6.2.0", -3, read, this::zDiff).flags(MOVABLE_KEYS).add();
    table
        .read("zintercard", "7.0.0", -3, read, SortedSetAlgebraCommands::zInterCard)
        .flags(MOVABLE_KEYS)
        .add();
    List<KeySpec> stored =
        List.of(KeySpec.key(1).with(OW, UPDATE), KeySpec.countedAt(2).with(RO, ACCESS));
    table
        .write("zunionstore", "2.0.0", -4, stored, VERBATIM, this::zUnionStore)
        .flags(DENYOOM, MOVABLE_KEYS)
        .add();
    table
        .write("zinterstore", "2.0.0", -4, stored, VERBATIM, this::zInterStore)
        .flags(DENYOOM, MOVABLE_KEYS)
        .add();
    table
        .write("zdiffstore", "6.2.0", -4, stored, VERBATIM, this::zDiffStore)
        .flags(DENYOOM, MOVABLE_KEYS)
        .add();
  }

  /** One set or sorted set that takes part; null stands for an absent key. */
  private static final class Source {
    final @Nullable SortedSetValue sorted;
    final @Nullable SetValue plain;
    double weight = 1;

    Source(@Nullable Entry entry) {
      Value value = entry == null ? null : entry.value();
      sorted = value instanceof SortedSetValue zset ? zset : null;
      plain = value instanceof SetValue set ? set : null;
      if (value != null && sorted == null && plain == null) {
        throw CommandError.WRONG_TYPE;
      }
    }

    int size() {
      return sorted != null ? sorted.size() : plain != null ? plain.size() : 0;
    }

    double score(byte[] array, int offset, int length) {
      if (sorted != null) {
        return sorted.score(array, offset, length);
      }
      return plain != null && plain.contains(array, offset, length) ? 1 : Double.NaN;
    }

    void forEach(ScoredVisitor visitor) {
      if (sorted != null) {
        sorted.forEach(visitor);
      } else if (plain != null) {
        plain.forEach(new Unscored(visitor));
      }
    }
  }

  /** Shows members of a set as if they had scores. */
  private record Unscored(ScoredVisitor visitor) implements ElementVisitor {
    @Override
    public boolean text(byte[] array, int offset, int length) {
      return visitor.member(array, offset, length, 1);
    }

    @Override
    public boolean integer(long value) {
      byte[] text = Numbers.bytes(value);
      return visitor.member(text, 0, text.length, 1);
    }
  }

  /** Sources and options of a request. */
  private static final class Query {
    final Source[] sources;
    DoubleBinaryOperator aggregate = SUM;
    boolean withScores;
    long limit;

    Query(
        ExecutionContext cx,
        Args args,
        int countWord,
        Operation operation,
        String command,
        boolean stored) {
      long keys = args.longAt(countWord);
      if (keys < 1) {
        throw CommandError.err("at least 1 input key is needed for '" + command + "' command");
      }
      int first = countWord + 1;
      if (keys > args.count() - first) {
        throw CommandError.SYNTAX;
      }
      sources = new Source[(int) keys];
      for (int i = 0; i < sources.length; i++) {
        sources[i] = new Source(Typed.read(cx, args, first + i));
      }
      boolean scored = operation == Operation.UNION || operation == Operation.INTERSECTION;
      int at = first + sources.length;
      while (at < args.count()) {
        int left = args.count() - at;
        if (scored && left > sources.length && args.is(at, "WEIGHTS")) {
          readWeights(args, at + 1);
          at += sources.length + 1;
        } else if (scored && left >= 2 && args.is(at, "AGGREGATE")) {
          aggregate = aggregate(args, at + 1);
          at += 2;
        } else if (!stored && operation != Operation.CARDINALITY && args.is(at, "WITHSCORES")) {
          withScores = true;
          at++;
        } else if (operation == Operation.CARDINALITY && left >= 2 && args.is(at, "LIMIT")) {
          limit = ListCommands.notNegative(args, at + 1, NEGATIVE_LIMIT);
          at += 2;
        } else {
          throw CommandError.SYNTAX;
        }
      }
      if (operation != Operation.DIFFERENCE) {
        Arrays.sort(sources, Comparator.comparingInt(Source::size));
      }
    }

    private void readWeights(Args args, int word) {
      for (int i = 0; i < sources.length; i++) {
        double weight = ScoreText.score(args.array(), args.offset(word + i), args.length(word + i));
        if (Double.isNaN(weight)) {
          throw NOT_A_WEIGHT;
        }
        sources[i].weight = weight;
      }
    }

    private static DoubleBinaryOperator aggregate(Args args, int word) {
      if (args.is(word, "SUM")) {
        return SUM;
      }
      if (args.is(word, "MIN")) {
        return MIN;
      }
      if (args.is(word, "MAX")) {
        return MAX;
      }
      throw CommandError.SYNTAX;
    }
  }

  // --- operations

  private static double weighted(double score, double weight) {
    double product = score * weight;
    return Double.isNaN(product) ? 0 : product;
  }

  private SortedSetValue union(Query query) {
    ScoreSum result = new ScoreSum();
    for (Source source : query.sources) {
      source.forEach(
          (array, offset, length, score) -> {
            double part = weighted(score, source.weight);
            result.add(array, offset, length, part, query.aggregate);
            return true;
          });
    }
    return result.toSortedSet(limits);
  }

  private SortedSetValue intersection(Query query) {
    ScoreSum result = new ScoreSum();
    Source[] sources = query.sources;
    sources[0].forEach(
        (array, offset, length, score) -> {
          double sum = weighted(score, sources[0].weight);
          for (int i = 1; i < sources.length; i++) {
            double other = sources[i].score(array, offset, length);
            if (Double.isNaN(other)) {
              return true;
            }
            sum = query.aggregate.applyAsDouble(sum, other * sources[i].weight);
          }
          result.add(array, offset, length, sum, query.aggregate);
          return true;
        });
    return result.toSortedSet(limits);
  }

  private SortedSetValue difference(Query query) {
    ScoreSum result = new ScoreSum();
    Source[] sources = query.sources;
    sources[0].forEach(
        (array, offset, length, score) -> {
          for (int i = 1; i < sources.length; i++) {
            if (!Double.isNaN(sources[i].score(array, offset, length))) {
              return true;
            }
          }
          result.add(array, offset, length, score, query.aggregate);
          return true;
        });
    return result.toSortedSet(limits);
  }

  private static void reply(SortedSetValue result, Query query, ReplyWriter reply) {
    ScoredReply visitor = new ScoredReply(reply, query.withScores);
    visitor.begin(result.size());
    result.forEach(visitor);
  }

  /**
   * {@code ZUNION numkeys key ... [WEIGHTS w ...] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]} / array,
   * with scores under RESP3 of pairs / no effects / O(n log n) in the members of all.
   */
  private void zUnion(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 1, Operation.UNION, "zunion", false);
    reply(union(query), query, reply);
  }

  /** {@code ZINTER ...} / as ZUNION / no effects / O(smallest set * keys). */
  private void zInter(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 1, Operation.INTERSECTION, "zinter", false);
    reply(intersection(query), query, reply);
  }

  /** {@code ZDIFF numkeys key ... [WITHSCORES]} / as ZUNION / no effects / O(first set * keys). */
  private void zDiff(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 1, Operation.DIFFERENCE, "zdiff", false);
    reply(difference(query), query, reply);
  }

  /** {@code ZINTERCARD numkeys key ... [LIMIT n]} / integer / no effects / as ZINTER. */
  private static void zInterCard(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 1, Operation.CARDINALITY, "zintercard", false);
    Source[] sources = query.sources;
    long[] count = {0};
    sources[0].forEach(
        (array, offset, length, score) -> {
          for (int i = 1; i < sources.length; i++) {
            if (Double.isNaN(sources[i].score(array, offset, length))) {
              return true;
            }
          }
          count[0]++;
          return count[0] != query.limit;
        });
    reply.integer(count[0]);
  }

  /** {@code ZUNIONSTORE destination numkeys ...} / size / effects: verbatim / as ZUNION. */
  private void zUnionStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 2, Operation.UNION, "zunionstore", true);
    SortedSetRangeCommands.store(cx, args, union(query), reply);
  }

  /** {@code ZINTERSTORE destination numkeys ...} / size / effects: verbatim / as ZINTER. */
  private void zInterStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 2, Operation.INTERSECTION, "zinterstore", true);
    SortedSetRangeCommands.store(cx, args, intersection(query), reply);
  }

  /** {@code ZDIFFSTORE destination numkeys key ...} / size / effects: verbatim / as ZDIFF. */
  private void zDiffStore(ExecutionContext cx, Args args, ReplyWriter reply) {
    Query query = new Query(cx, args, 2, Operation.DIFFERENCE, "zdiffstore", true);
    SortedSetRangeCommands.store(cx, args, difference(query), reply);
  }
}
