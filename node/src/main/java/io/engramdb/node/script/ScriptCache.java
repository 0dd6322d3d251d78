package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ScriptPort.Obstacle;
import io.engramdb.node.engine.StoredScripts;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Scripts as they were compiled, found by text (EVAL) or by hash (EVALSHA).
 *
 * <p>What SCRIPT LOAD brings stands in {@link StoredScripts}, is logged, and is therefore there
 * after a failover; here is only what was compiled from it. What EVAL brings is kept here alone, so
 * that a read stays a read, and only as long as nothing newer needs the place: clients that are
 * told NOSCRIPT send the text again. Shard thread only.
 */
public final class ScriptCache {

  /** Scripts kept that came by EVAL and were not loaded. */
  static final int MAX_EVALUATED = 500;

  private static final int SHA_CHARS = 40;
  private static final String COMPILING = "Error compiling script (new function): ";
  private static final CommandError NO_SCRIPT =
      new CommandError("NOSCRIPT", "No matching script. Please use EVAL.");

  static final CommandError TOO_MUCH_TEXT =
      new CommandError("OOM", "the texts of scripts and functions exceed 64 MB");

  /** One compiled script. */
  private record Script(Bytes sha, String name, @Nullable Set<ScriptFlag> flags, int function) {}

  private final ScriptHost host;
  private final Map<Bytes, Script> bySha = new HashMap<>();

  /** Texts that came by EVAL, the one that was used longest ago first. */
  private final LinkedHashMap<Bytes, Script> evaluated = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<Bytes, Bytes> evaluatedTexts = new HashMap<>();
  private long evaluatedBytes;

  ScriptCache(ScriptHost host) {
    this.host = host;
  }

  // --- running

  /** EVAL and EVAL_RO. */
  public void eval(ExecutionContext context, Args args, boolean readOnly, ReplyWriter reply) {
    int keys = keyCount(args, CommandError.NOT_AN_INTEGER);
    Bytes text = args.bytes(1);
    Script script = evaluated.get(text);
    if (script == null) {
      script = compiled(LuaRuntime.sha(text.array()), text);
      evaluated.put(text, script);
      evaluatedTexts.put(script.sha(), text);
      evaluatedBytes += text.length();
      evictOldest(context.keyspaces().scripts());
    }
    run(context, script, args, keys, readOnly, reply);
  }

  /** EVALSHA and EVALSHA_RO. */
  public void evalSha(ExecutionContext context, Args args, boolean readOnly, ReplyWriter reply) {
    if (args.length(1) != SHA_CHARS) {
      throw NO_SCRIPT;
    }
    int keys = keyCount(args, CommandError.NOT_AN_INTEGER);
    Bytes sha = lowerCase(args, 1);
    Bytes local = evaluatedTexts.get(sha);
    Script script;
    if (local != null) {
      script = evaluated.get(local);
    } else {
      Bytes text = context.keyspaces().scripts().script(sha);
      if (text == null) {
        throw NO_SCRIPT;
      }
      script = compiled(sha, text);
    }
    if (script == null) {
      throw NO_SCRIPT;
    }
    run(context, script, args, keys, readOnly, reply);
  }

  /** Whether an EVAL runs a script that declares to write nothing. */
  public boolean readsOnly(Args args) {
    try {
      return declaresNoWrites(Shebang.ofScript(args.copy(1)).flags());
    } catch (CommandError e) {
      // It will be told so when it runs.
      return false;
    }
  }

  /** The same for EVALSHA; what is not compiled yet may do anything. */
  public boolean readsOnlySha(Args args) {
    Script script = args.length(1) == SHA_CHARS ? bySha.get(lowerCase(args, 1)) : null;
    return script != null && declaresNoWrites(script.flags());
  }

  private static boolean declaresNoWrites(@Nullable Set<ScriptFlag> flags) {
    return flags != null && flags.contains(ScriptFlag.NO_WRITES);
  }

  /** How many keys a call names, which stand behind their count. */
  static int keyCount(Args args, CommandError noNumber) {
    long keys = args.longAt(2, noNumber);
    if (keys > args.count() - 3) {
      throw CommandError.err("Number of keys can't be greater than number of args");
    }
    if (keys < 0) {
      throw CommandError.err("Number of keys can't be negative");
    }
    return (int) keys;
  }

  static Bytes lowerCase(Args args, int word) {
    byte[] sha = args.copy(word);
    for (int i = 0; i < sha.length; i++) {
      if (sha[i] >= 'A' && sha[i] <= 'Z') {
        sha[i] += 'a' - 'A';
      }
    }
    return Bytes.wrap(sha);
  }

  private void run(
      ExecutionContext context,
      Script script,
      Args args,
      int keys,
      boolean readOnly,
      ReplyWriter reply) {
    ScriptRun run = prepare(context, args, false, script.name(), script.flags(), readOnly);
    host.runtime().run(run, script.function(), args, keys, reply);
  }

