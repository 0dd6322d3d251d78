package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ALLOW_BUSY;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.MAY_REPLICATE;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_MANDATORY_KEYS;
import static io.engramdb.node.command.CommandFlag.READONLY;
import static io.engramdb.node.command.CommandFlag.SKIP_MONITOR;
import static io.engramdb.node.command.CommandFlag.STALE;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.StoredScripts;
import io.engramdb.node.rdb.FunctionDump;
import io.engramdb.node.rdb.ValueDump;
import io.engramdb.node.script.FunctionLibraries;
import io.engramdb.node.script.FunctionLibraries.RestorePolicy;
import io.engramdb.node.script.ScriptFlag;
import io.engramdb.node.script.ScriptHost;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FUNCTION, FCALL, FCALL_RO.
 *
 * <p>Upstream behaviour: Redis {@code functions.c}. Libraries are data: what changes them is an
 * effect like any other. A call is logged as what its commands have changed, never as a call.
 */
final class FunctionCommands implements CommandFamily {

  private static final String ENGINE = "LUA";

  private static final List<String> HELP =
      List.of(
          "LOAD [REPLACE] <FUNCTION CODE>",
          "    Create a new library with the given library name and code.",
          "DELETE <LIBRARY NAME>",
          "    Delete the given library.",
          "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
          "    Return general information on all the libraries:",
          "    * Library name",
          "    * The engine used to run the Library",
          "    * Library description",
          "    * Functions list",
          "    * Library code (if WITHCODE is given)",
          "    It also possible to get only function that matches a pattern using LIBRARYNAME"
              + " argument.",
          "STATS",
          "    Return information about the current function running:",
          "    * Function name",
          "    * Command used to run the function",
          "    * Duration in MS that the function is running",
          "    If no function is running, return nil",
          "    In addition, returns a list of available engines.",
          "KILL",
          "    Kill the current running function.",
          "FLUSH [ASYNC|SYNC]",
          "    Delete all the libraries.",
          "    When called without the optional mode argument, the behavior is determined by the",
          "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
          "    * ASYNC: Asynchronously flush the libraries.",
          "    * SYNC: Synchronously flush the libraries.",
          "DUMP",
          "    Return a serialized payload representing the current libraries, can be restored"
              + " using FUNCTION RESTORE command",
          "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
          "    Restore the libraries represented by the given payload, it is possible to give a"
              + " restore policy to",
          "    control how to handle existing libraries (default APPEND):",
          "    * FLUSH: delete all existing libraries.",
          "    * APPEND: appends the restored libraries to the existing libraries. On collision,"
              + " abort.",
          "    * REPLACE: appends the restored libraries to the existing libraries, On collision,"
              + " replace the old",
          "      libraries with the new libraries (notice that even on this option there is a"
              + " chance of failure",
          "      in case of functions name collision with another library).");

  private static final CommandError WRONG_FOOTER =
      CommandError.err("DUMP payload version or checksum are wrong");
  private static final CommandError WRONG_CONTENT =
      CommandError.err("given type is not a function");
  private static final CommandError WRONG_POLICY =
      CommandError.err(
          "Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");

  private final ScriptHost host;

