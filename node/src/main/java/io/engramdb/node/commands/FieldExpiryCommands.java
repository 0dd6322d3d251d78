package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.DELETE;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.EFFECTS;
import static io.engramdb.node.command.Replication.VERBATIM;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Expiry of single fields of a hash: HEXPIRE, HTTL, HGETEX, HSETEX and relatives.
 *
 * <p>Values: {@link HashValue}. Upstream behaviour: Redis 7.4 and 8, {@code t_hash.c}. Fields whose
 * time has passed are removed by the keyspace, before a handler sees the hash; a time that has
 * passed when it is set removes at once.
 */
final class FieldExpiryCommands implements CommandFamily {

  static final CommandError FIELDS_MISSING =
      CommandError.err("Mandatory argument FIELDS is missing or not at the right position");
  private static final CommandError COUNT_NOT_POSITIVE =
      CommandError.err("Number of fields must be a positive integer");
  private static final CommandError COUNT_TOO_SMALL =
      CommandError.err("Parameter `numFields` should be greater than 0");
  private static final CommandError COUNT_DIFFERS =
      CommandError.err("The `numfields` parameter must match the number of arguments");

  /** What HEXPIRE and HPERSIST answer for a field. */
  private static final int NOT_THERE = -2;

  private static final int PERMANENT = -1;
  private static final int REFUSED = 0;
  private static final int DONE = 1;
  private static final int REMOVED = 2;

  private final ValueLimits limits;

  FieldExpiryCommands(ValueLimits limits) {
    this.limits = limits;
  }

  private static List<KeySpec> key(KeyFlag... flags) {
    return List.of(KeySpec.key(1).with(flags));
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    expiring(table, "hexpire", (cx, args, reply) -> expire(cx, args, reply, true, true));
    expiring(table, "hpexpire", (cx, args, reply) -> expire(cx, args, reply, false, true));
    expiring(table, "hexpireat", (cx, args, reply) -> expire(cx, args, reply, true, false));
    expiring(table, "hpexpireat", (cx, args, reply) -> expire(cx, args, reply, false, false));
    telling(table, "httl", (cx, args, reply) -> tell(cx, args, reply, true, true));
    telling(table, "hpttl", (cx, args, reply) -> tell(cx, args, reply, false, true));
    telling(table, "hexpiretime", (cx, args, reply) -> tell(cx, args, reply, true, false));
    telling(table, "hpexpiretime", (cx, args, reply) -> tell(cx, args, reply, false, false));
    List<KeySpec> update = key(RW, UPDATE);
    table
        .write("hpersist", "7.4.0", -5, update, VERBATIM, FieldExpiryCommands::persist)
        .flags(FAST)
        .add();
    List<KeySpec> take = key(RW, ACCESS, DELETE);
    table
        .write("hgetdel", "8.0.0", -5, take, VERBATIM, FieldExpiryCommands::getDel)
        .flags(FAST)
        .add();
    List<KeySpec> touch = key(RW, ACCESS, UPDATE);
    table
        .write("hgetex", "8.0.0", -5, touch, EFFECTS, FieldExpiryCommands::getEx)
        .flags(FAST)
        .add();
    table.write("hsetex", "8.0.0", -6, update, EFFECTS, this::setEx).flags(DENYOOM, FAST).add();
  }

  private static void expiring(CommandTable.Builder table, String name, CommandHandler handler) {
    table.write(name, "7.4.0", -6, key(RW, UPDATE), EFFECTS, handler).flags(DENYOOM, FAST).add();
  }

  private static void telling(CommandTable.Builder table, String name, CommandHandler handler) {
    table.read(name, "7.4.0", -5, key(RO, ACCESS), handler).flags(FAST).add();
  }

  // --- words

  /** Word of the first field: all behind it are fields, as many as the word before it says. */
  private static int firstField(Args args, int fieldsWord, CommandError countError) {
    if (fieldsWord + 1 >= args.count() || !args.is(fieldsWord, "FIELDS")) {
      throw FIELDS_MISSING;
    }
    long count = args.longAt(fieldsWord + 1, countError);
    if (count < 1) {
      throw countError;
    }
    if (count != args.count() - fieldsWord - 2) {
      throw COUNT_DIFFERS;
    }
    return fieldsWord + 2;
  }