  /**
   * Checks whether a script may run at all, by what it declares.
   *
   * @param flags null if it declares nothing: then only what it does is checked
   */
  static ScriptRun prepare(
      ExecutionContext context,
      Args args,
      boolean function,
      String name,
      @Nullable Set<ScriptFlag> flags,
      boolean readOnly) {
    if (flags == null) {
      return new ScriptRun(name, context, args, function, readOnly, false, true);
    }
    // The first two say what the ladder would have said if it knew the script.
    boolean writes = !flags.contains(ScriptFlag.NO_WRITES);
    boolean allowOom = !writes || flags.contains(ScriptFlag.ALLOW_OOM);
    Obstacle obstacle = context.scripts().obstacle();
    if (obstacle == Obstacle.MEMORY_FULL && !allowOom) {
      throw CommandError.OOM;
    }
    if (writes && obstacle == Obstacle.NOT_PRIMARY) {
      throw CommandError.READ_ONLY;
    }
    if (writes && context.scripts().lacksReplicas()) {
      throw CommandError.NO_REPLICAS;
    }
    if (flags.contains(ScriptFlag.NO_CLUSTER) && context.keyspaces().hasSlots()) {
      throw CommandError.err("Can not run script on cluster, 'no-cluster' flag is set.");
    }
    if (writes && readOnly) {
      throw CommandError.err("Can not execute a script with write flag using *_ro command.");
    }
    boolean crossSlot = flags.contains(ScriptFlag.ALLOW_CROSS_SLOT_KEYS);
    return new ScriptRun(name, context, args, function, readOnly || !writes, allowOom, crossSlot);
  }

  // --- keeping

  private Script compiled(Bytes sha, Bytes text) {
    Script known = bySha.get(sha);
    if (known != null) {
      return known;
    }
    Shebang shebang = Shebang.ofScript(text.array());
    int function = host.runtime().compileScript(shebang.code(), COMPILING);
    Set<ScriptFlag> flags = shebang.flags() == null ? null : Set.copyOf(shebang.flags());
    Script script = new Script(sha, sha.toString(), flags, function);
    bySha.put(sha, script);
    return script;
  }

  private void evictOldest(StoredScripts stored) {
    if (evaluated.size() <= MAX_EVALUATED) {
      return;
    }
    var oldest = evaluated.entrySet().iterator().next();
    evaluated.remove(oldest.getKey());
    Script script = oldest.getValue();
    evaluatedTexts.remove(script.sha());
    evaluatedBytes -= oldest.getKey().length();
    if (!stored.holdsScript(script.sha())) {
      bySha.remove(script.sha());
      host.runtime().release(script.function());
    }
  }

  /**
   * SCRIPT LOAD: keeps a script, on a primary for good.
   *
   * @return its hash
   */
  public Bytes load(ExecutionContext context, Bytes text) {
    Bytes sha = LuaRuntime.sha(text.array());
    StoredScripts stored = context.keyspaces().scripts();
    if (context.replaying()) {
      stored.addScript(sha, text);
      return sha;
    }
    Script script = compiled(sha, text);
    if (context.scripts().obstacle() == Obstacle.NOT_PRIMARY) {
      // Not this node's to log; it helps those who run scripts here.
      if (evaluated.put(text, script) == null) {
        evaluatedTexts.put(sha, text);
        evaluatedBytes += text.length();
      }
      evictOldest(stored);
      return sha;
    }
    if (!stored.holdsScript(sha) && !stored.hasRoomFor(text.length())) {
      throw TOO_MUCH_TEXT;
    }
    if (stored.addScript(sha, text)) {
      context
          .effects()
          .record(context.client().database, ascii("script"), ascii("load"), text.array());
    }
    return sha;
  }

  /** SCRIPT EXISTS for one word. */
  public boolean exists(ExecutionContext context, Args args, int word) {
    Bytes sha = lowerCase(args, word);
    return evaluatedTexts.containsKey(sha) || context.keyspaces().scripts().script(sha) != null;
  }

  /** SCRIPT FLUSH. */
  public void flush(ExecutionContext context) {
    StoredScripts stored = context.keyspaces().scripts();
    if (context.replaying()) {
      stored.flushScripts();
      return;
    }
    for (Script script : bySha.values()) {
      host.runtime().release(script.function());
    }
    // Upstream begins with a new interpreter: what scripts held is given back at once here, too.
    if (!bySha.isEmpty()) {
      host.runtime().collect();
    }
    bySha.clear();
    evaluated.clear();
    evaluatedTexts.clear();
    evaluatedBytes = 0;
    if (context.scripts().obstacle() != Obstacle.NOT_PRIMARY && stored.flushScripts()) {
      context.effects().record(context.client().database, ascii("script"), ascii("flush"));
    }
  }

  // --- figures

  /** Scripts that EVALSHA finds. */
  public int count(StoredScripts stored) {
    int count = stored.all().size();
    for (Bytes sha : evaluatedTexts.keySet()) {
      count += stored.holdsScript(sha) ? 0 : 1;
    }
    return count;
  }

  /** Bytes of the texts of scripts that only EVAL brought. */
  public long evaluatedBytes() {
    return evaluatedBytes;
  }
}
