package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.KeyFlag.ACCESS;
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
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Commands that set, show and drop the expiry of a key: EXPIRE, TTL and relatives.
 *
 * <p>Upstream behaviour: Redis {@code expire.c}, tests {@code unit/expire}. Differences from
 * upstream: none known.
 */
final class ExpiryCommands implements CommandFamily {

  private static final CommandError NX_EXCLUDES =
      CommandError.err("NX and XX, GT or LT options at the same time are not compatible");
  private static final CommandError GT_EXCLUDES_LT =
      CommandError.err("GT and LT options at the same time are not compatible");

  private static final long NO_KEY = -2;
  private static final long NO_EXPIRY = -1;

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    List<KeySpec> update = List.of(KeySpec.key(1).with(RW, UPDATE));
    List<KeySpec> read = List.of(KeySpec.key(1).with(RO, ACCESS));
    table.write("expire", "1.0.0", -3, update, EFFECTS, ExpiryCommands::expire).flags(FAST).add();
    table.write("pexpire", "2.6.0", -3, update, EFFECTS, ExpiryCommands::pExpire).flags(FAST).add();
    table
        .write("expireat", "1.2.0", -3, update, EFFECTS, ExpiryCommands::expireAt)
        .flags(FAST)
        .add();
    table
        .write("pexpireat", "2.6.0", -3, update, EFFECTS, ExpiryCommands::pExpireAt)
        .flags(FAST)
        .add();
    table.write("persist", "2.2.0", 2, update, VERBATIM, ExpiryCommands::persist).flags(FAST).add();
    table.read("ttl", "1.0.0", 2, read, ExpiryCommands::ttl).flags(FAST).add();
    table.read("pttl", "2.6.0", 2, read, ExpiryCommands::pTtl).flags(FAST).add();
    table.read("expiretime", "7.0.0", 2, read, ExpiryCommands::expireTime).flags(FAST).add();
    table.read("pexpiretime", "7.0.0", 2, read, ExpiryCommands::pExpireTime).flags(FAST).add();
  }

  /** Conditions on the present expiry. */
  private record Conditions(boolean nx, boolean xx, boolean gt, boolean lt) {

    static Conditions parse(Args args) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int i = 3; i < args.count(); i++) {
        if (args.is(i, "NX")) {
          nx = true;
        } else if (args.is(i, "XX")) {
          xx = true;
        } else if (args.is(i, "GT")) {
          gt = true;
        } else if (args.is(i, "LT")) {
          lt = true;
        } else {
          throw CommandError.err("Unsupported option " + args.textToZero(i));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw NX_EXCLUDES;
      }
      if (gt && lt) {
        throw GT_EXCLUDES_LT;
      }
      return new Conditions(nx, xx, gt, lt);
    }

    /**
     * Whether a key with the present expiry may get that one. No expiry counts as infinitely late.
     */
    boolean allow(long present, long expireAtMs) {
      if (present == Entry.NO_EXPIRY) {
        return !xx && !gt;
      }
      return !nx && !(gt && expireAtMs <= present) && !(lt && expireAtMs >= present);
    }
  }

  /**
   * {@code EXPIRE key seconds [NX|XX|GT|LT]} / 1, or 0 if there is no key or a condition fails /
   * effects: {@code PEXPIREAT key ms}, or {@code DEL key} for a time that has passed / O(log keys
   * that expire).
   */
  private static void expire(ExecutionContext cx, Args args, ReplyWriter reply) {
    Conditions conditions = Conditions.parse(args);
    apply(cx, args, conditions, ExpireTime.any(args, 2, true, cx.nowMs(), "expire"), reply);
  }

  /** {@code PEXPIRE key ms [NX|XX|GT|LT]}: as EXPIRE. */
  private static void pExpire(ExecutionContext cx, Args args, ReplyWriter reply) {
    Conditions conditions = Conditions.parse(args);
    apply(cx, args, conditions, ExpireTime.any(args, 2, false, cx.nowMs(), "pexpire"), reply);
  }

  /** {@code EXPIREAT key unix-seconds [NX|XX|GT|LT]}: as EXPIRE. */
  private static void expireAt(ExecutionContext cx, Args args, ReplyWriter reply) {
    Conditions conditions = Conditions.parse(args);
    apply(cx, args, conditions, ExpireTime.any(args, 2, true, 0, "expireat"), reply);
  }

  /** {@code PEXPIREAT key unix-ms [NX|XX|GT|LT]}: as EXPIRE. */
  private static void pExpireAt(ExecutionContext cx, Args args, ReplyWriter reply) {
    Conditions conditions = Conditions.parse(args);
    apply(cx, args, conditions, ExpireTime.any(args, 2, false, 0, "pexpireat"), reply);
  }

  private static void apply(
      ExecutionContext cx, Args args, Conditions conditions, long expireAtMs, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    if (entry == null || !conditions.allow(cx.db().expireAtMs(entry), expireAtMs)) {
      reply.integer(0);
      return;
    }
    // What was not yet past when the primary executed it must not be judged again on replay.
    if (expireAtMs <= cx.nowMs() && !cx.replaying()) {
      EffectWords.delete(cx, args, 1);
      cx.db().remove(entry);
    } else {
      EffectWords.expireAt(cx, args, 1, expireAtMs);
      cx.db().expireAt(entry, expireAtMs);
    }
    reply.integer(1);
  }

  /** {@code PERSIST key} / 1, 0 if there was no expiry / effects: verbatim if 1 / O(log keys). */
  private static void persist(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.find(cx, args, 1);
    reply.integer(entry != null && cx.db().clearExpiry(entry) ? 1 : 0);
  }

  /** {@code TTL key} / seconds, -1 without expiry, -2 without key / no effects / O(1). */
  private static void ttl(ExecutionContext cx, Args args, ReplyWriter reply) {
    long now = cx.nowMs();
    show(cx, args, reply, expireAtMs -> toSeconds(Math.max(0, expireAtMs - now)));
  }

  /** {@code PTTL key} / milliseconds, -1 without expiry, -2 without key / no effects / O(1). */
  private static void pTtl(ExecutionContext cx, Args args, ReplyWriter reply) {
    long now = cx.nowMs();
    show(cx, args, reply, expireAtMs -> Math.max(0, expireAtMs - now));
  }

  /** {@code EXPIRETIME key} / Unix seconds, -1, -2 as TTL / no effects / O(1). */
  private static void expireTime(ExecutionContext cx, Args args, ReplyWriter reply) {
    show(cx, args, reply, ExpiryCommands::toSeconds);
  }

  /** {@code PEXPIRETIME key} / Unix milliseconds, -1, -2 as TTL / no effects / O(1). */
  private static void pExpireTime(ExecutionContext cx, Args args, ReplyWriter reply) {
    show(cx, args, reply, LongUnaryOperator.identity());
  }

  private static void show(
      ExecutionContext cx, Args args, ReplyWriter reply, LongUnaryOperator form) {
    Entry entry = cx.db().peek(args.array(), args.offset(1), args.length(1));
    if (entry == null) {
      reply.integer(NO_KEY);
    } else if (!entry.expires()) {
      reply.integer(NO_EXPIRY);
    } else {
      reply.integer(form.applyAsLong(cx.db().expireAtMs(entry)));
    }
  }

  /** Rounded to the nearest second, as Redis does; a half rounds up. */
  private static long toSeconds(long ms) {
    return ms / 1000 + (ms % 1000 >= 500 ? 1 : 0);
  }
}
