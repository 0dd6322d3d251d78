package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

import io.engramdb.node.cluster.SlotHash;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CompatibleVersion;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ScriptPort.Obstacle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table {@code redis} that scripts see (upstream {@code script_lua.c}, the ladder of refusals
 * {@code script.c}). Shard thread only.
 */
final class RedisApi extends LuaLibrary {

  private static final Logger LOG = LoggerFactory.getLogger(RedisApi.class);

  private static final int LOG_DEBUG = 0;
  private static final int LOG_VERBOSE = 1;
  private static final int LOG_NOTICE = 2;
  private static final int LOG_WARNING = 3;
  private static final int REPL_ALL = 3;

  private static final CommandError NO_ARGUMENTS =
      CommandError.err("Please specify at least one argument for this redis lib call");
  private static final CommandError BAD_ARGUMENTS =
      CommandError.err("Lua redis lib command arguments must be strings or integers");
  private static final CommandError UNKNOWN =
      CommandError.err("Unknown Redis command called from script");
  private static final CommandError WRONG_COUNT =
      CommandError.err("Wrong number of args calling Redis command from script");
  private static final CommandError NOT_ALLOWED =
      CommandError.err("This Redis command is not allowed from script");
  private static final CommandError READ_ONLY_SCRIPT =
      CommandError.err("Write commands are not allowed from read-only scripts.");
  private static final CommandError CROSS_SLOT =
      CommandError.err("Script attempted to access keys that do not hash to the same slot");
  private static final CommandError FOREIGN_SLOT =
      CommandError.err("Script attempted to access a non local key in a cluster node");
  private static final CommandError CLUSTER_DOWN =
      CommandError.err("Script attempted to execute a command while the cluster is down");
  private static final CommandError DURING_LOAD =
      CommandError.err("redis.call/pcall can only be called inside a script invocation");

  private final CallArguments arguments;
  private final LuaReplyWriter replies;

  /** What runs; null while nothing does. */
  private @Nullable ScriptRun run;

  // For the visitor below, which is made once.
  private Args keyArgs = new Args();
  private int slot;

  private final KeySpec.PlaceVisitor slotVisitor = place -> slot = SlotHash.slotOf(keyArgs, place);

  RedisApi(Lua lua) {
    super(lua);
    arguments = new CallArguments(lua);
    replies = new LuaReplyWriter(lua);
  }

  void enter(@Nullable ScriptRun newRun) {
    run = newRun;
  }

  @Override
  void pushTable() {
    long stack = lua.main();
    lua.newTable(stack, 0, 32);
    put("call", caller -> call(caller, true));
    put("pcall", caller -> call(caller, false));
    putCommons();
    put("setresp", this::setProtocol);
    put("error_reply", this::errorReply);
    put("status_reply", this::statusReply);
    put("sha1hex", this::sha1hex);
    put("set_repl", this::setReplication);
    put("acl_check_cmd", this::checkRights);
    put("replicate_commands", caller -> answer(caller, true));
    put("breakpoint", caller -> answer(caller, false));
    put("debug", caller -> 0);
    put("REPL_NONE", 0);
    put("REPL_AOF", 1);
    put("REPL_SLAVE", 2);
    put("REPL_REPLICA", 2);
    put("REPL_ALL", REPL_ALL);
  }

  /** What a library sees that is being loaded; {@code register} is all that it may do. */
  void pushLibraryTable(Lua.Function register) {
    lua.newTable(lua.main(), 0, 16);
    put("register_function", register);
    putCommons();
  }

  private void putCommons() {
    put("log", this::log);
    put("LOG_DEBUG", LOG_DEBUG);
    put("LOG_VERBOSE", LOG_VERBOSE);
    put("LOG_NOTICE", LOG_NOTICE);
    put("LOG_WARNING", LOG_WARNING);
    String[] version = CompatibleVersion.REDIS.split("\\.");
    int number = 0;
    for (String part : version) {
      number = number << 8 | Integer.parseInt(part);
    }
    put("REDIS_VERSION_NUM", number);
    put("REDIS_VERSION", CompatibleVersion.REDIS);
  }

  private void put(String name, int value) {
    lua.push(lua.main(), (double) value);
    lua.setRawField(lua.main(), -2, ascii(name));
  }

  private int answer(long stack, boolean value) {
    lua.push(stack, value);
    return 1;
  }

  // --- calls

