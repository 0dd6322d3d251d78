package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** The time that a command may wait, as a word of its request; 0 means for ever. */
final class BlockingTimeout {

  private static final CommandError NOT_AN_INTEGER =
      CommandError.err("timeout is not an integer or out of range");
  private static final CommandError NOT_A_FLOAT =
      CommandError.err("timeout is not a float or out of range");
  private static final CommandError OUT_OF_RANGE = CommandError.err("timeout is out of range");
  private static final CommandError NEGATIVE = CommandError.err("timeout is negative");

  private static final BigDecimal GREATEST = BigDecimal.valueOf(Long.MAX_VALUE);

  private BlockingTimeout() {}

  /** Shard time at which a wait of that many milliseconds ends. */
  static long milliseconds(ExecutionContext cx, Args args, int word) {
    return deadline(cx, args.longAt(word, NOT_AN_INTEGER));
  }

  /** Shard time at which a wait of that many seconds ends, which need not be whole ones. */
  static long seconds(ExecutionContext cx, Args args, int word) {
    byte[] array = args.array();
    int offset = args.offset(word);
    int length = args.length(word);
    if (length == 1 && array[offset] == '0') {
      return Long.MAX_VALUE;
    }
    ExtendedFloat.Parsed seconds = ExtendedFloat.parse(array, offset, length);
    BigDecimal value = seconds.value();
    if (seconds.kind() == ExtendedFloat.Kind.INVALID) {
      throw NOT_A_FLOAT;
    }
    if (value == null) {
      throw array[offset] == '-' ? NEGATIVE : OUT_OF_RANGE;
    }
    BigDecimal milliseconds = value.movePointRight(3).setScale(0, RoundingMode.CEILING);
    if (milliseconds.compareTo(GREATEST) > 0) {
      throw OUT_OF_RANGE;
    }
    if (milliseconds.signum() < 0) {
      throw NEGATIVE;
    }
    return deadline(cx, milliseconds.longValueExact());
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
