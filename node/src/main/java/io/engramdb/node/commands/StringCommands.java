package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.INSERT;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.KeyFlag.VARIABLE_FLAGS;
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
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * String commands: GET, SET and relatives.
 *
 * <p>Values: {@link StringValue}. LCS is in {@link LongestCommonSubsequence}. Upstream behaviour:
 * Redis {@code t_string.c}, tests {@code unit/type/string}, {@code unit/type/incr}. Differences
 * from upstream: LCS of two long strings needs a thirty-second of the memory.
 */
final class StringCommands implements CommandFamily {

  private static final CommandError TOO_LONG =
      CommandError.err("string exceeds maximum allowed size (proto-max-bulk-len)");
  private static final CommandError OFFSET_OUT_OF_RANGE =
      CommandError.err("offset is out of range");
  private static final CommandError OVERFLOW =
      CommandError.err("increment or decrement would overflow");
  private static final CommandError DECREMENT_OVERFLOW =
      CommandError.err("decrement would overflow");
  private static final CommandError NOT_FINITE =
      CommandError.err("increment would produce NaN or Infinity");

  private final ValueLimits limits;

  StringCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.STRING);
    List<KeySpec> read = key(RO, ACCESS);
    List<KeySpec> readAll = List.of(KeySpec.keys(1, -1, 1).with(RO, ACCESS));
    table.read("get", "1.0.0", 2, read, StringCommands::get).flags(FAST).add();
    table.read("getrange", "2.4.0", 4, read, StringCommands::getRange).add();
    table.read("substr", "1.0.0", 4, read, StringCommands::getRange).add();
    table.read("strlen", "2.2.0", 2, key(RO), StringCommands::strLen).flags(FAST).add();
    table.read("mget", "1.0.0", -2, readAll, StringCommands::mGet).flags(FAST).add();
    List<KeySpec> pair = List.of(KeySpec.keys(1, 2, 1).with(RO, ACCESS));
    table.read("lcs", "7.0.0", -3, pair, LongestCommonSubsequence::lcs).add();

    List<KeySpec> variable = key(RW, ACCESS, UPDATE, VARIABLE_FLAGS);
    table.write("set", "1.0.0", -3, variable, EFFECTS, StringCommands::set).flags(DENYOOM).add();
    List<KeySpec> over = key(OW, UPDATE);
    table
        .write("setnx", "1.0.0", 3, key(OW, INSERT), VERBATIM, StringCommands::setNx)
        .flags(DENYOOM, FAST)
        .add();
    table.write("setex", "2.0.0", 4, over, EFFECTS, StringCommands::setEx).flags(DENYOOM).add();
    table.write("psetex", "2.6.0", 4, over, EFFECTS, StringCommands::pSetEx).flags(DENYOOM).add();
    List<KeySpec> pairs = List.of(KeySpec.keys(1, -1, 2).with(OW, UPDATE));
    List<KeySpec> newPairs = List.of(KeySpec.keys(1, -1, 2).with(OW, INSERT));
    table.write("mset", "1.0.1", -3, pairs, VERBATIM, StringCommands::mSet).flags(DENYOOM).add();
    table
        .write("msetnx", "1.0.1", -3, newPairs, VERBATIM, StringCommands::mSetNx)
        .flags(DENYOOM)
        .add();
    List<KeySpec> exchange = key(RW, ACCESS, UPDATE);
    table
        .write("getset", "1.0.0", 3, exchange, VERBATIM, StringCommands::getSet)
        .flags(DENYOOM, FAST)
        .add();
    table.write("getex", "6.2.0", -2, exchange, EFFECTS, StringCommands::getEx).flags(FAST).add();
    table
        .write("getdel", "6.2.0", 2, key(RW, ACCESS, DELETE), VERBATIM, StringCommands::getDel)
        .flags(FAST)
        .add();
    table
        .write("append", "2.0.0", 3, key(RW, INSERT), VERBATIM, this::append)
        .flags(DENYOOM, FAST)
        .add();
    table
        .write("setrange", "2.2.0", 4, key(RW, UPDATE), VERBATIM, this::setRange)
        .flags(DENYOOM)
        .add();
    registerCounters(table);
  }

  private static void registerCounters(CommandTable.Builder table) {
    List<KeySpec> count = key(RW, ACCESS, UPDATE);
    table
        .write("incr", "1.0.0", 2, count, VERBATIM, StringCommands::incr)
        .flags(DENYOOM, FAST)
        .add();
    table
        .write("decr", "1.0.0", 2, count, VERBATIM, StringCommands::decr)
        .flags(DENYOOM, FAST)
        .add();
    table
        .write("incrby", "1.0.0", 3, count, VERBATIM, StringCommands::incrBy)
        .flags(DENYOOM, FAST)
        .add();
    table
        .write("decrby", "1.0.0", 3, count, VERBATIM, StringCommands::decrBy)
        .flags(DENYOOM, FAST)
        .add();
    table
        .write("incrbyfloat", "2.6.0", 3, count, EFFECTS, StringCommands::incrByFloat)
        .flags(DENYOOM, FAST)
        .add();
  }

  // --- reading

  /** {@code GET key} / bulk, null if absent / no effects / O(1). */
  private static void get(ExecutionContext cx, Args args, ReplyWriter reply) {
    replyWith(Typed.string(Typed.read(cx, args, 1)), reply);
  }

  private static void replyWith(@Nullable StringValue string, ReplyWriter reply) {
    if (string == null) {
      reply.nil();
    } else {
      reply.bulk(string.array(), 0, string.length());
    }
  }

  /** {@code MGET key ...} / array of bulk or null (absent, other type) / no effects / O(keys). */
  private static void mGet(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply.array(args.count() - 1);
    for (int i = 1; i < args.count(); i++) {
      Entry entry = Typed.read(cx, args, i);
      boolean isString = entry != null && entry.value() instanceof StringValue;
      replyWith(isString ? Typed.string(entry) : null, reply);
    }
  }

  /** {@code STRLEN key} / integer, 0 if absent / no effects / O(1). */
  private static void strLen(ExecutionContext cx, Args args, ReplyWriter reply) {
    StringValue string = Typed.string(Typed.read(cx, args, 1));
    reply.integer(string == null ? 0 : string.length());
  }

  /**
   * {@code GETRANGE key start end}, {@code SUBSTR}: ends included, negative from the end / bulk /
   * no effects / O(bytes returned).
   */
  private static void getRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    long start = args.longAt(2);
    long end = args.longAt(3);
    StringValue string = Typed.string(Typed.read(cx, args, 1));
    if (string == null || (start < 0 && end < 0 && start > end)) {
      reply.bulk(args.array(), 0, 0);
      return;
    }
    int length = string.length();
    long first = Math.max(0, start < 0 ? length + start : start);
    long last = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
    if (first > last || length == 0) {
      reply.bulk(args.array(), 0, 0);
    } else {
      reply.bulk(string.array(), (int) first, (int) (last - first + 1));
    }
  }

  // --- setting

  /** Sets the value of a key, present or not; the expiry stays as it is. */
  private static Entry store(ExecutionContext cx, @Nullable Entry entry, Args args, int valueWord) {
    byte[] array = args.array();
    int offset = args.offset(valueWord);
    int length = args.length(valueWord);
    if (entry == null) {
      StringValue value = new StringValue(array, offset, length);
      return cx.db().add(array, args.offset(1), args.length(1), value);
    }
    if (entry.value() instanceof StringValue present) {
      cx.db().edit(entry);
      present.assign(array, offset, length);
    } else {
      cx.db().replace(entry, new StringValue(array, offset, length));
    }
    return entry;
  }

  /**
   * {@code SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]} / OK, null if the
   * condition fails; with GET the old value or null / effects: {@code SET key value [PXAT
   * ms|KEEPTTL]} / O(1).
   */
  private static void set(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() == 3) {
      Entry entry = store(cx, Typed.find(cx, args, 1), args, 2);
      cx.db().clearExpiry(entry);
      recordSet(cx, args, 2, SetOptions.NO_TIME, false);
      reply.ok();
      return;
    }
    SetOptions options = SetOptions.ofSet(cx, args);
    Entry entry = options.get ? Typed.read(cx, args, 1) : Typed.find(cx, args, 1);
    if (options.get) {
      replyWith(Typed.string(entry), reply);
    }
    if (entry == null ? options.onlyIfPresent : options.onlyIfAbsent) {
      if (!options.get) {
        reply.nil();
      }
      return;
    }
    Entry stored = store(cx, entry, args, 2);
    if (options.expireAtMs != SetOptions.NO_TIME) {
      cx.db().expireAt(stored, options.expireAtMs);
    } else if (!options.keepTtl) {
      cx.db().clearExpiry(stored);
    }
    recordSet(cx, args, 2, options.expireAtMs, options.keepTtl);
    if (!options.get) {
      reply.ok();
    }
  }

  private static void recordSet(
      ExecutionContext cx, Args args, int valueWord, long expireAtMs, boolean keepTtl) {
    boolean expires = expireAtMs != SetOptions.NO_TIME;
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.SET, expires ? 4 : keepTtl ? 3 : 2);
    effects.argument(args, 1);
    effects.argument(args, valueWord);
    if (expires) {
      effects.argument(EffectWords.PXAT);
      effects.argument(expireAtMs);
    } else if (keepTtl) {
      effects.argument(EffectWords.KEEPTTL);
    }
  }

  /** {@code SETNX key value} / 1 or 0 / effects: verbatim if set / O(1). */
  private static void setNx(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (Typed.find(cx, args, 1) != null) {
      reply.integer(0);
      return;
    }
    store(cx, null, args, 2);
    reply.integer(1);
  }

  /** {@code SETEX key seconds value} / OK / effects: {@code SET key value PXAT ms} / O(1). */
  private static void setEx(ExecutionContext cx, Args args, ReplyWriter reply) {
    setWithTime(cx, args, ExpireTime.positive(args, 2, true, cx.nowMs(), "setex"), reply);
  }

  /** {@code PSETEX key ms value} / OK / effects: {@code SET key value PXAT ms} / O(1). */
  private static void pSetEx(ExecutionContext cx, Args args, ReplyWriter reply) {
    setWithTime(cx, args, ExpireTime.positive(args, 2, false, cx.nowMs(), "psetex"), reply);
  }

  private static void setWithTime(
      ExecutionContext cx, Args args, long expireAtMs, ReplyWriter reply) {
    Entry entry = store(cx, Typed.find(cx, args, 1), args, 3);
    cx.db().expireAt(entry, expireAtMs);
    recordSet(cx, args, 3, expireAtMs, false);
    reply.ok();
  }

  /** {@code MSET key value ...} / OK / effects: verbatim / O(keys). */
  private static void mSet(ExecutionContext cx, Args args, ReplyWriter reply) {
    checkPairs(args, "mset");
    storePairs(cx, args);
    reply.ok();
  }

  /** {@code MSETNX key value ...} / 1, 0 if any key exists / effects: verbatim if 1 / O(keys). */
  private static void mSetNx(ExecutionContext cx, Args args, ReplyWriter reply) {
    checkPairs(args, "msetnx");
    for (int i = 1; i < args.count(); i += 2) {
      if (Typed.find(cx, args, i) != null) {
        reply.integer(0);
        return;
      }
    }
    storePairs(cx, args);
    reply.integer(1);
  }

  private static void checkPairs(Args args, String command) {
    if (args.count() % 2 == 0) {
      throw CommandError.arity(command);
    }
  }

  private static void storePairs(ExecutionContext cx, Args args) {
    byte[] array = args.array();
    for (int i = 1; i < args.count(); i += 2) {
      int offset = args.offset(i + 1);
      int length = args.length(i + 1);
      Entry entry = Typed.find(cx, args, i);
      if (entry != null && entry.value() instanceof StringValue present) {
        cx.db().edit(entry);
        present.assign(array, offset, length);
        cx.db().clearExpiry(entry);
      } else if (entry != null) {
        cx.db().replace(entry, new StringValue(array, offset, length));
        cx.db().clearExpiry(entry);
      } else {
        StringValue value = new StringValue(array, offset, length);
        cx.db().add(array, args.offset(i), args.length(i), value);
      }
    }
  }

  // --- reading and changing at once

  /** {@code GETSET key value} / old value or null / effects: verbatim / O(1). */
  private static void getSet(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.read(cx, args, 1);
    replyWith(Typed.string(entry), reply);
    cx.db().clearExpiry(store(cx, entry, args, 2));
  }

  /** {@code GETDEL key} / the value or null / effects: verbatim if present / O(1). */
  private static void getDel(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.read(cx, args, 1);
    replyWith(Typed.string(entry), reply);
    if (entry != null) {
      cx.db().remove(entry);
    }
  }

  /**
   * {@code GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST]} / the value or null / effects: {@code
   * PEXPIREAT}, {@code PERSIST}, or {@code DEL} for a time that has passed / O(1).
   */
  private static void getEx(ExecutionContext cx, Args args, ReplyWriter reply) {
    SetOptions options = SetOptions.ofGetEx(args);
    Entry entry = Typed.read(cx, args, 1);
    StringValue string = Typed.string(entry);
    if (entry == null) {
      reply.nil();
      return;
    }
    options.resolveGetExTime(cx, args);
    replyWith(string, reply);
    if (options.expireAtMs != SetOptions.NO_TIME) {
      if (options.absoluteTime && options.expireAtMs <= cx.nowMs() && !cx.replaying()) {
        EffectWords.delete(cx, args, 1);
        cx.db().remove(entry);
      } else {
        EffectWords.expireAt(cx, args, 1, options.expireAtMs);
        cx.db().expireAt(entry, options.expireAtMs);
      }
    } else if (options.persist && cx.db().clearExpiry(entry)) {
      cx.effects().begin(cx.db().index(), EffectWords.PERSIST, 1);
      cx.effects().argument(args, 1);
    }
  }

  // --- parts of a string

  /** {@code APPEND key value} / new length / effects: verbatim / O(bytes), amortised. */
  private void append(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StringValue string = Typed.string(entry);
    int added = args.length(2);
    if (entry == null || string == null) {
      checkLength(cx, added);
      store(cx, null, args, 2);
      reply.integer(added);
      return;
    }
    checkLength(cx, (long) string.length() + added);
    cx.db().edit(entry);
    string.append(args.array(), args.offset(2), added);
    reply.integer(string.length());
  }

  /**
   * {@code SETRANGE key offset value} / new length / effects: verbatim if the value has bytes /
   * O(bytes), first growth O(offset).
   */
  private void setRange(ExecutionContext cx, Args args, ReplyWriter reply) {
    long offset = args.longAt(2);
    if (offset < 0) {
      throw OFFSET_OUT_OF_RANGE;
    }
    Entry entry = Typed.find(cx, args, 1);
    StringValue string = Typed.string(entry);
    int written = args.length(3);
    if (written == 0) {
      reply.integer(string == null ? 0 : string.length());
      return;
    }
    checkLength(cx, offset > Long.MAX_VALUE - written ? Long.MAX_VALUE : offset + written);
    if (entry == null || string == null) {
      string = StringValue.zeros((int) offset + written);
      entry = cx.db().add(args.array(), args.offset(1), args.length(1), string);
    } else {
      cx.db().edit(entry);
    }
    string.writeAt((int) offset, args.array(), args.offset(3), written);
    reply.integer(string.length());
  }

  /** A committed effect is never refused: the limit may have been another when it was executed. */
  private void checkLength(ExecutionContext cx, long length) {
    if (length > Math.min(limits.stringBytes, StringValue.MAX_BYTES) && !cx.replaying()) {
      throw TOO_LONG;
    }
  }

  // --- counters

  /** {@code INCR key} / new value / effects: verbatim / O(1). */
  private static void incr(ExecutionContext cx, Args args, ReplyWriter reply) {
    add(cx, args, 1, reply);
  }

  /** {@code DECR key} / new value / effects: verbatim / O(1). */
  private static void decr(ExecutionContext cx, Args args, ReplyWriter reply) {
    add(cx, args, -1, reply);
  }

  /** {@code INCRBY key increment} / new value / effects: verbatim / O(1). */
  private static void incrBy(ExecutionContext cx, Args args, ReplyWriter reply) {
    add(cx, args, args.longAt(2), reply);
  }

  /** {@code DECRBY key decrement} / new value / effects: verbatim / O(1). */
  private static void decrBy(ExecutionContext cx, Args args, ReplyWriter reply) {
    long decrement = args.longAt(2);
    if (decrement == Long.MIN_VALUE) {
      throw DECREMENT_OVERFLOW;
    }
    add(cx, args, -decrement, reply);
  }

  private static void add(ExecutionContext cx, Args args, long increment, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StringValue string = Typed.string(entry);
    long old = 0;
    if (string != null) {
      if (!string.isLong()) {
        throw CommandError.NOT_AN_INTEGER;
      }
      old = string.longValue();
    }
    long sum = old + increment;
    if (((old ^ sum) & (increment ^ sum)) < 0) {
      throw OVERFLOW;
    }
    if (entry == null || string == null) {
      cx.db().add(args.array(), args.offset(1), args.length(1), StringValue.ofLong(sum));
    } else {
      cx.db().edit(entry);
      string.assignLong(sum);
    }
    reply.integer(sum);
  }

  /**
   * {@code INCRBYFLOAT key increment} / new value / effects: {@code SET key new KEEPTTL} / O(1).
   */
  private static void incrByFloat(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    StringValue string = Typed.string(entry);
    BigDecimal old = BigDecimal.ZERO;
    boolean infinite = false;
    if (string != null) {
      var parsed = ExtendedFloat.parse(string.array(), 0, string.length());
      infinite = parsed.kind() == ExtendedFloat.Kind.INFINITE;
      old = finite(parsed);
    }
    var increment = ExtendedFloat.parse(args.array(), args.offset(2), args.length(2));
    infinite |= increment.kind() == ExtendedFloat.Kind.INFINITE;
    BigDecimal addend = finite(increment);
    BigDecimal sum = infinite ? null : ExtendedFloat.add(old, addend);
    if (sum == null) {
      throw NOT_FINITE;
    }
    byte[] text = ExtendedFloat.text(sum);
    if (entry == null || string == null) {
      string = new StringValue(text, 0, text.length);
      string.assignText(text);
      cx.db().add(args.array(), args.offset(1), args.length(1), string);
    } else {
      cx.db().edit(entry);
      string.assignText(text);
    }
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.SET, 3);
    effects.argument(args, 1);
    effects.argument(text);
    effects.argument(EffectWords.KEEPTTL);
    reply.bulk(text);
  }

  private static BigDecimal finite(ExtendedFloat.Parsed parsed) {
    if (parsed.kind() == ExtendedFloat.Kind.INVALID) {
      throw CommandError.NOT_A_FLOAT;
    }
    BigDecimal value = parsed.value();
    return value == null ? BigDecimal.ZERO : value;
  }
}
