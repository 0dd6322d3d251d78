package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.engine.value.RankBound;
import io.engramdb.node.engine.value.SortedSetValue;
import java.util.Arrays;

/**
 * A range of a sorted set as a request names it: by rank, by score or by the bytes of members. It
 * becomes a range of ranks before anything is done with it.
 */
final class SortedSetRange {

  static final CommandError NOT_A_SCORE = CommandError.err("min or max is not a float");
  static final CommandError NOT_A_BORDER =
      CommandError.err("min or max not valid string range item");

  /** What the borders are. */
  enum Kind {
    RANK,
    SCORE,
    LEX
  }

  private final Kind kind;
  private final RankBound below;
  private final RankBound upTo;
  private final long first;
  private final long last;

  private SortedSetRange(Kind kind, RankBound below, RankBound upTo, long first, long last) {
    this.kind = kind;
    this.below = below;
    this.upTo = upTo;
    this.first = first;
    this.last = last;
  }

  /** The range between two words. */
  static SortedSetRange parse(Kind kind, Args args, int minWord, int maxWord) {
    return switch (kind) {
      case RANK -> {
        long start = args.longAt(minWord);
        yield new SortedSetRange(kind, NOTHING, NOTHING, start, args.longAt(maxWord));
      }
      case SCORE ->
          new SortedSetRange(kind, score(args, minWord, true), score(args, maxWord, false), 0, 0);
      case LEX ->
          new SortedSetRange(kind, lex(args, minWord, true), lex(args, maxWord, false), 0, 0);
    };
  }

  private static final RankBound NOTHING = (score, array, offset, length) -> false;
  private static final RankBound EVERYTHING = (score, array, offset, length) -> true;

  /** What stands below the range (for its minimum), or below or in it (for its maximum). */
  private static RankBound score(Args args, int word, boolean minimum) {
    byte[] array = args.array();
    int offset = args.offset(word);
    int length = args.length(word);
    boolean exclusive = length > 0 && array[offset] == '(';
    double border =
        exclusive
            ? ScoreText.bound(array, offset + 1, length - 1)
            : ScoreText.bound(array, offset, length);
    if (Double.isNaN(border)) {
      throw NOT_A_SCORE;
    }
    return exclusive == minimum
        ? (score, member, from, size) -> score <= border
        : (score, member, from, size) -> score < border;
  }

  private static RankBound lex(Args args, int word, boolean minimum) {
    byte[] array = args.array();
    int offset = args.offset(word);
    int length = args.length(word);
    int first = length == 0 ? 0 : array[offset];
    // Upstream looks at a C string here: whatever follows a zero byte does not count.
    boolean alone = length == 1 || (length > 1 && array[offset + 1] == 0);
    if (alone && first == '-') {
      return NOTHING;
    }
    if (alone && first == '+') {
      return EVERYTHING;
    }
    if (first != '(' && first != '[') {
      throw NOT_A_BORDER;
    }
    int from = offset + 1;
    int to = offset + length;
    return (first == '(') == minimum
        ? (score, member, at, size) ->
            Arrays.compareUnsigned(member, at, at + size, array, from, to) <= 0
        : (score, member, at, size) ->
            Arrays.compareUnsigned(member, at, at + size, array, from, to) < 0;
  }

  /** The lowest rank of the range; meaningless if {@link #count} is 0. */
  int from(SortedSetValue set) {
    if (kind != Kind.RANK) {
      return set.countBelow(below);
    }
    long rank = first < 0 ? Math.max(0, first + set.size()) : first;
    return (int) Math.min(rank, set.size());
  }

  /** Members of the range that begins at that rank. */
  int count(SortedSetValue set, int from) {
    if (kind != Kind.RANK) {
      return Math.max(0, set.countBelow(upTo) - from);
    }
    long rank = last < 0 ? last + set.size() : last;
    return (int) Math.max(0, Math.min(rank, set.size() - 1L) - from + 1);
  }
}
