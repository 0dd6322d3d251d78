package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.KeyFlag.VARIABLE_FLAGS;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.BitOps;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Strings as bits: SETBIT, BITCOUNT, BITOP and relatives; BITFIELD is in {@link BitField}.
 *
 * <p>Upstream behaviour: Redis {@code bitops.c}, tests {@code unit/bitops}. Bit 0 is the highest of
 * the first byte.
 */
final class BitCommands implements CommandFamily {

  private static final CommandError NOT_A_BIT =
      CommandError.err("bit is not an integer or out of range");
  private static final CommandError NOT_AN_OFFSET =
      CommandError.err("bit offset is not an integer or out of range");
  private static final CommandError NEITHER_BIT =
      CommandError.err("The bit argument must be 1 or 0.");
  private static final CommandError NOT_OF_SEVERAL =
      CommandError.err("BITOP NOT must be called with a single source key.");

  private final ValueLimits limits;

  BitCommands(ValueLimits limits) {
    this.limits = limits;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.BITMAP);
    List<KeySpec> read = List.of(KeySpec.key(1).with(RO, ACCESS));
    table.read("getbit", "2.2.0", 3, read, this::getBit).flags(FAST).add();
    table.read("bitcount", "2.6.0", -2, read, BitCommands::bitCount).add();
    table.read("bitpos", "2.8.7", -3, read, BitCommands::bitPos).add();
    BitField fields = new BitField(this);
    table.read("bitfield_ro", "6.0.0", -2, read, fields::bitFieldReadOnly).flags(FAST).add();

