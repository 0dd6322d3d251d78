package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamTrim;
import io.engramdb.node.engine.value.ValueLimits;
import org.jspecify.annotations.Nullable;

/** The options of XADD in front of the id, and those of XTRIM. */
final class StreamOptions {

  private static final CommandError TWO_STRATEGIES =
      CommandError.err(
          "syntax error, MAXLEN and MINID options at the same time are not compatible");
  private static final CommandError LIMIT_WITHOUT_TILDE =
      CommandError.err("syntax error, LIMIT cannot be used without the special ~ option");
  private static final CommandError LIMIT_WITHOUT_STRATEGY =
      CommandError.err("syntax error, LIMIT cannot be used without specifying a trimming strategy");
  private static final CommandError NO_STRATEGY =
      CommandError.err("syntax error, XTRIM must be called with a trimming strategy");
  private static final CommandError NEGATIVE_LENGTH =
      CommandError.err("The MAXLEN argument must be >= 0.");
  private static final CommandError NEGATIVE_LIMIT =
      CommandError.err("The LIMIT argument must be >= 0.");

  /** Entries that an approximate trim removes at most, if the blocks' limit does not tell. */
  private static final long DEFAULT_LIMIT = 10_000;

  private static final long MAX_DEFAULT_LIMIT = 1_000_000;

  boolean noMakeStream;

  /** The word that is the id of XADD; behind the last word if there is none. */
  int idWord;

  /** How to trim, or null. */
  @Nullable StreamTrim trim;

  private boolean hasStrategy;
  private boolean approximate;
  private long maxLength;
  private @Nullable StreamId minId;
  private long limit;
  private boolean limitGiven;

  static StreamOptions ofAdd(Args args, ValueLimits limits) {
    StreamOptions options = new StreamOptions();
    options.parse(args, true);
    options.finish(true, limits);
    return options;
  }

  static StreamOptions ofTrim(Args args, ValueLimits limits) {
    StreamOptions options = new StreamOptions();
    options.parse(args, false);
    options.finish(false, limits);
    return options;
  }

  private void parse(Args args, boolean add) {
    int i = 2;
    for (; i < args.count(); i++) {
      boolean more = i + 1 < args.count();
      if (add && args.is(i, "*")) {
        break;
      } else if (more && (args.is(i, "MAXLEN") || args.is(i, "MINID"))) {
        i = strategy(args, i);
      } else if (more && args.is(i, "LIMIT")) {
        limit = args.longAt(++i);
        if (limit < 0) {
          throw NEGATIVE_LIMIT;
        }
        limitGiven = true;
      } else if (add && args.is(i, "NOMKSTREAM")) {
        noMakeStream = true;
      } else if (add) {
        if (StreamIds.leavesSequence(args, i)) {
          StreamIds.milliseconds(args, i);
        } else {
          StreamIds.strict(args, i, 0);
        }
        break;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    idWord = i;
  }

  /** Reads MAXLEN or MINID; returns the last word that belongs to it. */
  private int strategy(Args args, int word) {
    if (hasStrategy) {
      throw TWO_STRATEGIES;
    }
    hasStrategy = true;
    int at = word + 1;
    if (at + 1 < args.count() && (args.is(at, "~") || args.is(at, "="))) {
      approximate = args.is(at, "~");
      at++;
    }
    if (args.is(word, "MAXLEN")) {
      maxLength = args.longAt(at);
      if (maxLength < 0) {
        throw NEGATIVE_LENGTH;
      }
    } else {
      minId = StreamIds.strict(args, at, 0);
    }
    return at;
  }

  private void finish(boolean add, ValueLimits limits) {
    if (limit > 0 && !hasStrategy) {
      throw LIMIT_WITHOUT_STRATEGY;
    }
    if (!add && !hasStrategy) {
      throw NO_STRATEGY;
    }
    if (limitGiven && !approximate) {
      throw LIMIT_WITHOUT_TILDE;
    }
    if (approximate && !limitGiven) {
      long entries = limits.streamBlockEntries;
      limit =
          entries <= 0
              ? DEFAULT_LIMIT
              : Math.min(MAX_DEFAULT_LIMIT, Math.min(entries, 1L << 40) * 100);
    }
    if (hasStrategy) {
      trim = new StreamTrim(maxLength, minId, approximate, limit);
    }
  }
}
