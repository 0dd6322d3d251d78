package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.EFFECTS;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hash commands: HGET, HSET and relatives.
 *
 * <p>Values: {@link HashValue}. Upstream behaviour: Redis {@code t_hash.c}, tests {@code
 * unit/type/hash}. Differences from upstream: HRANDFIELD with repetition answers an error above a
 * million fields or 512 MiB.
 */
final class HashCommands implements CommandFamily {

  private static final CommandError NOT_AN_INTEGER =
      CommandError.err("hash value is not an integer");
  private static final CommandError NOT_A_FLOAT = CommandError.err("hash value is not a float");
  private static final CommandError OVERFLOW =
      CommandError.err("increment or decrement would overflow");
  private static final CommandError NOT_FINITE = CommandError.err("value is NaN or Infinity");
  private static final CommandError SUM_NOT_FINITE =
      CommandError.err("increment would produce NaN or Infinity");
  private static final CommandError COUNT_OUT_OF_RANGE =
      CommandError.err(
          "value is out of range, value must between "
              + -Long.MAX_VALUE
              + " and "
              + Long.MAX_VALUE);

  /** Fields that HRANDFIELD returns with repetition at most; each one takes the shard's time. */
  private static final int MAX_REPEATED_FIELDS = 1_000_000;

  /** Size of a reply of HRANDFIELD with repetition at most. */
  private static final int MAX_REPEATED_BYTES = 512 << 20;

  private final ValueLimits limits;

  HashCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    List<KeySpec> read = key(RO, ACCESS);
    table.read("hget", "2.0.0", 3, read, HashCommands::hGet).flags(FAST).add();
    table.read("hmget", "2.0.0", -3, read, HashCommands::hMGet).flags(FAST).add();
    table.read("hgetall", "2.0.0", 2, read, HashCommands::hGetAll).add();
    table.read("hkeys", "2.0.0", 2, read, HashCommands::hKeys).add();
    table.read("hvals", "2.0.0", 2, read, HashCommands::hVals).add();
    table.read("hlen", "2.0.0", 2, key(RO), HashCommands::hLen).flags(FAST).add();
    table.read("hexists", "2.0.0", 3, key(RO), HashCommands::hExists).flags(FAST).add();
    table.read("hstrlen", "3.2.0", 3, key(RO), HashCommands::hStrLen).flags(FAST).add();
    table.read("hrandfield", "6.2.0", -2, read, HashCommands::hRandField).add();
    table.read("hscan", "2.8.0", -3, read, HashCommands::hScan).add();