  FunctionCommands(ScriptHost host) {
    this.host = host;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SCRIPTING);
    List<KeySpec> changed =
        List.of(KeySpec.countedAt(2).with(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.UPDATE));
    List<KeySpec> read = List.of(KeySpec.countedAt(2).with(KeyFlag.RO, KeyFlag.ACCESS));
    table
        .keyed("fcall", "7.0.0", -3, changed, (cx, args, reply) -> call(cx, args, false, reply))
        .flags(NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLE_KEYS, MAY_REPLICATE)
        .readsOnlyIf(args -> host.functions().readsOnly(args))
        .add();
    table
        .keyed("fcall_ro", "7.0.0", -3, read, (cx, args, reply) -> call(cx, args, true, reply))
        .flags(READONLY, NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLE_KEYS)
        .add();
    CommandSpec function = table.container("function", "7.0.0", -2).add();
    table.within(function);
    List<KeySpec> none = List.of();
    table.write("load", "7.0.0", -3, none, EFFECTS, this::load).flags(DENYOOM, NOSCRIPT).add();
    table.write("delete", "7.0.0", 3, none, EFFECTS, this::delete).flags(NOSCRIPT).add();
    table.write("flush", "7.0.0", -2, none, EFFECTS, this::flush).flags(NOSCRIPT).add();
    table
        .write("restore", "7.0.0", -3, none, EFFECTS, this::restore)
        .flags(DENYOOM, NOSCRIPT)
        .add();
    table.other("list", "7.0.0", -2, this::list).flags(NOSCRIPT).add();
    table.other("dump", "7.0.0", 2, FunctionCommands::dump).flags(NOSCRIPT).add();
    table.other("stats", "7.0.0", 2, this::stats).flags(NOSCRIPT, ALLOW_BUSY).add();
    table.other("kill", "7.0.0", 2, this::kill).flags(NOSCRIPT, ALLOW_BUSY).add();
    HelpReply.row(table, "7.0.0", "FUNCTION", HELP);
    table.topLevel();
  }

  /**
   * {@code FCALL function numkeys [key …] [arg …]}: what the function returns, or its error;
   * effects of the commands that it called, as one run; cost of the function.
   */
  private void call(ExecutionContext cx, Args args, boolean readOnly, ReplyWriter reply) {
    host.functions().call(cx, args, readOnly, reply);
  }

  /** {@code FUNCTION LOAD [REPLACE] code}: the library's name; with REPLACE; cost of its code. */
  private void load(ExecutionContext cx, Args args, ReplyWriter reply) {
    int last = args.count() - 1;
    boolean replaces = false;
    for (int i = 2; i < last; i++) {
      if (!args.is(i, "REPLACE")) {
        throw CommandError.err("Unknown option given: " + args.text(i));
      }
      replaces = true;
    }
    reply.bulk(host.functions().load(cx, args.bytes(last), replaces).array());
  }

  /** {@code FUNCTION DELETE library}: OK; the effect is the request; O(functions in it). */
  private void delete(ExecutionContext cx, Args args, ReplyWriter reply) {
    host.functions().delete(cx, args.bytes(2));
    reply.ok();
  }

  /** {@code FUNCTION FLUSH [ASYNC|SYNC]}: OK; FUNCTION FLUSH if there was any; O(functions). */
  private void flush(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() > 3) {
      throw HelpReply.unknownOrArity("FUNCTION", args.text(1));
    }
    if (args.count() == 3 && !args.is(2, "SYNC") && !args.is(2, "ASYNC")) {
      throw CommandError.err("FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    host.functions().flush(cx);
    reply.ok();
  }

  /**
   * {@code FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE]}: OK; FUNCTION FLUSH, FUNCTION LOAD of
   * each library; cost of their code.
   */
  private void restore(ExecutionContext cx, Args args, ReplyWriter reply) {
    if (args.count() > 4) {
      throw HelpReply.unknownOrArity("FUNCTION", args.text(1));
    }
    RestorePolicy policy = args.count() == 3 ? RestorePolicy.APPEND : policy(args);
    List<byte[]> sources;
    try {
      sources = FunctionDump.decode(args.copy(2));
    } catch (ValueDump.WrongFooter e) {
      throw WRONG_FOOTER;
    } catch (ValueDump.WrongValue e) {
      throw WRONG_CONTENT;
    }
    host.functions().restore(cx, sources, policy);
    reply.ok();
  }

  private static RestorePolicy policy(Args args) {
    for (RestorePolicy policy : RestorePolicy.values()) {
      if (args.is(3, policy.name())) {
        return policy;
      }
    }
    throw WRONG_POLICY;
  }

  /** {@code FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]}: array of maps; none; O(libraries). */
  private void list(ExecutionContext cx, Args args, ReplyWriter reply) {
    @Nullable GlobPattern pattern = null;
    boolean withCode = false;
    for (int i = 2; i < args.count(); i++) {
      if (!withCode && args.is(i, "WITHCODE")) {
        withCode = true;
      } else if (pattern == null && args.is(i, "LIBRARYNAME")) {
        if (++i == args.count()) {
          throw CommandError.err("library name argument was not given");
        }
        pattern = new GlobPattern(args.copy(i), true);
      } else {
        throw CommandError.err("Unknown argument " + args.text(i));
      }
    }
    List<FunctionLibraries.Library> found = host.functions().list(cx, pattern);
    reply.array(found.size());
    for (FunctionLibraries.Library library : found) {
      reply.map(withCode ? 4 : 3);
      reply.bulk("library_name");
      reply.bulk(library.name().array());
      reply.bulk("engine");
      reply.bulk(ENGINE);
      reply.bulk("functions");
      reply.array(library.functions().size());
      library.functions().forEach(each -> describe(each, reply));
      if (withCode) {
        reply.bulk("library_code");
        reply.bulk(library.text().array());
      }
    }
  }

  private static void describe(FunctionLibraries.Function function, ReplyWriter reply) {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(function.name().array());
    reply.bulk("description");
    Bytes description = function.description();
    if (description == null) {
      reply.nil();
    } else {
      reply.bulk(description.array());
    }
    reply.bulk("flags");
    reply.set(function.flags().size());
    for (ScriptFlag flag : function.flags()) {
      reply.simple(flag.wireName());
    }
  }

  /** {@code FUNCTION DUMP}: payload of all libraries; no effects; O(their length). */
  private static void dump(ExecutionContext cx, Args args, ReplyWriter reply) {
    reply.bulk(
        FunctionDump.encode(
            cx.keyspaces().scripts().lookAtLibraries().values().stream()
                .map(Bytes::array)
                .toList()));
  }

  /** {@code FUNCTION STATS}: what runs, and how much there is; no effects; O(1). */
  private void stats(ExecutionContext cx, Args args, ReplyWriter reply) {
    StoredScripts stored = cx.keyspaces().scripts();
    ScriptHost.@Nullable Running running = host.runningFunction();
    reply.map(2);
    reply.bulk("running_script");
    if (running == null) {
      reply.nil();
    } else {
      describe(running, reply);
    }
    reply.bulk("engines");
    reply.map(1);
    reply.bulk(ENGINE);
    reply.map(2);
    reply.bulk("libraries_count");
    reply.integer(stored.lookAtLibraries().size());
    reply.bulk("functions_count");
    reply.integer(host.functions().functionCount(stored));
  }

  private static void describe(ScriptHost.Running running, ReplyWriter reply) {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(running.name());
    reply.bulk("command");
    Args request = running.request();
    reply.array(request.count());
    for (int i = 0; i < request.count(); i++) {
      reply.bulk(request.copy(i));
    }
    reply.bulk("duration_ms");
    reply.integer(running.ranMs());
  }

  /** {@code FUNCTION KILL}: OK, or NOTBUSY unless one runs for too long; no effects; O(1). */
  private void kill(ExecutionContext cx, Args args, ReplyWriter reply) {
    host.kill(true);
    reply.ok();
  }
}
