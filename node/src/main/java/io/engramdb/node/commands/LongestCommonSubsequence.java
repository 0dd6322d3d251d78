package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.StringValue;
import org.jspecify.annotations.Nullable;

/**
 * LCS: the longest common subsequence of two strings, by dynamic programming.
 *
 * <p>The table of lengths is kept as two rows; for walking back one bit per cell is enough (was the
 * cell above better than the one to the left?). Time O(n·m), memory n·m bits, none for the length
 * alone.
 */
final class LongestCommonSubsequence {

  /** Cells at most; one bit each, so 256 MiB. */
  private static final long MAX_CELLS = 1L << 31;

  private static final CommandError NO_STRING =
      CommandError.err("The specified keys must contain string values");
  private static final CommandError LENGTH_OR_INDEXES =
      CommandError.err("If you want both the length and indexes, please just use IDX.");
  private static final CommandError TOO_LARGE =
      CommandError.err("Insufficient memory, failed allocating transient memory for LCS");

  private static final byte[] NOTHING = new byte[0];

  private final byte[] first;
  private final int firstLength;
  private final byte[] second;
  private final int secondLength;

  /**
   * Bit row × secondLength + column: the cell above is strictly longer than the one on the left.
   */
  private final long @Nullable [] above;

  private final int commonLength;

  private LongestCommonSubsequence(
      @Nullable StringValue first, @Nullable StringValue second, boolean walksBack) {
    this.first = first == null ? NOTHING : first.array();
    this.firstLength = first == null ? 0 : first.length();
    this.second = second == null ? NOTHING : second.array();
    this.secondLength = second == null ? 0 : second.length();
    long cells = (long) firstLength * secondLength;
    if (walksBack && cells > MAX_CELLS) {
      throw TOO_LARGE;
    }
    this.above = walksBack ? new long[(int) ((cells + 63) >>> 6)] : null;
    this.commonLength = fill();
  }

  /** Fills the table; returns the length of the result. */
  private int fill() {
    int[] previous = new int[secondLength + 1];
    int[] current = new int[secondLength + 1];
    for (int row = 0; row < firstLength; row++) {
      for (int column = 0; column < secondLength; column++) {
        if (first[row] == second[column]) {
          current[column + 1] = previous[column] + 1;
        } else if (previous[column + 1] > current[column]) {
          current[column + 1] = previous[column + 1];
          markAbove(row, column);
        } else {
          current[column + 1] = current[column];
        }
      }
      int[] swapped = previous;
      previous = current;
      current = swapped;
    }
    return previous[secondLength];
  }

  private void markAbove(int row, int column) {
    if (above != null) {
      long bit = (long) row * secondLength + column;
      above[(int) (bit >>> 6)] |= 1L << bit;
    }
  }

  private boolean isAbove(int row, int column) {
    long bit = (long) row * secondLength + column;
    return above != null && (above[(int) (bit >>> 6)] & 1L << bit) != 0;
  }

  /** Receives the matching pairs of places, from the end to the start. */
  private interface MatchVisitor {
    void match(int firstPlace, int secondPlace);
  }

  private void walkBack(MatchVisitor visitor) {
    int row = firstLength - 1;
    int column = secondLength - 1;
    while (row >= 0 && column >= 0) {
      if (first[row] == second[column]) {
        visitor.match(row, column);
        row--;
        column--;
      } else if (isAbove(row, column)) {
        row--;
      } else {
        column--;
      }
    }
  }

  private byte[] text() {
    byte[] text = new byte[commonLength];
    int[] at = {commonLength};
    walkBack((row, column) -> text[--at[0]] = first[row]);
    return text;
  }

  /** Writes runs of matches, which come from the end to the start, once they are complete. */
  private static final class RunWriter implements MatchVisitor {
    private final ReplyWriter reply;
    private final long minLength;
    private final boolean withLength;
    private int firstStart = -1;
    private int secondStart = -1;
    private int length;
    private int runs;

    RunWriter(ReplyWriter reply, long minLength, boolean withLength) {
      this.reply = reply;
      this.minLength = minLength;
      this.withLength = withLength;
    }

    @Override
    public void match(int firstPlace, int secondPlace) {
      if (length > 0 && (firstPlace != firstStart - 1 || secondPlace != secondStart - 1)) {
        finish();
      }
      firstStart = firstPlace;
      secondStart = secondPlace;
      length++;
    }

    /** Ends the open run; returns how many were written. */
    int finish() {
      if (length > 0 && length >= minLength) {
        reply.array(withLength ? 3 : 2);
        range(firstStart);
        range(secondStart);
        if (withLength) {
          reply.integer(length);
        }
        runs++;
      }
      length = 0;
      return runs;
    }

    private void range(int start) {
      reply.array(2);
      reply.integer(start);
      reply.integer(start + length - 1L);
    }
  }

  /**
   * {@code LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]} / bulk; integer with LEN; map
   * of matches and len with IDX / no effects / O(n·m).
   */
  static void lcs(ExecutionContext cx, Args args, ReplyWriter reply) {
    boolean length = false;
    boolean indexes = false;
    boolean withLength = false;
    long minLength = 0;
    StringValue first = string(cx, args, 1);
    StringValue second = string(cx, args, 2);
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "IDX")) {
        indexes = true;
      } else if (args.is(i, "LEN")) {
        length = true;
      } else if (args.is(i, "WITHMATCHLEN")) {
        withLength = true;
      } else if (args.is(i, "MINMATCHLEN") && i + 1 < args.count()) {
        minLength = args.longAt(++i);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (length && indexes) {
      throw LENGTH_OR_INDEXES;
    }
    var common = new LongestCommonSubsequence(first, second, !length);
    if (length) {
      reply.integer(common.commonLength);
    } else if (indexes) {
      reply.map(2);
      reply.bulk("matches");
      int mark = reply.beginArray();
      RunWriter runs = new RunWriter(reply, minLength, withLength);
      common.walkBack(runs);
      reply.endArray(mark, runs.finish());
      reply.bulk("len");
      reply.integer(common.commonLength);
    } else {
      reply.bulk(common.text());
    }
  }

  private static @Nullable StringValue string(ExecutionContext cx, Args args, int word) {
    Entry entry = Typed.read(cx, args, word);
    if (entry != null && !(entry.value() instanceof StringValue)) {
      throw NO_STRING;
    }
    return Typed.string(entry);
  }
}
