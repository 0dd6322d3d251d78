package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.engine.value.HashValue;
import org.jspecify.annotations.Nullable;

/** The options of HSETEX, read from a request. */
final class SetExOptions {

  private static final CommandError ONE_CONDITION =
      CommandError.err("Only one of FXX or FNX arguments can be specified");
  private static final CommandError ONE_TIME =
      CommandError.err("Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
  private static final CommandError BAD_COUNT = CommandError.err("invalid number of fields");

  private boolean onlyIfAbsent;
  private boolean onlyIfPresent;
  boolean keepsExpiry;
  @Nullable FieldTime time;

  /** Word of the first field; each has its value behind it. */
  int firstField;

  private SetExOptions() {}

  static SetExOptions of(ExecutionContext cx, Args args) {
    SetExOptions options = new SetExOptions();
    for (int i = 2; i < args.count(); i++) {
      if (args.is(i, "FIELDS")) {
        options.fields(args, i);
        return options;
      }
      if (args.is(i, "FXX") || args.is(i, "FNX")) {
        if (options.onlyIfPresent || options.onlyIfAbsent) {
          throw ONE_CONDITION;
        }
        options.onlyIfPresent = args.is(i, "FXX");
        options.onlyIfAbsent = !options.onlyIfPresent;
      } else {
        i = options.expiry(cx, args, i);
      }
    }
    throw FieldExpiryCommands.FIELDS_MISSING;
  }

  /** Reads what is said of expiry at that word; returns the last word that belongs to it. */
  private int expiry(ExecutionContext cx, Args args, int word) {
    boolean keeps = args.is(word, "KEEPTTL");
    boolean sets =
        args.is(word, "EX")
            || args.is(word, "PX")
            || args.is(word, "EXAT")
            || args.is(word, "PXAT");
    if (!keeps && !sets) {
      throw CommandError.err("unknown argument: " + args.textToZero(word));
    }
    if (keepsExpiry || time != null) {
      throw ONE_TIME;
    }
    keepsExpiry = keeps;
    time = FieldTime.option(cx, args, word);
    return keeps ? word : word + 1;
  }

  private void fields(Args args, int word) {
    if (word >= args.count() - 3) {
      throw CommandError.arity("hsetex");
    }
    long count = args.longAt(word + 1, BAD_COUNT);
    if (count < 1 || count > Integer.MAX_VALUE) {
      throw BAD_COUNT;
    }
    int words = args.count() - word - 2;
    if (words % 2 != 0 || count != words / 2) {
      throw CommandError.arity("hsetex");
    }
    firstField = word + 2;
  }

  /** Whether the fields that are there allow it. */
  boolean allows(Args args, @Nullable HashValue present) {
    for (int i = firstField; i < args.count() && (onlyIfAbsent || onlyIfPresent); i += 2) {
      boolean there = present != null && present.contains(Typed.range(args, i));
      if (there ? onlyIfAbsent : onlyIfPresent) {
        return false;
      }
    }
    return true;
  }

  /** The effect: a point in time instead of a time to live, and no condition. */
  void record(ExecutionContext cx, Args args) {
    FieldTime expiry = time;
    int words = args.count() - firstField;
    int more = expiry != null ? 2 : keepsExpiry ? 1 : 0;
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.HSETEX, 3 + more + words);
    effects.argument(args, 1);
    if (expiry != null) {
      effects.argument(EffectWords.PXAT);
      effects.argument(expiry.expireAtMs());
    } else if (keepsExpiry) {
      effects.argument(EffectWords.KEEPTTL);
    }
    effects.argument(EffectWords.FIELDS);
    effects.argument(words / 2);
    for (int i = firstField; i < args.count(); i++) {
      effects.argument(args, i);
    }
  }
}
