package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.GlobPattern;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Cursor and options of SCAN and its relatives, read from a request. */
final class ScanOptions {

  private static final CommandError INVALID_CURSOR = CommandError.err("invalid cursor");
  private static final int DEFAULT_COUNT = 10;

  /** Buckets visited at most for each element asked for; empty ones cost time too. */
  private static final int VISITS_PER_ELEMENT = 10;

  final long cursor;
  long count = DEFAULT_COUNT;
  @Nullable GlobPattern pattern;

  /** Name of the only type wanted, or null. */
  @Nullable String type;

  private ScanOptions(long cursor) {
    this.cursor = cursor;
  }

  /** The cursor at that word; options are read by {@link #options}. */
  static ScanOptions at(Args args, int cursorWord) {
    String text = args.text(cursorWord);
    try {
      return new ScanOptions(
          text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw INVALID_CURSOR;
    }
  }

  /** Reads the options from that word on. */
  ScanOptions options(Args args, int from, boolean typeAllowed) {
    for (int i = from; i < args.count(); i += 2) {
      if (i + 1 == args.count()) {
        throw CommandError.SYNTAX;
      }
      if (args.is(i, "COUNT")) {
        count = args.longInRange(i + 1, 1, Long.MAX_VALUE, CommandError.SYNTAX);
      } else if (args.is(i, "MATCH")) {
        pattern = GlobPattern.of(args.copy(i + 1));
      } else if (args.is(i, "TYPE") && typeAllowed) {
        type = args.text(i + 1).toLowerCase(Locale.ROOT);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return this;
  }

  /** How many buckets one call may visit. */
  long maxVisits() {
    return count > Long.MAX_VALUE / VISITS_PER_ELEMENT
        ? Long.MAX_VALUE
        : count * VISITS_PER_ELEMENT;
  }

  boolean matches(byte[] array, int offset, int length) {
    GlobPattern wanted = pattern;
    return wanted == null || wanted.matches(array, offset, length);
  }
}