  private int call(long stack, boolean raises) {
    ScriptRun present = run;
    if (present == null) {
      return fail(stack, DURING_LOAD, raises);
    }
    int count = lua.top(stack);
    CommandError refusal = count == 0 ? NO_ARGUMENTS : null;
    if (refusal == null && !arguments.read(stack, count)) {
      refusal = BAD_ARGUMENTS;
    }
    if (refusal != null) {
      return fail(stack, refusal, raises);
    }
    Args args = arguments.args();
    CommandSpec spec = present.port.resolve(args);
    refusal = refuse(spec, args, present);
    if (refusal != null || spec == null) {
      CommandError error = refusal == null ? UNKNOWN : refusal;
      present.port.rejected(spec, error);
      LuaReplyWriter.pushCountedError(lua, stack, error.line());
      return raises ? Lua.RAISE : 1;
    }
    replies.begin(stack, present.protocol);
    present.port.call(spec, args, replies);
    arguments.release();
    return replies.failed() && raises ? Lua.RAISE : 1;
  }

  private int fail(long stack, CommandError error, boolean raises) {
    LuaReplyWriter.pushError(lua, stack, error.line());
    return raises ? Lua.RAISE : 1;
  }

  private @Nullable CommandError refuse(@Nullable CommandSpec spec, Args args, ScriptRun present) {
    if (spec == null || (spec.isContainer() && args.count() >= 2)) {
      return UNKNOWN;
    }
    if (spec.isContainer() || !spec.acceptsWords(args.count())) {
      return WRONG_COUNT;
    }
    if (spec.has(CommandFlag.NOSCRIPT) && !present.port.allowsAll()) {
      return NOT_ALLOWED;
    }
    CommandError refusal = present.port.refuseByChecks(spec, args);
    if (refusal != null) {
      return inScript(refusal);
    }
    refusal = refuseWrite(spec, present);
    if (refusal == null) {
      refusal = refuseSlot(spec, args, present);
    }
    return refusal != null ? refusal : refuseWaiting(spec, args);
  }

  private static @Nullable CommandError refuseWaiting(CommandSpec spec, Args args) {
    if (spec.has(CommandFlag.BLOCKING) && spec.name().startsWith("xread") && blocks(args)) {
      return CommandError.err(
          spec.name() + " command is not allowed with BLOCK option from scripts");
    }
    return null;
  }

  /** Whether a reader of streams would wait: the option stands in front of the streams. */
  private static boolean blocks(Args args) {
    for (int i = 1; i < args.count() && !args.is(i, "STREAMS"); i++) {
      if (args.is(i, "BLOCK")) {
        return true;
      }
    }
    return false;
  }

  /** How a check's refusal is worded inside a script. */
  private static CommandError inScript(CommandError refusal) {
    return switch (refusal.code()) {
      case "CROSSSLOT" -> CROSS_SLOT;
      case "MOVED", "ASK" -> FOREIGN_SLOT;
      case "CLUSTERDOWN" -> CLUSTER_DOWN;
      default -> refusal;
    };
  }

  private @Nullable CommandError refuseWrite(CommandSpec spec, ScriptRun present) {
    boolean writes = spec.isWrite();
    if (present.readOnly && (writes || spec.has(CommandFlag.MAY_REPLICATE))) {
      return READ_ONLY_SCRIPT;
    }
    if (!writes && !spec.isDenyOom()) {
      return null;
    }
    if (writes && present.port.obstacle() == Obstacle.NOT_PRIMARY) {
      return CommandError.READ_ONLY;
    }
    if (writes && !present.hasWritten() && present.port.lacksReplicas()) {
      return CommandError.NO_REPLICAS;
    }
    // The effects of a script are one run, which stands in memory as a whole.
    if (present.port.effectBytes() > lua.maxBytes()) {
      return CommandError.OOM;
    }
    // What was full when the script began stays full for it; once it has written, it may end.
    if (!spec.isDenyOom() || present.hasWritten()) {
      return null;
    }
    if (present.obstacle == Obstacle.LOG_DISK_LOW) {
      return CommandError.NO_SPACE;
    }
    return present.obstacle == Obstacle.MEMORY_FULL && !present.allowOom ? CommandError.OOM : null;
  }

  private @Nullable CommandError refuseSlot(CommandSpec spec, Args args, ScriptRun present) {
    if (present.allowCrossSlot
        || spec.keys().isEmpty()
        || !present.context.keyspaces().hasSlots()) {
      return null;
    }
    slot = ScriptRun.NO_SLOT;
    keyArgs = args;
    for (KeySpec keys : spec.keys()) {
      keys.visit(args, slotVisitor);
    }
    if (slot == ScriptRun.NO_SLOT) {
      return null;
    }
    if (present.slot != ScriptRun.NO_SLOT && present.slot != slot) {
      return CROSS_SLOT;
    }
    present.slot = slot;
    return null;
  }

