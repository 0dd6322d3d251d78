package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.MAY_REPLICATE;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.value.HyperLogLog;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * PFADD, PFCOUNT, PFMERGE, PFDEBUG, PFSELFTEST. Upstream behaviour: Redis 7.2 {@code
 * hyperloglog.c}, tests {@code unit/hyperloglog}.
 *
 * <p>When a sparse one becomes dense depends on the configuration, so a replay never decides it by
 * size: the effect says it. One whose registers can't be read is refused as a whole before anything
 * changes; upstream goes on until it meets the damage.
 */
public final class HyperLogLogCommands implements CommandFamily {

  private static final CommandError NOT_ONE =
      new CommandError("WRONGTYPE", "Key is not a valid HyperLogLog string value.");
  private static final CommandError DAMAGED =
      new CommandError("INVALIDOBJ", "Corrupted HLL object detected");
  private static final CommandError NO_KEY = CommandError.err("The specified key does not exist");
  private static final CommandError NOT_SPARSE = CommandError.err("HLL encoding is not sparse");

  private static final byte[] PFDEBUG = "pfdebug".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TODENSE = "TODENSE".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PFCOUNT = "pfcount".getBytes(StandardCharsets.US_ASCII);

  /** Elements of the self-test: it must not stand in everybody's way. */
  private static final int TESTED_ELEMENTS = 100_000;

  /** Six times the standard error of 16,384 registers. */
  private static final double TOLERATED_ERROR = 6 * 1.04 / 128;

  private final ValueLimits limits;