  /** A condition on the present expiry of a field. */
  private enum Condition {
    NONE,
    NX,
    XX,
    GT,
    LT;

    static Condition at(Args args, int word) {
      for (Condition condition : values()) {
        if (condition != NONE && args.is(word, condition.name())) {
          return condition;
        }
      }
      return NONE;
    }

    /** Whether a field with the present expiry may get another. None counts as infinitely late. */
    boolean allows(long presentMs, long expireAtMs) {
      boolean expires = presentMs != HashValue.NO_EXPIRY;
      return switch (this) {
        case NONE -> true;
        case NX -> !expires;
        case XX -> expires;
        case GT -> expires && expireAtMs > presentMs;
        case LT -> !expires || expireAtMs < presentMs;
      };
    }
  }

  private static boolean isPast(ExecutionContext cx, long expireAtMs) {
    // What was not yet past when the primary executed it must not be judged again on replay.
    return expireAtMs <= cx.nowMs() && !cx.replaying();
  }

  // --- effects

  /** {@code HDEL key field ...}. */
  private static void recordRemoval(ExecutionContext cx, Args args, List<Integer> words) {
    cx.effects().begin(cx.db().index(), EffectWords.HDEL, 1 + words.size());
    cx.effects().argument(args, 1);
    words.forEach(word -> cx.effects().argument(args, word));
  }

  /** {@code HPEXPIREAT key ms FIELDS n field ...}. */
  private static void recordExpiry(
      ExecutionContext cx, Args args, long expireAtMs, List<Integer> words) {
    cx.effects().begin(cx.db().index(), EffectWords.HPEXPIREAT, 4 + words.size());
    cx.effects().argument(args, 1);
    cx.effects().argument(expireAtMs);
    recordFields(cx, args, words);
  }

  private static void recordFields(ExecutionContext cx, Args args, List<Integer> words) {
    cx.effects().argument(EffectWords.FIELDS);
    cx.effects().argument(words.size());
    words.forEach(word -> cx.effects().argument(args, word));
  }

  private static void announce(ExecutionContext cx, Args args, String event) {
    cx.db().announce(args.array(), args.offset(1), args.length(1), event);
  }

  private static void removeIfEmpty(ExecutionContext cx, Entry entry, HashValue hash) {
    if (hash.size() == 0) {
      cx.db().remove(entry);
    }
  }

  // --- commands

  /**
   * {@code HEXPIRE key seconds [NX|XX|GT|LT] FIELDS n field ...}, HPEXPIRE, HEXPIREAT, HPEXPIREAT /
   * array: 1 set, 2 removed because the time has passed, 0 condition fails, -2 not there / effects:
   * {@code HPEXPIREAT} or {@code HDEL} of the fields that changed / O(fields named, log fields that
   * expire).
   */
  private static void expire(
      ExecutionContext cx, Args args, ReplyWriter reply, boolean seconds, boolean relative) {
    Entry entry = Typed.find(cx, args, 1);
    HashValue hash = Typed.hash(entry);
    long expireAtMs = FieldTime.at(args, 2, seconds, relative ? cx.nowMs() : 0, args.text(0));
    Condition condition = Condition.at(args, 3);
    int first = firstField(args, condition == Condition.NONE ? 3 : 4, COUNT_TOO_SMALL);
    boolean removes = isPast(cx, expireAtMs);
    List<Integer> changed = new ArrayList<>();
    reply.array(args.count() - first);
    for (int i = first; i < args.count(); i++) {
      ByteRange name = Typed.range(args, i);
      long presentMs = hash == null ? HashValue.NO_FIELD : hash.expireAtMs(name);
      if (entry == null || hash == null || presentMs == HashValue.NO_FIELD) {
        reply.integer(NOT_THERE);
      } else if (!condition.allows(presentMs, expireAtMs)) {
        reply.integer(REFUSED);
      } else {
        changeExpiry(cx, entry, hash, name, expireAtMs, changed.isEmpty());
        changed.add(i);
        reply.integer(removes ? REMOVED : DONE);
      }
    }
    if (entry != null && hash != null && !changed.isEmpty()) {
      tellOfExpiry(cx, args, expireAtMs, changed);
      removeIfEmpty(cx, entry, hash);
    }
  }

