package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;

/** The options of SET and GETEX, read from a request. */
final class SetOptions {

  /** {@link #expireAtMs} where no time was given. */
  static final long NO_TIME = -1;

  private static final int NONE = 0;
  private static final int TIME_EX = 1;
  private static final int TIME_PX = 2;
  private static final int TIME_EXAT = 3;
  private static final int TIME_PXAT = 4;

  boolean onlyIfAbsent;
  boolean onlyIfPresent;
  boolean get;
  boolean keepTtl;
  boolean persist;

  /** When the key shall expire, Unix milliseconds, or {@link #NO_TIME}. */
  long expireAtMs = NO_TIME;

  /** Whether the time was given as a point in time. */
  boolean absoluteTime;

  private int timeOption;
  private int timeWord;

  private SetOptions() {}

  /** Options of SET from word 3 on. */
  static SetOptions ofSet(ExecutionContext cx, Args args) {
    SetOptions options = new SetOptions();
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "NX") && !options.onlyIfPresent) {
        options.onlyIfAbsent = true;
      } else if (args.is(i, "XX") && !options.onlyIfAbsent) {
        options.onlyIfPresent = true;
      } else if (args.is(i, "GET")) {
        options.get = true;
      } else if (args.is(i, "KEEPTTL") && options.timeOption == NONE) {
        options.keepTtl = true;
      } else {
        i = options.time(args, i, options.keepTtl);
      }
    }
    options.resolveTime(cx, args, "set");
    return options;
  }

  /** Options of GETEX from word 2 on, without the time: {@link #resolveGetExTime}. */
  static SetOptions ofGetEx(Args args) {
    SetOptions options = new SetOptions();
    for (int i = 2; i < args.count(); i++) {
      if (args.is(i, "PERSIST") && options.timeOption == NONE) {
        options.persist = true;
      } else {
        i = options.time(args, i, options.persist);
      }
    }
    return options;
  }

  /** Reads the time of GETEX, which is looked at only for a key that is there. */
  void resolveGetExTime(ExecutionContext cx, Args args) {
    resolveTime(cx, args, "getex");
  }

  /** Takes an option that has a time behind it; returns the word of the time. */
  private int time(Args args, int word, boolean excluded) {
    int option = timeOption(args, word);
    boolean clashes = excluded || (timeOption != NONE && timeOption != option);
    if (option == NONE || clashes || word + 1 >= args.count()) {
      throw CommandError.SYNTAX;
    }
    timeOption = option;
    timeWord = word + 1;
    return timeWord;
  }

  private static int timeOption(Args args, int word) {
    if (args.is(word, "EX")) {
      return TIME_EX;
    }
    if (args.is(word, "PX")) {
      return TIME_PX;
    }
    if (args.is(word, "EXAT")) {
      return TIME_EXAT;
    }
    return args.is(word, "PXAT") ? TIME_PXAT : NONE;
  }

  private void resolveTime(ExecutionContext cx, Args args, String command) {
    if (timeOption == NONE) {
      return;
    }
    absoluteTime = timeOption == TIME_EXAT || timeOption == TIME_PXAT;
    boolean seconds = timeOption == TIME_EX || timeOption == TIME_EXAT;
    long baseMs = absoluteTime ? 0 : cx.nowMs();
    expireAtMs = ExpireTime.positive(args, timeWord, seconds, baseMs, command);
  }
}
