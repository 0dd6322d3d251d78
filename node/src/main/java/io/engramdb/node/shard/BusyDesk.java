package io.engramdb.node.shard;

import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.LongScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers clients in the middle of a script that has run for too long.
 *
 * <p>The script's turn stands still meanwhile, with everything that belongs to it: nothing is
 * submitted, nothing committed is looked at, nobody leads or stops to lead. To the protocol of the
 * shard that is as if its thread had paused. So what is answered here may depend on no data: that
 * the shard is busy, and the few commands that end a script or let a client in. They have an
 * executor of their own, because the script's command has not left the other one. Shard thread
 * only.
 */
public final class BusyDesk {

  private final CommandExecutor executor;
  private @Nullable LongScript script;

  /**
   * @param makesExecutor an executor with these checks
   */
  BusyDesk(
      List<AdmissionCheck> checks, Function<List<AdmissionCheck>, CommandExecutor> makesExecutor) {
    List<AdmissionCheck> all = new ArrayList<>(checks);
    all.add(this::refuse);
    executor = makesExecutor.apply(all);
  }

  /** Whether the thread is in the middle of a script. */
  public boolean isOpen() {
    return script != null;
  }

  /** Looks at the connections while a script waits. */
  void open(LongScript waiting, Runnable looks, long nowMs) {
    script = waiting;
    executor.beginTurn(nowMs);
    try {
      looks.run();
    } finally {
      script = null;
    }
  }

  /** What answers meanwhile. */
  public CommandExecutor executor() {
    return executor;
  }

  /**
   * Whether the request must wait until the script is over: SHUTDOWN NOSAVE, which ends it. The
   * process is to end, but in good order.
   */
  public boolean postpones(@Nullable CommandSpec spec, Args args, ClientState client) {
    LongScript waiting = script;
    if (spec == null
        || waiting == null
        || !isShutdown(spec)
        || client.transaction.open
        || !mentionsNoSave(args)
        || executor.refusal(spec, args, client) != null) {
      return false;
    }
    waiting.end();
    return true;
  }

  private static boolean isShutdown(CommandSpec spec) {
    return spec.name().equals("shutdown");
  }

  private static boolean mentionsNoSave(Args args) {
    for (int i = 1; i < args.count(); i++) {
      if (args.text(i).toUpperCase(Locale.ROOT).equals("NOSAVE")) {
        return true;
      }
    }
    return false;
  }

  /** WATCH looks at data; upstream serves it. */
  private @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client) {
    boolean served =
        spec.has(CommandFlag.ALLOW_BUSY)
            && !spec.name().equals("watch")
            && (!isShutdown(spec) || mentionsNoSave(args));
    LongScript waiting = script;
    return served || waiting == null ? null : waiting.busy();
  }
}
