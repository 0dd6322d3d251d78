package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * When a field of a hash shall expire, read from a request.
 *
 * @param expireAtMs Unix milliseconds
 */
record FieldTime(long expireAtMs) {

  /** Latest expiry of a field, Unix milliseconds, as upstream. */
  static final long MAX_MS = (1L << 46) - 1;

  private static final long MS_PER_SECOND = 1000;
  private static final CommandError NEGATIVE =
      CommandError.err("invalid expire time, must be >= 0");
  private static final CommandError MISSING = CommandError.err("missing expire time");

  /**
   * The time at that word.
   *
   * @param seconds whether it counts seconds, not milliseconds
   * @param baseMs what it is relative to; 0 if it is absolute
   * @param command name for the error text
   */
  static long at(Args args, int word, boolean seconds, long baseMs, String command) {
    long time = args.longAt(word);
    if (time < 0) {
      throw NEGATIVE;
    }
    long limit = seconds ? MAX_MS / MS_PER_SECOND : MAX_MS;
    long ms = seconds ? time * MS_PER_SECOND : time;
    if (time > limit || ms > MAX_MS - baseMs) {
      String name = command.toLowerCase(Locale.ROOT);
      throw CommandError.err("invalid expire time in '" + name + "' command");
    }
    return ms + baseMs;
  }

  /** EX, PX, EXAT or PXAT at that word, with its time; null if there is another word. */
  static @Nullable FieldTime option(ExecutionContext cx, Args args, int word) {
    boolean absolute = args.is(word, "EXAT") || args.is(word, "PXAT");
    boolean seconds = args.is(word, "EX") || args.is(word, "EXAT");
    if (!absolute && !seconds && !args.is(word, "PX")) {
      return null;
    }
    if (word + 1 >= args.count()) {
      throw MISSING;
    }
    return new FieldTime(at(args, word + 1, seconds, absolute ? 0 : cx.nowMs(), args.text(0)));
  }

  /** Rounded up: a field that still lives has at least one second. */
  static long toSeconds(long ms) {
    return (ms + MS_PER_SECOND - 1) / MS_PER_SECOND;
  }
}