  private static void changeExpiry(
      ExecutionContext cx,
      Entry entry,
      HashValue hash,
      ByteRange name,
      long expireAtMs,
      boolean first) {
    if (first) {
      cx.db().edit(entry);
    }
    if (isPast(cx, expireAtMs)) {
      hash.remove(name);
    } else {
      hash.expireAt(name, expireAtMs);
    }
  }

  private static void tellOfExpiry(
      ExecutionContext cx, Args args, long expireAtMs, List<Integer> changed) {
    if (isPast(cx, expireAtMs)) {
      recordRemoval(cx, args, changed);
      announce(cx, args, "hdel");
    } else {
      recordExpiry(cx, args, expireAtMs, changed);
      announce(cx, args, "hexpire");
    }
  }

  /**
   * {@code HTTL key FIELDS n field ...}, HPTTL, HEXPIRETIME, HPEXPIRETIME / array: the time, -1
   * without expiry, -2 not there / no effects / O(fields named).
   */
  private static void tell(
      ExecutionContext cx, Args args, ReplyWriter reply, boolean seconds, boolean relative) {
    HashValue hash = Typed.hash(Typed.read(cx, args, 1));
    int first = firstField(args, 2, COUNT_NOT_POSITIVE);
    reply.array(args.count() - first);
    for (int i = first; i < args.count(); i++) {
      long timeMs = hash == null ? HashValue.NO_FIELD : hash.expireAtMs(Typed.range(args, i));
      if (timeMs >= 0) {
        long shownMs = relative ? timeMs - cx.nowMs() : timeMs;
        timeMs = seconds ? FieldTime.toSeconds(shownMs) : shownMs;
      }
      reply.integer(timeMs);
    }
  }

  /**
   * {@code HPERSIST key FIELDS n field ...} / array: 1, -1 without expiry, -2 not there / effects:
   * verbatim if any / O(fields named, log fields that expire).
   */
  private static void persist(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    HashValue hash = Typed.hash(entry);
    int first = firstField(args, 2, COUNT_NOT_POSITIVE);
    boolean changed = false;
    reply.array(args.count() - first);
    for (int i = first; i < args.count(); i++) {
      ByteRange name = Typed.range(args, i);
      long presentMs = hash == null ? HashValue.NO_FIELD : hash.expireAtMs(name);
      if (entry == null || hash == null || presentMs < 0) {
        reply.integer(presentMs == HashValue.NO_EXPIRY ? PERMANENT : NOT_THERE);
        continue;
      }
      if (!changed) {
        cx.db().edit(entry);
        changed = true;
      }
      hash.persist(name);
      reply.integer(DONE);
    }
  }

  /**
   * {@code HGETDEL key FIELDS n field ...} / array of bulk or null / effects: verbatim if any was
   * there / O(fields named).
   */
  private static void getDel(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    HashValue hash = Typed.hash(entry);
    int first = firstField(args, 2, COUNT_NOT_POSITIVE);
    boolean changed = false;
    reply.array(args.count() - first);
    for (int i = first; i < args.count(); i++) {
      ByteRange name = Typed.range(args, i);
      if (show(hash, name, reply) && entry != null && hash != null) {
        if (!changed) {
          cx.db().edit(entry);
          changed = true;
        }
        hash.remove(name);
      }
    }
    if (changed && entry != null && hash != null) {
      removeIfEmpty(cx, entry, hash);
    }
  }

  private static boolean show(@Nullable HashValue hash, ByteRange name, ReplyWriter reply) {
    ByteRange value = hash == null ? null : hash.get(name);
    if (value == null) {
      reply.nil();
      return false;
    }
    reply.bulk(value.array(), value.offset(), value.length());
    return true;
  }