    List<KeySpec> update = key(RW, UPDATE);
    table.write("hset", "2.0.0", -4, update, VERBATIM, this::hSet).flags(DENYOOM, FAST).add();
    table.write("hmset", "2.0.0", -4, update, VERBATIM, this::hMSet).flags(DENYOOM, FAST).add();
    table
        .write("hsetnx", "2.0.0", 4, key(RW, INSERT), VERBATIM, this::hSetNx)
        .flags(DENYOOM, FAST)
        .add();
    table
        .write("hdel", "2.0.0", -3, key(RW, DELETE), VERBATIM, HashCommands::hDel)
        .flags(FAST)
        .add();
    List<KeySpec> count = key(RW, ACCESS, UPDATE);
    table.write("hincrby", "2.0.0", 4, count, VERBATIM, this::hIncrBy).flags(DENYOOM, FAST).add();
    table
        .write("hincrbyfloat", "2.6.0", 4, count, EFFECTS, this::hIncrByFloat)
        .flags(DENYOOM, FAST)
        .add();
  }

  // --- reading

  private static @Nullable HashValue read(ExecutionContext cx, Args args) {
    return Typed.hash(Typed.read(cx, args, 1));
  }

  private static void replyWith(@Nullable ByteRange range, ReplyWriter reply) {
    if (range == null) {
      reply.nil();
    } else {
      reply.bulk(range.array(), range.offset(), range.length());
    }
  }

  /** {@code HGET key field} / bulk, null if absent / no effects / O(1). */
  private static void hGet(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    replyWith(hash == null ? null : hash.get(Typed.range(args, 2)), reply);
  }

  /** {@code HMGET key field ...} / array of bulk or null / no effects / O(fields asked for). */
  private static void hMGet(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      replyWith(hash == null ? null : hash.get(Typed.range(args, i)), reply);
    }
  }

  /** {@code HGETALL key} / map / no effects / O(fields). */
  private static void hGetAll(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    reply.map(hash == null ? 0 : hash.size());
    if (hash != null) {
      hash.forEach(pairs(reply));
    }
  }

  private static BiConsumer<ByteRange, ByteRange> pairs(ReplyWriter reply) {
    return (name, value) -> {
      replyWith(name, reply);
      replyWith(value, reply);
    };
  }

  /** {@code HKEYS key} / array of names / no effects / O(fields). */
  private static void hKeys(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    reply.array(hash == null ? 0 : hash.size());
    if (hash != null) {
      hash.forEach((name, value) -> replyWith(name, reply));
    }
  }

  /** {@code HVALS key} / array of values / no effects / O(fields). */
  private static void hVals(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    reply.array(hash == null ? 0 : hash.size());
    if (hash != null) {
      hash.forEach((name, value) -> replyWith(value, reply));
    }
  }

  /** {@code HLEN key} / integer / no effects / O(1). */
  private static void hLen(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    reply.integer(hash == null ? 0 : hash.size());
  }

  /** {@code HEXISTS key field} / 1 or 0 / no effects / O(1). */
  private static void hExists(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    reply.integer(hash != null && hash.contains(Typed.range(args, 2)) ? 1 : 0);
  }

  /** {@code HSTRLEN key field} / integer, 0 if absent / no effects / O(1). */
  private static void hStrLen(ExecutionContext cx, Args args, ReplyWriter reply) {
    HashValue hash = read(cx, args);
    ByteRange value = hash == null ? null : hash.get(Typed.range(args, 2));
    reply.integer(value == null ? 0 : value.length());
  }

  /**
   * {@code HRANDFIELD key [count [WITHVALUES]]} / bulk or null; with a count an array (of pairs
   * under RESP3, flat under RESP2), negative: with repetition / no effects / O(count), or O(fields)
   * where most are wanted.
   */
  private static void hRandField(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() == 2) {
      HashValue hash = read(cx, args);
      if (hash == null) {
        reply.nil();
      } else {
        hash.visitRandom(cx.random(), (name, value) -> replyWith(name, reply));
      }
      return;
    }
    long count = args.longInRange(2, -Long.MAX_VALUE, Long.MAX_VALUE, COUNT_OUT_OF_RANGE);
    boolean withValues = args.count() == 4 && args.is(3, "WITHVALUES");
    if (args.count() > 3 && !withValues) {
      throw CommandError.SYNTAX;
    }
    if (withValues && Math.abs(count) > Long.MAX_VALUE / 2) {
      throw CommandError.OUT_OF_RANGE;
    }
    HashValue hash = read(cx, args);
    int mark = reply.beginArray();
    int[] elements = {0};
    if (hash != null && count != 0) {
      BiConsumer<ByteRange, ByteRange> visitor = chosen(withValues, reply, elements);
      if (count > 0) {
        visitDifferent(cx, hash, count, visitor);
      } else {
        visitRepeatedly(cx, hash, -count, visitor, reply);
      }
    }
    reply.endArray(mark, elements[0]);
  }

  private static BiConsumer<ByteRange, ByteRange> chosen(
      boolean withValues, ReplyWriter reply, int[] elements) {
    return (name, value) -> {
      boolean nested = withValues && reply.protocol() == 3;
      if (nested) {
        reply.array(2);
      }
      replyWith(name, reply);
      if (withValues) {
        replyWith(value, reply);
      }
      elements[0] += withValues && !nested ? 2 : 1;
    };
  }

  private static void visitDifferent(
      ExecutionContext cx, HashValue hash, long count, BiConsumer<ByteRange, ByteRange> visitor) {
    if (count >= hash.size()) {
      hash.forEach(visitor);
    } else {
      hash.visitSample((int) count, cx.random(), visitor);
    }
  }

  private static void visitRepeatedly(
      ExecutionContext cx,
      HashValue hash,
      long count,
      BiConsumer<ByteRange, ByteRange> visitor,
      ReplyWriter reply) {
    if (count > MAX_REPEATED_FIELDS) {
      throw CommandError.OUT_OF_RANGE;
    }
    int start = reply.mark();
    for (long i = 0; i < count; i++) {
      hash.visitRandom(cx.random(), visitor);
      if (reply.mark() - start > MAX_REPEATED_BYTES) {
        throw CommandError.OUT_OF_RANGE;
      }
    }
  }

  /**
   * {@code HSCAN key cursor [MATCH pattern] [COUNT n]} / next cursor and an array of names and
   * values / no effects / O(n), a packed hash whole.
   */
  private static void hScan(ExecutionContext cx, Args args, ReplyWriter reply) {
    ScanOptions scan = ScanOptions.at(args, 2);
    HashValue hash = read(cx, args);
    if (hash != null) {
      scan.options(args, 3, false);
    }
    reply.array(2);
    if (hash == null) {
      reply.bulk(0);
      reply.array(0);
      return;
    }
    List<ByteRange> found = new ArrayList<>();
    BiConsumer<ByteRange, ByteRange> visitor =
        (name, value) -> {
          if (scan.matches(name.array(), name.offset(), name.length())) {
            found.add(name);
            found.add(value);
          }
        };
    long cursor = scan.cursor;
    long visits = scan.maxVisits();
    do {
      cursor = hash.scan(cursor, visitor);
      visits--;
    } while (cursor != 0 && visits > 0 && found.size() / 2 < scan.count);
    reply.bulk(Long.toUnsignedString(cursor));
    reply.array(found.size());
    for (ByteRange range : found) {
      replyWith(range, reply);
    }
  }

  // --- changing

  /** The hash to change, announced as edited; made and added if there is none. */
  static HashValue edit(ExecutionContext cx, Args args, @Nullable Entry entry) {
    if (entry != null) {
      HashValue hash = (HashValue) entry.value();
      cx.db().edit(entry);
      return hash;
    }
    HashValue hash = new HashValue();
    Entry added = cx.db().add(args.array(), args.offset(1), args.length(1), hash);
    cx.db().edit(added);
    return hash;
  }

  /** The entry of the hash at word 1; WRONGTYPE for another type. */
  private static @Nullable Entry find(ExecutionContext cx, Args args) {
    Entry entry = Typed.find(cx, args, 1);
    Typed.hash(entry);
    return entry;
  }

  /** {@code HSET key field value ...} / number of new fields / effects: verbatim / O(fields). */
  private void hSet(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply.integer(setAll(cx, args, "hset"));
  }

  /** {@code HMSET key field value ...} / OK / effects: verbatim / O(fields). */
  private void hMSet(ExecutionContext cx, Args args, ReplyWriter reply) {
    setAll(cx, args, "hmset");
    reply.ok();
  }

  private int setAll(ExecutionContext cx, Args args, String command) {
    if (args.count() % 2 != 0) {
      throw CommandError.arity(command);
    }
    HashValue hash = edit(cx, args, find(cx, args));
    hash.expect((args.count() - 2) / 2, bytesFrom(args, 2), limits);
    int added = 0;
    for (int i = 2; i < args.count(); i += 2) {
      if (hash.put(Typed.range(args, i), Typed.range(args, i + 1), limits)) {
        added++;
      }
    }
    return added;
  }

  private static long bytesFrom(Args args, int word) {
    long bytes = 0;
    for (int i = word; i < args.count(); i++) {
      bytes += args.length(i);
    }
    return bytes;
  }

  /** {@code HSETNX key field value} / 1 or 0 / effects: verbatim if set / O(1). */
  private void hSetNx(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = find(cx, args);
    HashValue present = Typed.hash(entry);
    if (present != null && present.contains(Typed.range(args, 2))) {
      reply.integer(0);
      return;
    }
    edit(cx, args, entry).put(Typed.range(args, 2), Typed.range(args, 3), limits);
    reply.integer(1);
  }

  /**
   * {@code HDEL key field ...} / number of removed fields / effects: verbatim if any / O(fields
   * named).
   */
  private static void hDel(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = find(cx, args);
    HashValue hash = Typed.hash(entry);
    int removed = 0;
    if (entry != null && hash != null) {
      for (int i = 2; i < args.count() && hash.size() > 0; i++) {
        ByteRange name = Typed.range(args, i);
        if (removed == 0 && hash.contains(name)) {
          cx.db().edit(entry);
        }
        if (hash.remove(name)) {
          removed++;
        }
      }
      if (hash.size() == 0) {
        cx.db().remove(entry);
      }
    }
    reply.integer(removed);
  }

  /** {@code HINCRBY key field increment} / new value / effects: verbatim / O(1). */
  private void hIncrBy(ExecutionContext cx, Args args, ReplyWriter reply) {
    long increment = args.longAt(3);
    Entry entry = find(cx, args);
    HashValue hash = Typed.hash(entry);
    ByteRange present = hash == null ? null : hash.get(Typed.range(args, 2));
    long old = 0;
    if (present != null) {
      if (!Numbers.isLong(present.array(), present.offset(), present.length())) {
        throw NOT_AN_INTEGER;
      }
      old = Numbers.parseLong(present.array(), present.offset(), present.length());
    }
    long sum = old + increment;
    if (((old ^ sum) & (increment ^ sum)) < 0) {
      throw OVERFLOW;
    }
    ByteRange value = ByteRange.of(Numbers.bytes(sum));
    edit(cx, args, entry).putKeepingExpiry(Typed.range(args, 2), value, limits);
    reply.integer(sum);
  }

  /**
   * {@code HINCRBYFLOAT key field increment} / new value / effects: {@code HSET key field new}, or
   * {@code HSETEX key KEEPTTL FIELDS 1 field new} if it expires / O(1).
   */
  private void hIncrByFloat(ExecutionContext cx, Args args, ReplyWriter reply) {
    var increment = ExtendedFloat.parse(args.array(), args.offset(3), args.length(3));
    if (increment.kind() == ExtendedFloat.Kind.INVALID) {
      throw CommandError.NOT_A_FLOAT;
    }
    BigDecimal addend = increment.value();
    if (addend == null) {
      throw NOT_FINITE;
    }
    Entry entry = find(cx, args);
    HashValue hash = Typed.hash(entry);
    ByteRange present = hash == null ? null : hash.get(Typed.range(args, 2));
    BigDecimal sum = ExtendedFloat.add(floatOf(present), addend);
    if (sum == null) {
      throw SUM_NOT_FINITE;
    }
    byte[] text = ExtendedFloat.text(sum);
    HashValue changed = edit(cx, args, entry);
    changed.putKeepingExpiry(Typed.range(args, 2), ByteRange.of(text), limits);
    recordFloat(cx, args, text, changed.expireAtMs(Typed.range(args, 2)) >= 0);
    reply.bulk(text);
  }

  private static void recordFloat(
      ExecutionContext cx, Args args, byte[] text, boolean keepsExpiry) {
    var effects = cx.effects();
    if (keepsExpiry) {
      effects.begin(cx.db().index(), EffectWords.HSETEX, 6);
      effects.argument(args, 1);
      effects.argument(EffectWords.KEEPTTL);
      effects.argument(EffectWords.FIELDS);
      effects.argument(1);
    } else {
      effects.begin(cx.db().index(), EffectWords.HSET, 3);
      effects.argument(args, 1);
    }
    effects.argument(args, 2);
    effects.argument(text);
  }

  private static BigDecimal floatOf(@Nullable ByteRange range) {
    if (range == null) {
      return BigDecimal.ZERO;
    }
    var parsed = ExtendedFloat.parse(range.array(), range.offset(), range.length());
    if (parsed.kind() == ExtendedFloat.Kind.INVALID) {
      throw NOT_A_FLOAT;
    }
    BigDecimal value = parsed.value();
    if (value == null) {
      throw SUM_NOT_FINITE;
    }
    return value;
  }
}
