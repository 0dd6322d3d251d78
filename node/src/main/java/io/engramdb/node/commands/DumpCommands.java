package io.engramdb.node.commands;

import static io.engramdb.node.command.AclCategory.DANGEROUS;
import static io.engramdb.node.command.AclCategory.KEYSPACE;
import static io.engramdb.node.command.CommandFlag.ASKING;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.UPDATE;
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
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.rdb.ValueDump;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * DUMP and RESTORE: one value in the form in which files have it.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code cluster.c}. Differences from upstream: payloads are
 * always checked in depth; they are written in version 10, so that Redis 7.0 takes them, too.
 */
final class DumpCommands implements CommandFamily {

  private static final CommandError BUSY_KEY =
      new CommandError("BUSYKEY", "Target key name already exists.");
  private static final CommandError WRONG_FOOTER =
      CommandError.err("DUMP payload version or checksum are wrong");
  private static final CommandError WRONG_VALUE = CommandError.err("Bad data format");
  private static final CommandError NEGATIVE_TTL =
      CommandError.err("Invalid TTL value, must be >= 0");
  private static final CommandError NEGATIVE_IDLE =
      CommandError.err("Invalid IDLETIME value, must be >= 0");
  private static final CommandError WRONG_FREQUENCY =
      CommandError.err("Invalid FREQ value, must be >= 0 and <= 255");

  private static final int MAX_FREQUENCY = 255;

  private final ValueLimits limits;
  private final ValueLimits replayLimits;

  /**
   * @param limits how values are packed, and how long a string may be
   */
  DumpCommands(ValueLimits limits) {
    this.limits = limits;
    this.replayLimits = new ValueLimits();
    replayLimits.stringBytes = Long.MAX_VALUE;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    table.read("dump", "2.6.0", 2, List.of(KeySpec.key(1).with(RO, ACCESS)), this::dump).add();
    table
        .write(
            "restore",
            "2.6.0",
            -4,
            List.of(KeySpec.key(1).with(OW, UPDATE)),
            EFFECTS,
            this::restore)
        .flags(DENYOOM)
        .categories(DANGEROUS)
        .add();
    // As MIGRATE of a cluster's node sends it.
    table.group(CommandGroup.SERVER);
    table
        .write(
            "restore-asking",
            "3.0.0",
            -4,
            List.of(KeySpec.key(1).with(OW, UPDATE)),
            EFFECTS,
            this::restore)
        .flags(DENYOOM, ASKING)
        .categories(KEYSPACE, DANGEROUS)
        .add();
  }

  /** {@code DUMP key} / bulk, null if there is no key / none / O(size of the value). */
  private void dump(ExecutionContext cx, Args args, ReplyWriter reply) {
    Entry entry = Typed.read(cx, args, 1);
    if (entry == null) {
      reply.nil();
    } else {
      reply.bulk(ValueDump.encode(entry.value()));
    }
  }

  private record Options(boolean replace, boolean absolute, long idleSeconds, long frequency) {
    static final int NONE = -1;

    static Options parse(Args args) {
      boolean replace = false;
      boolean absolute = false;
      long idleSeconds = NONE;
      long frequency = NONE;
      for (int i = 4; i < args.count(); i++) {
        boolean more = i + 1 < args.count();
        if (args.is(i, "REPLACE")) {
          replace = true;
        } else if (args.is(i, "ABSTTL")) {
          absolute = true;
        } else if (args.is(i, "IDLETIME") && more && frequency == NONE) {
          idleSeconds = args.longAt(++i);
          if (idleSeconds < 0) {
            throw NEGATIVE_IDLE;
          }
        } else if (args.is(i, "FREQ") && more && idleSeconds == NONE) {
          frequency = args.longAt(++i);
          if (frequency < 0 || frequency > MAX_FREQUENCY) {
            throw WRONG_FREQUENCY;
          }
        } else {
          throw CommandError.SYNTAX;
        }
      }
      return new Options(replace, absolute, idleSeconds, frequency);
    }
  }

  /**
   * {@code RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ counter]}
   *
   * <p>Reply: OK. Effects: itself with an absolute time; DEL if that has passed and there was a
   * key. Cost: O(size of the value).
   */
  private void restore(ExecutionContext cx, Args args, ReplyWriter reply) {
    Options options = Options.parse(args);
    Entry present = Typed.find(cx, args, 1);
    if (present != null && !options.replace) {
      throw BUSY_KEY;
    }
    long ttlMs = args.longAt(2);
    if (ttlMs < 0) {
      throw NEGATIVE_TTL;
    }
    Value value = decode(args.copy(3), cx.replaying());
    long expireAtMs = expiry(ttlMs, options.absolute, cx.nowMs());
    if (present != null) {
      cx.db().remove(present);
    }
    // What a replica applies was decided by the primary's clock.
    if (expireAtMs != Entry.NO_EXPIRY && expireAtMs <= cx.nowMs() && !cx.replaying()) {
      if (present != null) {
        EffectWords.delete(cx, args, 1);
      }
      reply.ok();
      return;
    }
    Entry added = cx.db().add(args.array(), args.offset(1), args.length(1), value);
    if (expireAtMs != Entry.NO_EXPIRY) {
      cx.db().expireAt(added, expireAtMs);
    }
    if (options.idleSeconds != Options.NONE) {
      cx.db().setIdleSeconds(added, options.idleSeconds);
    }
    if (options.frequency != Options.NONE) {
      cx.db().setFrequency(added, (int) options.frequency);
    }
    record(cx, args, expireAtMs, options, present);
    reply.ok();
  }

  /** A time beyond the end of all times is as good as that end. */
  private static long expiry(long ttlMs, boolean absolute, long nowMs) {
    if (ttlMs == 0) {
      return Entry.NO_EXPIRY;
    }
    return absolute || ttlMs > Long.MAX_VALUE - nowMs ? ttlMs : nowMs + ttlMs;
  }

  private Value decode(byte[] payload, boolean replaying) {
    try {
      return ValueDump.decode(payload, replaying ? replayLimits : limits);
    } catch (ValueDump.WrongFooter e) {
      throw WRONG_FOOTER;
    } catch (ValueDump.WrongValue e) {
      throw WRONG_VALUE;
    }
  }

  private static void record(
      ExecutionContext cx, Args args, long expireAtMs, Options options, @Nullable Entry replaced) {
    boolean expires = expireAtMs != Entry.NO_EXPIRY;
    boolean idle = options.idleSeconds != Options.NONE;
    boolean counted = options.frequency != Options.NONE;
    int words = 3 + (replaced == null ? 0 : 1) + (expires ? 1 : 0) + (idle || counted ? 2 : 0);
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.RESTORE, words);
    effects.argument(args, 1);
    effects.argument(expires ? expireAtMs : 0);
    effects.argument(args, 3);
    if (replaced != null) {
      effects.argument(EffectWords.REPLACE);
    }
    if (expires) {
      effects.argument(EffectWords.ABSTTL);
    }
    if (idle || counted) {
      effects.argument(idle ? EffectWords.IDLETIME : EffectWords.FREQ);
      effects.argument(idle ? options.idleSeconds : options.frequency);
    }
  }
}