  HyperLogLogCommands(ValueLimits limits) {
    this.limits = limits;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.HYPERLOGLOG);
    List<KeySpec> added = List.of(KeySpec.key(1).with(RW, INSERT));
    table.write("pfadd", "2.8.9", -2, added, EFFECTS, this::pfAdd).flags(DENYOOM, FAST).add();
    List<KeySpec> counted = List.of(KeySpec.keys(1, -1, 1).with(RW, ACCESS));
    table
        .read("pfcount", "2.8.9", -2, counted, HyperLogLogCommands::pfCount)
        .flags(MAY_REPLICATE)
        .add();
    List<KeySpec> merged =
        List.of(KeySpec.key(1).with(RW, ACCESS, INSERT), KeySpec.keys(2, -1, 1).with(RO, ACCESS));
    table.write("pfmerge", "2.8.9", -2, merged, EFFECTS, this::pfMerge).flags(DENYOOM).add();
    List<KeySpec> shown = List.of(KeySpec.key(2).with(RW, ACCESS));
    table
        .write("pfdebug", "2.8.9", 3, shown, EFFECTS, HyperLogLogCommands::pfDebug)
        .flags(DENYOOM, ADMIN)
        .add();
    table.other("pfselftest", "2.8.9", 1, HyperLogLogCommands::pfSelfTest).flags(ADMIN).add();
  }

  private static @Nullable StringValue valueOf(@Nullable Entry entry) {
    StringValue string = Typed.string(entry);
    if (string != null && !HyperLogLog.isOne(string)) {
      throw NOT_ONE;
    }
    if (string != null && !HyperLogLog.isWhole(string)) {
      throw DAMAGED;
    }
    return string;
  }

  private long sparseBytes(ExecutionContext cx) {
    return cx.replaying() ? Long.MAX_VALUE : limits.hyperLogLogSparseBytes;
  }

  private static StringValue create(ExecutionContext cx, Args args) {
    StringValue string = HyperLogLog.empty();
    cx.db().edit(cx.db().add(args.array(), args.offset(1), args.length(1), string));
    return string;
  }

  private static void record(ExecutionContext cx, Args args, StringValue string, boolean wasDense) {
    cx.effects().request(cx.client().database, args);
    if (!wasDense && HyperLogLog.isDense(string)) {
      cx.effects().record(cx.client().database, PFDEBUG, TODENSE, args.copy(1));
    }
  }

  /**
   * {@code PFADD key [element ...]} / 1 if something changed / effects: verbatim if changed, and
   * PFDEBUG TODENSE if it became dense / O(1) for each element.
   */
  private void pfAdd(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StringValue string = valueOf(entry);
    boolean wasDense = string != null && HyperLogLog.isDense(string);
    boolean changed = string == null;
    StringValue target = string == null ? create(cx, args) : string;
    for (int i = 2; i < args.count(); i++) {
      long hash = HyperLogLog.hash(args.array(), args.offset(i), args.length(i));
      int register = HyperLogLog.registerOf(hash);
      int value = HyperLogLog.valueOf(hash);
      if (HyperLogLog.get(target, register) < value) {
        if (!changed && entry != null) {
          cx.db().edit(entry);
          changed = true;
        }
        HyperLogLog.raise(target, register, value, sparseBytes(cx));
      }
    }
    if (changed) {
      HyperLogLog.invalidate(target);
      record(cx, args, target, wasDense);
    }
    reply.integer(changed ? 1 : 0);
  }

  /**
   * {@code PFCOUNT key [key ...]} / how many elements, of all keys together / effects: PFCOUNT of a
   * single key whose cached count was stale / O(1), O(registers) for each key if nothing is cached.
   */
  private static void pfCount(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() > 2) {
      byte[] registers = new byte[HyperLogLog.REGISTERS];
      for (int i = 1; i < args.count(); i++) {
        StringValue string = valueOf(Typed.read(cx, args, i));
        if (string != null) {
          HyperLogLog.mergeInto(registers, string);
        }
      }
      reply.integer(HyperLogLog.estimate(registers));
      return;
    }
    Entry entry = Typed.read(cx, args, 1);
    StringValue string = valueOf(entry);
    if (entry == null || string == null) {
      reply.integer(0);
      return;
    }
    long count = HyperLogLog.cached(string);
    if (count < 0) {
      count = HyperLogLog.estimate(string);
      // A replica is what the log says: its own counting must leave no trace.
      if (cx.keyspaces().expiryMode() != ExpiryMode.REPLICA_READ) {
        cx.db().edit(entry);
        HyperLogLog.cache(string, count);
        cx.effects().record(cx.client().database, PFCOUNT, args.copy(1));
      }
    }
    reply.integer(count);
  }

  /**
   * {@code PFMERGE destination [source ...]} / OK / effects: verbatim, and PFDEBUG TODENSE if it
   * became dense / O(registers) for each key.
   */
  private void pfMerge(ExecutionContext cx, Args args, ReplyWriter reply) {
    byte[] registers = new byte[HyperLogLog.REGISTERS];
    boolean dense = false;
    for (int i = 1; i < args.count(); i++) {
      StringValue source = valueOf(Typed.read(cx, args, i));
      if (source != null) {
        dense |= HyperLogLog.isDense(source);
        HyperLogLog.mergeInto(registers, source);
      }
    }
    Entry entry = Typed.find(cx, args, 1);
    StringValue target = valueOf(entry);
    boolean wasDense = target != null && HyperLogLog.isDense(target);
    if (target == null || entry == null) {
      target = create(cx, args);
    } else {
      cx.db().edit(entry);
    }
    if (dense) {
      HyperLogLog.toDense(target);
    }
    for (int i = 0; i < registers.length; i++) {
      if (registers[i] > HyperLogLog.get(target, i)) {
        HyperLogLog.raise(target, i, registers[i], sparseBytes(cx));
      }
    }
    HyperLogLog.invalidate(target);
    record(cx, args, target, wasDense);
    reply.ok();
  }

  /**
   * {@code PFDEBUG GETREG|DECODE|ENCODING|TODENSE key} / registers, runs as text, the encoding,
   * whether it was sparse / effects: PFDEBUG TODENSE if it became dense / O(registers).
   */
  private static void pfDebug(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 2);
    if (entry == null) {
      throw NO_KEY;
    }
    StringValue string = valueOf(entry);
    if (string == null) {
      throw NO_KEY;
    }
    boolean dense = HyperLogLog.isDense(string);
    if (args.is(1, "GETREG")) {
      makeDense(cx, args, entry, string);
      reply.array(HyperLogLog.REGISTERS);
      for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
        reply.integer(HyperLogLog.get(string, i));
      }
    } else if (args.is(1, "DECODE")) {
      if (dense) {
        throw NOT_SPARSE;
      }
      reply.bulk(decoded(string));
    } else if (args.is(1, "ENCODING")) {
      reply.simple(dense ? "dense" : "sparse");
    } else if (args.is(1, "TODENSE")) {
      makeDense(cx, args, entry, string);
      reply.integer(dense ? 0 : 1);
    } else {
      throw CommandError.err("Unknown PFDEBUG subcommand '" + args.textToZero(1) + "'");
    }
  }

  private static void makeDense(ExecutionContext cx, Args args, Entry entry, StringValue string) {
    if (!HyperLogLog.isDense(string)) {
      cx.db().edit(entry);
      HyperLogLog.toDense(string);
      cx.effects().record(cx.client().database, PFDEBUG, TODENSE, args.copy(2));
    }
  }

  private static String decoded(StringValue string) {
    StringBuilder text = new StringBuilder();
    byte[] bytes = string.array();
    int[] at = {HyperLogLog.HEADER_BYTES};
    HyperLogLog.forEachRun(
        string,
        (first, count, value) -> {
          boolean isLong = value == 0 && (bytes[at[0]] & 0x40) != 0;
          if (value > 0) {
            text.append("v:").append(value).append(',').append(count).append(' ');
          } else {
            text.append(isLong ? "Z:" : "z:").append(count).append(' ');
          }
          at[0] += isLong ? 2 : 1;
        });
    return text.toString().strip();
  }

  /** {@code PFSELFTEST} / OK, or an error that says what is wrong / no effects. */
  private static void pfSelfTest(ExecutionContext cx, Args args, ReplyWriter reply) {
    StringValue sparse = HyperLogLog.empty();
    StringValue dense = HyperLogLog.empty();
    HyperLogLog.toDense(dense);
    SplittableRandom random = new SplittableRandom(1);
    byte[] element = new byte[Long.BYTES];
    for (int i = 1; i <= TESTED_ELEMENTS; i++) {
      random.nextBytes(element);
      long hash = HyperLogLog.hash(element, 0, element.length);
      int register = HyperLogLog.registerOf(hash);
      int value = HyperLogLog.valueOf(hash);
      for (StringValue tested : List.of(sparse, dense)) {
        if (HyperLogLog.get(tested, register) < value) {
          HyperLogLog.raise(tested, register, value, 3000);
        }
        if (HyperLogLog.get(tested, register) < value) {
          throw CommandError.err("TESTFAILED Register " + register + " should be " + value);
        }
      }
    }
    long count = HyperLogLog.estimate(dense);
    if (count != HyperLogLog.estimate(sparse)) {
      throw CommandError.err("TESTFAILED dense/sparse disagree");
    }
    if (Math.abs(count - TESTED_ELEMENTS) > TESTED_ELEMENTS * TOLERATED_ERROR) {
      throw CommandError.err("TESTFAILED Too big error. card:" + count);
    }
    reply.ok();
  }
}