    List<KeySpec> update = List.of(KeySpec.key(1).with(RW, ACCESS, UPDATE));
    table.write("setbit", "2.2.0", 4, update, VERBATIM, this::setBit).flags(DENYOOM).add();
    List<KeySpec> variable = List.of(KeySpec.key(1).with(RW, ACCESS, UPDATE, VARIABLE_FLAGS));
    table.write("bitfield", "3.2.0", -2, variable, VERBATIM, fields::bitField).flags(DENYOOM).add();
    List<KeySpec> combined =
        List.of(KeySpec.key(2).with(OW, UPDATE), KeySpec.keys(3, -1, 1).with(RO, ACCESS));
    table.write("bitop", "2.6.0", -4, combined, VERBATIM, BitCommands::bitOp).flags(DENYOOM).add();
  }

  private static @Nullable StringValue read(ExecutionContext cx, Args args) {
    return Typed.string(Typed.read(cx, args, 1));
  }

  /** A bit's offset; of fields as many times their width if it begins with a number sign. */
  long offset(ExecutionContext cx, Args args, int word, int fieldBits) {
    byte[] array = args.array();
    int at = args.offset(word);
    int length = args.length(word);
    boolean fields = fieldBits > 0 && length > 0 && array[at] == '#';
    int digitsAt = fields ? at + 1 : at;
    int digits = fields ? length - 1 : length;
    if (!Numbers.isLong(array, digitsAt, digits)) {
      throw NOT_AN_OFFSET;
    }
    long offset = Numbers.parseLong(array, digitsAt, digits);
    if (fields) {
      offset = offset > Long.MAX_VALUE / fieldBits ? Long.MAX_VALUE : offset * fieldBits;
    }
    long maxBytes = cx.replaying() ? StringValue.MAX_BYTES : limits.stringBytes;
    if (offset < 0 || offset >> 3 >= Math.min(maxBytes, StringValue.MAX_BYTES - Long.BYTES)) {
      throw NOT_AN_OFFSET;
    }
    return offset;
  }

  /** The string to change, at least that long, announced as edited; made if there is none. */
  static StringValue edit(ExecutionContext cx, Args args, @Nullable Entry entry, int length) {
    if (entry == null) {
      StringValue string = StringValue.zeros(length);
      cx.db().edit(cx.db().add(args.array(), args.offset(1), args.length(1), string));
      return string;
    }
    StringValue string = (StringValue) entry.value();
    cx.db().edit(entry);
    string.growTo(length);
    return string;
  }

  /** {@code SETBIT key offset 0|1} / the old bit / effects: verbatim if it changes / O(1). */
  private void setBit(ExecutionContext cx, Args args, ReplyWriter reply) {
    long offset = offset(cx, args, 2, 0);
    long bit = args.longAt(3, NOT_A_BIT);
    if (bit != 0 && bit != 1) {
      throw NOT_A_BIT;
    }
    Entry entry = Typed.find(cx, args, 1);
    StringValue string = Typed.string(entry);
    int at = (int) (offset >> 3);
    int old = bitAt(string, offset);
    reply.integer(old);
    if (string == null || at >= string.length() || old != bit) {
      BitOps.put(edit(cx, args, entry, at + 1).array(), offset, 1, bit);
    }
  }

  private static int bitAt(@Nullable StringValue string, long offset) {
    int at = (int) (offset >> 3);
    if (string == null || at >= string.length()) {
      return 0;
    }
    return string.array()[at] >> 7 - (int) (offset & 7) & 1;
  }

  /** {@code GETBIT key offset} / 0 or 1 / no effects / O(1). */
  private void getBit(ExecutionContext cx, Args args, ReplyWriter reply) {
    long offset = offset(cx, args, 2, 0);
    reply.integer(bitAt(read(cx, args), offset));
  }

  private static boolean isBits(Args args, int word) {
    if (args.is(word, "BIT")) {
      return true;
    }
    if (args.is(word, "BYTE")) {
      return false;
    }
    throw CommandError.SYNTAX;
  }

  /** {@code BITCOUNT key [start end [BYTE|BIT]]} / integer / no effects / O(bytes). */
  private static void bitCount(ExecutionContext cx, Args args, ReplyWriter reply) {
    int words = args.count();
    if (words == 3 || words > 5) {
      throw CommandError.SYNTAX;
    }
    long start = words > 2 ? args.longAt(2) : 0;
    long end = words > 2 ? args.longAt(3) : -1;
    boolean bits = words == 5 && isBits(args, 4);
    StringValue string = read(cx, args);
    if (string == null || (start < 0 && end < 0 && start > end)) {
      reply.integer(0);
      return;
    }
    long total = bits ? (long) string.length() << 3 : string.length();
    long from = Math.max(0, start < 0 ? start + total : start);
    long to = Math.min(Math.max(0, end < 0 ? end + total : end), total - 1);
    if (from > to) {
      reply.integer(0);
      return;
    }
    long firstBit = bits ? from : from << 3;
    long lastBit = bits ? to : (to << 3) + 7;
    reply.integer(BitOps.count(string.array(), firstBit, lastBit));
  }

  /**
   * {@code BITPOS key 0|1 [start [end [BYTE|BIT]]]} / place of the first such bit, -1 if there is
   * none / no effects / O(bytes).
   */
  private static void bitPos(ExecutionContext cx, Args args, ReplyWriter reply) {
    long bit = args.longAt(2);
    if (bit != 0 && bit != 1) {
      throw NEITHER_BIT;
    }
    int words = args.count();
    if (words > 6) {
      throw CommandError.SYNTAX;
    }
    long start = words > 3 ? args.longAt(3) : 0;
    boolean bits = words == 6 && isBits(args, 5);
    boolean ends = words > 4;
    long end = ends ? args.longAt(4) : -1;
    StringValue string = read(cx, args);
    if (string == null) {
      reply.integer(bit == 1 ? -1 : 0);
      return;
    }
    long total = bits ? (long) string.length() << 3 : string.length();
    long from = Math.max(0, start < 0 ? start + total : start);
    long to = Math.min(Math.max(0, end < 0 ? end + total : end), total - 1);
    if (from > to) {
      reply.integer(-1);
      return;
    }
    long firstBit = bits ? from : from << 3;
    long lastBit = bits ? to : (to << 3) + 7;
    long found = BitOps.find(string.array(), bit == 1, firstBit, lastBit);
    // Behind a string without an explicit end there are zeros.
    reply.integer(found < 0 && bit == 0 && !ends ? (long) string.length() << 3 : found);
  }

  /**
   * {@code BITOP AND|OR|XOR|NOT destination key ...} / length of the result / effects: verbatim /
   * O(bytes).
   */
  private static void bitOp(ExecutionContext cx, Args args, ReplyWriter reply) {
    BitOps.Operation operation = operation(args);
    if (operation == BitOps.Operation.NOT && args.count() != 4) {
      throw NOT_OF_SEVERAL;
    }
    @Nullable StringValue[] sources = new StringValue[args.count() - 3];
    int length = 0;
    for (int i = 0; i < sources.length; i++) {
      StringValue source = Typed.string(Typed.read(cx, args, i + 3));
      sources[i] = source;
      length = source == null ? length : Math.max(length, source.length());
    }
    reply.integer(length);
    if (length == 0) {
      Entry present = Typed.find(cx, args, 2);
      if (present != null) {
        cx.db().remove(present);
      }
      return;
    }
    StringValue result = StringValue.zeros(length);
    for (int i = 0; i < sources.length; i++) {
      StringValue source = sources[i];
      byte[] bytes = source == null ? new byte[0] : source.array();
      int size = source == null ? 0 : source.length();
      BitOps.combine(i == 0 ? operation.first() : operation, result.array(), length, bytes, size);
    }
    cx.db().put(args.array(), args.offset(2), args.length(2), result);
  }

  private static BitOps.Operation operation(Args args) {
    for (BitOps.Operation operation : BitOps.Operation.values()) {
      if (args.is(1, operation.name())) {
        return operation;
      }
    }
    throw CommandError.SYNTAX;
  }
}
