package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientDirectory;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.TrackingState;
import io.engramdb.node.command.TrackingState.Choice;
import io.engramdb.node.pubsub.MessageHub;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: clients that cache hear of changes. Upstream:
 * Redis 7.2 {@code networking.c}, {@code tracking.c}.
 */
final class TrackingCommands {

  private static final String OTHER_MODE =
      " before disabling tracking for this client, and then re-enabling it with a different mode.";

  private final Supplier<ClientDirectory> clients;
  private final Supplier<MessageHub> hub;

  TrackingCommands(Supplier<ClientDirectory> clients, Supplier<MessageHub> hub) {
    this.clients = clients;
    this.hub = hub;
  }

  /** Adds the rows; they stand within CLIENT. */
  void register(CommandTable.Builder table) {
    table.other("caching", "6.0.0", 3, this::caching).flags(NOSCRIPT, LOADING, STALE).add();
    table.other("getredir", "6.0.0", 2, this::getRedir).flags(NOSCRIPT, LOADING, STALE).add();
    table.other("tracking", "6.0.0", -3, this::tracking).flags(NOSCRIPT, LOADING, STALE).add();
    table.other("trackinginfo", "6.2.0", 2, this::info).flags(NOSCRIPT, LOADING, STALE).add();
  }

  /** The options of CLIENT TRACKING as they stand in the request. */
  private static final class Options {
    private long redirect;
    private boolean broadcast;
    private boolean optIn;
    private boolean optOut;
    private boolean noLoop;
    private final List<Bytes> prefixes = new ArrayList<>();

    Choice choice() {
      return optIn ? Choice.OPT_IN : optOut ? Choice.OPT_OUT : Choice.ALL;
    }

    TrackingState state() {
      return new TrackingState(redirect, broadcast, choice(), noLoop);
    }
  }

  /**
   * {@code CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix ...] [BCAST] [OPTIN] [OPTOUT]
   * [NOLOOP]}; reply: OK; no effects; O(prefixes²).
   */
  private void tracking(ExecutionContext context, Args args, ReplyWriter out) {
    Options options = parse(args);
    ConnectedClient self = clients.get().find(context.client().id);
    Invariant.check(self != null, "client %d is not connected", context.client().id);
    if (args.is(2, "ON")) {
      check(options, context.client().tracking);
      hub.get().track(self, options.state(), options.prefixes);
    } else if (args.is(2, "OFF")) {
      hub.get().untrack(self);
    } else {
      throw CommandError.SYNTAX;
    }
    out.ok();
  }

