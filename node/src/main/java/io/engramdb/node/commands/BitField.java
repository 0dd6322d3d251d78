package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.BitOps;
import io.engramdb.node.engine.value.StringValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BITFIELD and BITFIELD_RO: strings as integers of any width at any bit. */
final class BitField {

  private static final CommandError NO_TYPE =
      CommandError.err(
          "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64"
              + " is.");
  private static final CommandError NO_OVERFLOW =
      CommandError.err("Invalid OVERFLOW type specified");
  private static final CommandError ONLY_GET =
      CommandError.err("BITFIELD_RO only supports the GET subcommand");

  private final BitCommands commands;

  BitField(BitCommands commands) {
    this.commands = commands;
  }

  /** What to do with a field. */
  private enum Action {
    GET,
    SET,
    INCRBY
  }

  /** What to do with a number that is too large or too small for its field. */
  private enum Overflow {
    WRAP,
    SAT,
    FAIL
  }

  /** One field and what to do with it. */
  private record Operation(
      Action action, boolean signed, int bits, long offset, long number, Overflow overflow) {

    private long signExtended(long raw) {
      return signed ? raw << 64 - bits >> 64 - bits : raw;
    }

    long read(@Nullable StringValue string) {
      return string == null
          ? 0
          : signExtended(BitOps.get(string.array(), string.length(), offset, bits));
    }

    /** The greatest number that the field can hold. */
    private long greatest() {
      return signed ? Long.MAX_VALUE >> 64 - bits : (1L << bits) - 1;
    }

    private long least() {
      return signed ? Long.MIN_VALUE >> 64 - bits : 0;
    }

    /** Above 0: too large, below 0: too small, 0: the sum fits. */
    int excess(long value, long increment) {
      if (!signed) {
        if (Long.compareUnsigned(value, greatest()) > 0
            || (increment > 0 && increment > greatest() - value)) {
          return 1;
        }
        return increment < 0 && increment < -value ? -1 : 0;
      }
      boolean narrow = bits != 64;
      long up = greatest() - value;
      if (value > greatest()
          || (narrow && increment > up)
          || (value >= 0 && increment > 0 && increment > up)) {
        return 1;
      }
      long down = least() - value;
      boolean below =
          value < least()
              || (narrow && increment < down)
              || (value < 0 && increment < 0 && increment < down);
      return below ? -1 : 0;
    }

    /** The sum, made to fit as wanted. */
    long fitted(long value, long increment, int excess) {
      if (excess != 0 && overflow == Overflow.SAT) {
        return excess > 0 ? greatest() : least();
      }
      long sum = value + increment;
      return signed ? signExtended(sum) : sum & greatest();
    }
  }

  /**
   * {@code BITFIELD key [GET type offset | [OVERFLOW WRAP|SAT|FAIL] SET type offset value | INCRBY
   * type offset increment ...]} / array of integers or null / effects: verbatim if anything changes
   * / O(operations).
   */
  void bitField(ExecutionContext cx, Args args, ReplyWriter reply) {
    execute(cx, args, reply, operations(cx, args), false);
  }

  /** {@code BITFIELD_RO key [GET type offset ...]} / array of integers / no effects / O(fields). */
  void bitFieldReadOnly(ExecutionContext cx, Args args, ReplyWriter reply) {
    execute(cx, args, reply, operations(cx, args), true);
  }

  private List<Operation> operations(ExecutionContext cx, Args args) {
    List<Operation> operations = new ArrayList<>();
    Overflow overflow = Overflow.WRAP;
    for (int i = 2; i < args.count(); i++) {
      int left = args.count() - i - 1;
      Action action;
      if (args.is(i, "GET") && left >= 2) {
        action = Action.GET;
      } else if (args.is(i, "SET") && left >= 3) {
        action = Action.SET;
      } else if (args.is(i, "INCRBY") && left >= 3) {
        action = Action.INCRBY;
      } else if (args.is(i, "OVERFLOW") && left >= 1) {
        overflow = overflow(args, ++i);
        continue;
      } else {
        throw CommandError.SYNTAX;
      }
      int bits = bits(args, i + 1);
      long offset = commands.offset(cx, args, i + 2, Math.abs(bits));
      long number = action == Action.GET ? 0 : args.longAt(i + 3);
      operations.add(new Operation(action, bits < 0, Math.abs(bits), offset, number, overflow));
      i += action == Action.GET ? 2 : 3;
    }
    return operations;
  }

  private static Overflow overflow(Args args, int word) {
    for (Overflow overflow : Overflow.values()) {
      if (args.is(word, overflow.name())) {
        return overflow;
      }
    }
    throw NO_OVERFLOW;
  }

  /** Bits of a type; negative if it is signed. */
  private static int bits(Args args, int word) {
    byte[] array = args.array();
    int at = args.offset(word);
    int digits = args.length(word) - 1;
    if (digits < 1 || !Numbers.isLong(array, at + 1, digits)) {
      throw NO_TYPE;
    }
    long bits = Numbers.parseLong(array, at + 1, digits);
    boolean signed = array[at] == 'i';
    if ((!signed && array[at] != 'u') || bits < 1 || bits > (signed ? 64 : 63)) {
      throw NO_TYPE;
    }
    return (int) (signed ? -bits : bits);
  }

  private static void execute(
      ExecutionContext cx,
      Args args,
      ReplyWriter reply,
      List<Operation> operations,
      boolean readOnly) {
    long lastBit = -1;
    for (Operation operation : operations) {
      if (operation.action != Action.GET) {
        lastBit = Math.max(lastBit, operation.offset + operation.bits - 1);
      }
    }
    if (readOnly && lastBit >= 0) {
      throw ONLY_GET;
    }
    Entry entry = lastBit < 0 ? Typed.read(cx, args, 1) : Typed.find(cx, args, 1);
    StringValue string = Typed.string(entry);
    boolean edited = false;
    int length = (int) (lastBit >> 3) + 1;
    if (lastBit >= 0 && (string == null || string.length() < length)) {
      string = BitCommands.edit(cx, args, entry, length);
      edited = true;
    }
    reply.array(operations.size());
    for (Operation operation : operations) {
      long old = operation.read(string);
      if (operation.action == Action.GET) {
        reply.integer(old);
        continue;
      }
      boolean set = operation.action == Action.SET;
      long value = set ? operation.number : old;
      long increment = set ? 0 : operation.number;
      int excess = operation.excess(value, increment);
      if (excess != 0 && operation.overflow == Overflow.FAIL) {
        reply.nil();
        continue;
      }
      long fitted = operation.fitted(value, increment, excess);
      reply.integer(set ? old : fitted);
      if (fitted != old && string != null) {
        if (!edited) {
          string = BitCommands.edit(cx, args, entry, length);
          edited = true;
        }
        BitOps.put(string.array(), operation.offset, operation.bits, fitted);
      }
    }
  }
}