  // --- the rest

  private int raise(long stack, String message) {
    LuaReplyWriter.pushError(lua, stack, CommandError.err(message).line());
    return Lua.RAISE;
  }

  private int log(long stack) {
    int count = lua.top(stack);
    if (count < 2) {
      return raise(stack, "redis.log() requires two arguments or more.");
    }
    if (!lua.isNumber(stack, 1)) {
      return raise(stack, "First argument must be a number (log level).");
    }
    double level = lua.toNumber(stack, 1);
    if (level < LOG_DEBUG || level > LOG_WARNING) {
      return raise(stack, "Invalid debug level.");
    }
    StringBuilder text = new StringBuilder();
    for (int i = 2; i <= count; i++) {
      if (lua.isString(stack, i)) {
        text.append(text.isEmpty() ? "" : " ").append(lua.text(stack, i));
      }
    }
    switch ((int) level) {
      case LOG_DEBUG, LOG_VERBOSE -> LOG.debug("script: {}", text);
      case LOG_NOTICE -> LOG.info("script: {}", text);
      default -> LOG.warn("script: {}", text);
    }
    return 0;
  }

  private int setProtocol(long stack) {
    if (lua.top(stack) != 1) {
      return raise(stack, "redis.setresp() requires one argument.");
    }
    double version = lua.toNumber(stack, 1);
    if (version != 2 && version != 3) {
      return raise(stack, "RESP version must be 2 or 3.");
    }
    ScriptRun present = run;
    if (present != null) {
      present.protocol = (int) version;
    }
    return 0;
  }

  private int errorReply(long stack) {
    if (lua.top(stack) != 1 || lua.type(stack, 1) != Lua.STRING) {
      return wrongArguments(stack);
    }
    String text = lua.text(stack, 1);
    String bare = text.startsWith("-") ? text.substring(1) : text;
    int end = bare.length();
    while (end > 0 && (bare.charAt(end - 1) == '\n' || bare.charAt(end - 1) == '\r')) {
      end--;
    }
    bare = bare.substring(0, end);
    String line = bare.indexOf(' ') < 0 ? "ERR " + bare : bare;
    LuaReplyWriter.pushError(lua, stack, line.getBytes(StandardCharsets.ISO_8859_1));
    return 1;
  }

  private int statusReply(long stack) {
    if (lua.top(stack) != 1 || lua.type(stack, 1) != Lua.STRING) {
      return wrongArguments(stack);
    }
    lua.newTable(stack, 0, 1);
    lua.pushCopy(stack, 1);
    lua.setRawField(stack, -2, ascii("ok"));
    return 1;
  }

  private int wrongArguments(long stack) {
    LuaReplyWriter.pushError(lua, stack, ascii("ERR wrong number or type of arguments"));
    return 1;
  }

  private int sha1hex(long stack) {
    if (lua.top(stack) != 1) {
      return raise(stack, "wrong number of arguments");
    }
    lua.push(stack, sha1(lua.bytes(stack, 1)));
    return 1;
  }

  /** The hexadecimal SHA-1 of a text, lower case. */
  static String sha1(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private int setReplication(long stack) {
    if (lua.top(stack) != 1) {
      return raise(stack, "redis.set_repl() requires two arguments.");
    }
    double flags = lua.toNumber(stack, 1);
    if (flags < 0 || flags > REPL_ALL) {
      return raise(
          stack, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    // Every effect is logged, whatever a script says: what is not in the log is not there.
    return 0;
  }

  private int checkRights(long stack) {
    ScriptRun present = run;
    int count = lua.top(stack);
    if (count == 0) {
      return raise(stack, NO_ARGUMENTS.getMessage());
    }
    if (!arguments.read(stack, count)) {
      return raise(stack, "redis.acl_check_cmd() require string arguments");
    }
    if (present == null) {
      return raise(stack, "redis.acl_check_cmd can only be called inside a script invocation");
    }
    CommandSpec spec = present.port.resolve(arguments.args());
    if (spec == null || spec.isContainer()) {
      return raise(stack, "Invalid command passed to redis.acl_check_cmd()");
    }
    return answer(stack, present.port.permits(spec, arguments.args()));
  }
}
