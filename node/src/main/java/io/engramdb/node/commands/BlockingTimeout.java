package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;

/** The time that a command may wait, as a word of its request; 0 means for ever. */
final class BlockingTimeout {

  private static final CommandError NOT_AN_INTEGER =
      CommandError.err("timeout is not an integer or out of range");
  private static final CommandError NOT_A_FLOAT =
      CommandError.err("timeout is not a float or out of range");
  private static final CommandError OUT_OF_RANGE = CommandError.err("timeout is out of range");
  private static final CommandError NEGATIVE = CommandError.err("timeout is negative");

  private BlockingTimeout() {}

  /** Shard time at which a wait of that many milliseconds ends. */
  static long milliseconds(ExecutionContext cx, Args args, int word) {
    return deadline(cx, args.longAt(word, NOT_AN_INTEGER));
  }

  private static long deadline(ExecutionContext cx, long timeoutMs) {
    if (timeoutMs < 0) {
      throw NEGATIVE;
    }
    if (timeoutMs > Long.MAX_VALUE - cx.nowMs()) {
      throw OUT_OF_RANGE;
    }
    return timeoutMs == 0 ? Long.MAX_VALUE : cx.nowMs() + timeoutMs;
  }
}
