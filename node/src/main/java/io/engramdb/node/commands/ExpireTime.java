package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;

/** Reads a time to live or a point in time and turns it into Unix milliseconds. */
final class ExpireTime {

  private static final long MS_PER_SECOND = 1000;

  private ExpireTime() {}

  /**
   * A time that must be positive and must not overflow, for SET and relatives.
   *
   * @param seconds whether the word counts seconds, not milliseconds
   * @param baseMs what the word is relative to; 0 if it is absolute
   * @param command name for the error text
   */
  static long positive(Args args, int word, boolean seconds, long baseMs, String command) {
    long time = args.longAt(word);
    if (time <= 0) {
      throw invalid(command);
    }
    return absolute(time, seconds, baseMs, command);
  }

  /** A time that may be negative, for EXPIRE and relatives. */
  static long any(Args args, int word, boolean seconds, long baseMs, String command) {
    return absolute(args.longAt(word), seconds, baseMs, command);
  }

  private static long absolute(long time, boolean seconds, long baseMs, String command) {
    long ms = time;
    if (seconds) {
      if (time > Long.MAX_VALUE / MS_PER_SECOND || time < Long.MIN_VALUE / MS_PER_SECOND) {
        throw invalid(command);
      }
      ms = time * MS_PER_SECOND;
    }
    if (ms > Long.MAX_VALUE - baseMs) {
      throw invalid(command);
    }
    return ms + baseMs;
  }

  private static CommandError invalid(String command) {
    return CommandError.err("invalid expire time in '" + command + "' command");
  }
}