  private Options parse(Args args) {
    Options options = new Options();
    for (int i = 3; i < args.count(); i++) {
      boolean more = i + 1 < args.count();
      if (args.is(i, "REDIRECT") && more) {
        redirect(args, ++i, options);
      } else if (args.is(i, "PREFIX") && more) {
        options.prefixes.add(args.bytes(++i));
      } else if (args.is(i, "BCAST")) {
        options.broadcast = true;
      } else if (args.is(i, "OPTIN")) {
        options.optIn = true;
      } else if (args.is(i, "OPTOUT")) {
        options.optOut = true;
      } else if (args.is(i, "NOLOOP")) {
        options.noLoop = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return options;
  }

  private void redirect(Args args, int word, Options options) {
    if (options.redirect != 0) {
      throw CommandError.err("A client can only redirect to a single other client");
    }
    options.redirect = args.longAt(word);
    if (clients.get().find(options.redirect) == null) {
      throw CommandError.err("The client ID you want redirect to does not exist");
    }
  }

  private static void check(Options options, @Nullable TrackingState present) {
    if (!options.broadcast && !options.prefixes.isEmpty()) {
      throw CommandError.err("PREFIX option requires BCAST mode to be enabled");
    }
    if (present != null && present.broadcast != options.broadcast) {
      throw CommandError.err("You can't switch BCAST mode on/off" + OTHER_MODE);
    }
    if (options.broadcast && (options.optIn || options.optOut)) {
      throw CommandError.err("OPTIN and OPTOUT are not compatible with BCAST");
    }
    if (options.optIn && options.optOut) {
      throw CommandError.err("You can't specify both OPTIN mode and OPTOUT mode");
    }
    if (present != null
        && (options.optIn && present.choice == Choice.OPT_OUT
            || options.optOut && present.choice == Choice.OPT_IN)) {
      throw CommandError.err("You can't switch OPTIN/OPTOUT mode" + OTHER_MODE);
    }
    if (options.broadcast) {
      checkPrefixes(options.prefixes, present);
    }
  }

  /** A client must not hear of one key twice. */
  private static void checkPrefixes(List<Bytes> prefixes, @Nullable TrackingState present) {
    for (int i = 0; i < prefixes.size(); i++) {
      if (present != null) {
        for (Bytes other : present.prefixes) {
          refuseOverlap(prefixes.get(i), other, "an existing");
        }
      }
      for (Bytes other : prefixes.subList(i + 1, prefixes.size())) {
        refuseOverlap(prefixes.get(i), other, "another provided");
      }
    }
  }

  private static void refuseOverlap(Bytes prefix, Bytes other, String kind) {
    int common = Math.min(prefix.length(), other.length());
    if (Arrays.equals(prefix.array(), 0, common, other.array(), 0, common)) {
      throw CommandError.err(
          "Prefix '%s' overlaps with %s prefix '%s'. Prefixes for a single client must not overlap."
              .formatted(prefix, kind, other));
    }
  }

  /** {@code CLIENT CACHING YES|NO}; reply: OK; no effects; O(1). */
  private void caching(ExecutionContext context, Args args, ReplyWriter out) {
    TrackingState state = context.client().tracking;
    if (state == null) {
      throw CommandError.err(
          "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
              + " OPTOUT mode enabled");
    }
    boolean yes = args.is(2, "YES");
    if (!yes && !args.is(2, "NO")) {
      throw CommandError.SYNTAX;
    }
    if (yes && state.choice != Choice.OPT_IN) {
      throw CommandError.err(
          "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
    if (!yes && state.choice != Choice.OPT_OUT) {
      throw CommandError.err(
          "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
    state.cachingGiven = true;
    out.ok();
  }

  /**
   * {@code CLIENT GETREDIR}; reply: number of the client that invalidations go to, 0 if it is this
   * one, -1 if tracking is off; no effects; O(1).
   */
  private void getRedir(ExecutionContext context, Args args, ReplyWriter out) {
    TrackingState state = context.client().tracking;
    out.integer(state == null ? -1 : state.redirect);
  }

  /** {@code CLIENT TRACKINGINFO}; reply: map of flags, redirect, prefixes; no effects; O(1). */
  private void info(ExecutionContext context, Args args, ReplyWriter out) {
    TrackingState state = context.client().tracking;
    List<String> flags = flags(state);
    out.map(3);
    out.bulk("flags");
    out.set(flags.size());
    flags.forEach(out::bulk);
    out.bulk("redirect");
    out.integer(state == null ? -1 : state.redirect);
    out.bulk("prefixes");
    List<Bytes> prefixes = state == null ? List.of() : state.prefixes;
    out.array(prefixes.size());
    prefixes.forEach(prefix -> out.bulk(prefix.array()));
  }

  private static List<String> flags(@Nullable TrackingState state) {
    if (state == null) {
      return List.of("off");
    }
    List<String> flags = new ArrayList<>(List.of("on"));
    if (state.broadcast) {
      flags.add("bcast");
    }
    if (state.choice != Choice.ALL) {
      boolean in = state.choice == Choice.OPT_IN;
      flags.add(in ? "optin" : "optout");
      if (state.cachingGiven) {
        flags.add(in ? "caching-yes" : "caching-no");
      }
    }
    if (state.noLoop) {
      flags.add("noloop");
    }
    if (state.brokenRedirect) {
      flags.add("broken_redirect");
    }
    return flags;
  }
}