  /**
   * {@code HGETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST] FIELDS n field ...} / array of bulk or
   * null / effects: {@code HPEXPIREAT}, {@code HPERSIST} or {@code HDEL} of the fields that changed
   * / O(fields named, log fields that expire).
   */
  private static void getEx(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    HashValue hash = Typed.hash(entry);
    FieldTime time = FieldTime.option(cx, args, 2);
    boolean persists = time == null && args.is(2, "PERSIST");
    int fieldsWord = time != null ? 4 : persists ? 3 : 2;
    int first = firstField(args, fieldsWord, COUNT_NOT_POSITIVE);
    List<Integer> changed = new ArrayList<>();
    reply.array(args.count() - first);
    for (int i = first; i < args.count(); i++) {
      ByteRange name = Typed.range(args, i);
      boolean there = show(hash, name, reply);
      if (!there || entry == null || hash == null) {
        continue;
      }
      if (time != null) {
        changeExpiry(cx, entry, hash, name, time.expireAtMs(), changed.isEmpty());
        changed.add(i);
      } else if (persists && hash.expireAtMs(name) >= 0) {
        if (changed.isEmpty()) {
          cx.db().edit(entry);
        }
        hash.persist(name);
        changed.add(i);
      }
    }
    if (changed.isEmpty() || entry == null || hash == null) {
      return;
    }
    if (time != null) {
      tellOfExpiry(cx, args, time.expireAtMs(), changed);
    } else {
      cx.effects().begin(cx.db().index(), EffectWords.HPERSIST, 3 + changed.size());
      cx.effects().argument(args, 1);
      recordFields(cx, args, changed);
      announce(cx, args, "hpersist");
    }
    removeIfEmpty(cx, entry, hash);
  }

  /**
   * {@code HSETEX key [FNX|FXX] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL] FIELDS n field value ...} / 1,
   * or 0 if the condition fails / effects: {@code HSETEX} with a point in time and without
   * condition, or {@code HDEL} for a time that has passed / O(fields named, log fields that
   * expire).
   */
  private void setEx(ExecutionContext cx, Args args, ReplyWriter reply) {
    SetExOptions options = SetExOptions.of(cx, args);
    Entry entry = Typed.find(cx, args, 1);
    HashValue present = Typed.hash(entry);
    if (!options.allows(args, present)) {
      reply.integer(0);
      return;
    }
    FieldTime time = options.time;
    if (time != null && isPast(cx, time.expireAtMs())) {
      setOutdated(cx, args, options, entry);
    } else {
      HashValue hash = HashCommands.edit(cx, args, entry);
      for (int i = options.firstField; i < args.count(); i += 2) {
        ByteRange name = Typed.range(args, i);
        if (options.keepsExpiry) {
          hash.putKeepingExpiry(name, Typed.range(args, i + 1), limits);
        } else {
          hash.put(name, Typed.range(args, i + 1), limits);
        }
        if (time != null) {
          hash.expireAt(name, time.expireAtMs());
        }
      }
      options.record(cx, args);
      announce(cx, args, "hset");
      if (time != null) {
        announce(cx, args, "hexpire");
      }
    }
    reply.integer(1);
  }

  /** What is set with a time that has passed is gone at once, whether it was there or not. */
  private static void setOutdated(
      ExecutionContext cx, Args args, SetExOptions options, @Nullable Entry entry) {
    HashValue hash = Typed.hash(entry);
    if (entry == null || hash == null) {
      return;
    }
    List<Integer> removed = new ArrayList<>();
    for (int i = options.firstField; i < args.count(); i += 2) {
      ByteRange name = Typed.range(args, i);
      if (hash.contains(name)) {
        if (removed.isEmpty()) {
          cx.db().edit(entry);
        }
        hash.remove(name);
        removed.add(i);
      }
    }
    if (!removed.isEmpty()) {
      recordRemoval(cx, args, removed);
      announce(cx, args, "hset");
      announce(cx, args, "hdel");
      removeIfEmpty(cx, entry, hash);
    }
  }
}
