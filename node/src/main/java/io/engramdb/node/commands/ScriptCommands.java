package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ALLOW_BUSY;
import static io.engramdb.node.command.CommandFlag.MAY_REPLICATE;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_MANDATORY_KEYS;
import static io.engramdb.node.command.CommandFlag.READONLY;
import static io.engramdb.node.command.CommandFlag.SKIP_MONITOR;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.script.ScriptHost;
import java.util.List;

/**
 * EVAL and its kin, SCRIPT.
 *
 * <p>A script is one run of effects: in the log stands what its commands have changed, whole, and
 * never the script. Upstream behaviour: Redis {@code eval.c}, {@code script.c}.
 */
public final class ScriptCommands implements CommandFamily {

  private static final List<String> HELP =
      List.of(
          "DEBUG (YES|SYNC|NO)",
          "    Set the debug mode for subsequent scripts executed.",
          "EXISTS <sha1> [<sha1> ...]",
          "    Return information about the existence of the scripts in the script cache.",
          "FLUSH [ASYNC|SYNC]",
          "    Flush the Lua scripts cache. Very dangerous on replicas.",
          "    When called without the optional mode argument, the behavior is determined by the",
          "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
          "    * ASYNC: Asynchronously flush the scripts cache.",
          "    * SYNC: Synchronously flush the scripts cache.",
          "KILL",
          "    Kill the currently executing Lua script.",
          "LOAD <script>",
          "    Load a script into the scripts cache without executing it.");

  private final ScriptHost host;

  public ScriptCommands(ScriptHost host) {
    this.host = host;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SCRIPTING);
    List<KeySpec> changed =
        List.of(KeySpec.countedAt(2).with(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.UPDATE));
    List<KeySpec> read = List.of(KeySpec.countedAt(2).with(KeyFlag.RO, KeyFlag.ACCESS));
    table
        .keyed("eval", "2.6.0", -3, changed, (cx, args, reply) -> eval(cx, args, false, reply))
        .flags(NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLE_KEYS, MAY_REPLICATE)
        .readsOnlyIf(args -> host.scripts().readsOnly(args))
        .add();
    table
        .keyed("evalsha", "2.6.0", -3, changed, (cx, args, reply) -> sha(cx, args, false, reply))
        .flags(NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLE_KEYS, MAY_REPLICATE)
        .readsOnlyIf(args -> host.scripts().readsOnlySha(args))
        .add();
    table
        .keyed("eval_ro", "7.0.0", -3, read, (cx, args, reply) -> eval(cx, args, true, reply))
        .flags(READONLY, NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLE_KEYS)
        .add();
    table
        .keyed("evalsha_ro", "7.0.0", -3, read, (cx, args, reply) -> sha(cx, args, true, reply))
        .flags(READONLY, NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLE_KEYS)
        .add();
    CommandSpec script = table.container("script", "2.6.0", -2).add();
    table.within(script);
    table.other("load", "2.6.0", 3, this::load).flags(NOSCRIPT, STALE).add();
    table.other("exists", "2.6.0", -3, this::exists).flags(NOSCRIPT).add();
    table.other("flush", "2.6.0", -2, this::flush).flags(NOSCRIPT).add();
    table.other("kill", "2.6.0", 2, this::kill).flags(NOSCRIPT, ALLOW_BUSY).add();
    table.other("debug", "3.2.0", 3, ScriptCommands::debug).flags(NOSCRIPT).add();
    HelpReply.row(table, "5.0.0", "SCRIPT", HELP);
    table.topLevel();
  }

  /**
   * {@code EVAL script numkeys [key …] [arg …]}: what the script returns, or its error; effects of
   * the commands that it called, as one run, also if it ended with an error; cost of the script.
   */
  private void eval(ExecutionContext context, Args args, boolean readOnly, ReplyWriter reply) {
    host.scripts().eval(context, args, readOnly, reply);
  }

  /** {@code EVALSHA sha1 numkeys [key …] [arg …]}: as EVAL, or NOSCRIPT. */
  private void sha(ExecutionContext context, Args args, boolean readOnly, ReplyWriter reply) {
    host.scripts().evalSha(context, args, readOnly, reply);
  }

  /** {@code SCRIPT LOAD script}: its hash; the effect is the request; O(length). */
  private void load(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.bulk(host.scripts().load(context, args.bytes(2)).array());
  }

  /** {@code SCRIPT EXISTS sha1 …}: array of 1 and 0; no effects; O(hashes). */
  private void exists(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      reply.integer(host.scripts().exists(context, args, i) ? 1 : 0);
    }
  }

  /** {@code SCRIPT FLUSH [ASYNC|SYNC]}: OK; the effect is the request; O(scripts). */
  private void flush(ExecutionContext context, Args args, ReplyWriter reply) {
    boolean known = args.count() == 3 && (args.is(2, "SYNC") || args.is(2, "ASYNC"));
    if (args.count() > 2 && !known) {
      throw CommandError.err("SCRIPT FLUSH only support SYNC|ASYNC option");
    }
    host.scripts().flush(context);
    reply.ok();
  }

  /** {@code SCRIPT KILL}: OK, or NOTBUSY unless a script runs for too long; no effects; O(1). */
  private void kill(ExecutionContext context, Args args, ReplyWriter reply) {
    host.kill(false);
    reply.ok();
  }

  /** {@code SCRIPT DEBUG YES|SYNC|NO}: there is no debugger, NO is as it is; no effects; O(1). */
  private static void debug(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.is(2, "NO")) {
      reply.ok();
    } else if (args.is(2, "YES") || args.is(2, "SYNC")) {
      throw CommandError.err("the script debugger is not supported");
    } else {
      throw CommandError.err("Use SCRIPT DEBUG YES/SYNC/NO");
    }
  }
}
