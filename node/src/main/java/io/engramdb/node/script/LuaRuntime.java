package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ReplyWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The Lua interpreter of one shard, made when the first script comes: compiles and calls. Shard
 * thread only.
 *
 * <p>The worlds of scripts and of functions are built by {@code lua/sandbox.lua}; it gives back
 * what is kept: for each world the function that gives a chunk its globals and the one that runs
 * something in it, one that loads a library, and the error handler that notes where an error arose.
 */
public final class LuaRuntime implements AutoCloseable {

  /** Source text of a chunk that is compiled code instead; the interpreter would trust it. */
  private static final int COMPILED_MARK = 27;

  /** How long a library may take to register its functions, milliseconds; as upstream. */
  private static final long MAX_LOAD_MS = 500;

  private static final long NANOS_PER_MS = 1_000_000;
  private static final String LOADS_TOO_LONG = "FUNCTION LOAD timeout";
  private static final String COMPILING = "Error compiling function: ";
  private static final String REGISTERING = "Error registering functions: ";

  /** Calls between two steps of the collector, and the size of a step, as upstream. */
  private static final int CALLS_PER_COLLECTION = 50;

  private static final int COLLECTION_STEP = 50;

  private static final byte[] ERR = ascii("err");
  private static final byte[] SOURCE = ascii("source");
  private static final byte[] LINE = ascii("line");

  private final Lua lua;
  private final RedisApi api;
  private final LuaReplies replies;
  private final int adopter;
  private final int handler;
  private final int runner;
  private final int libraryAdopter;
  private final int libraryLoader;
  private final int functionCaller;
  private final LibraryRegistry registry;
  private int calls;
  private final LongSupplier nanoTime;
  private final ScriptHost host;
  private @Nullable ScriptRun running;
  private long beganNanos;

  /**
   * An interpreter.
   *
   * @param nanoTime monotonic, for the time that a script takes
   * @param maxBytes what may leave a script at once: one string, a call, a reply, its effects
   * @param host hears of scripts that take long
   */
  LuaRuntime(LongSupplier nanoTime, int maxBytes, ScriptHost host) {
    this.nanoTime = nanoTime;
    this.host = host;
    lua = new Lua(maxBytes);
    api = new RedisApi(lua);
    replies = new LuaReplies(lua);
    long stack = lua.main();
    boolean loaded = lua.load(resource("/lua/sandbox.lua"), "=sandbox");
    Invariant.check(loaded, "the sandbox does not compile");
    api.pushTable();
    new CjsonLibrary(lua).pushTable();
    new CmsgpackLibrary(lua).pushTable();
    new BitLibrary(lua).pushTable();
    new StructLibrary(lua).pushTable();
    ScriptRandom random = new ScriptRandom(lua);
    lua.push(stack, random::next);
    lua.push(stack, random::seed);
    lua.push(stack, this::overdue);
    registry = new LibraryRegistry(lua);
    api.pushLibraryTable(registry::register);
    boolean built = lua.call(9, 6, 0);
    Invariant.check(built, "no sandbox");
    functionCaller = lua.keep(stack);
    libraryLoader = lua.keep(stack);
    libraryAdopter = lua.keep(stack);
    runner = lua.keep(stack);
    handler = lua.keep(stack);
    adopter = lua.keep(stack);
  }

  private static byte[] resource(String path) {
    try (InputStream in = LuaRuntime.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    lua.close();
  }

  Lua lua() {
    return lua;
  }

  RedisApi api() {
    return api;
  }

  int handler() {
    return handler;
  }

  /** Bytes that the interpreter occupies. */
  long usedBytes() {
    return lua.usedBytes();
  }

  /**
   * Compiles a script.
   *
   * @return the number under which its function is kept
   * @throws CommandError with the compiler's message behind these words
   */
  int compileScript(byte[] code, String failure) {
    compile(code, "@user_script", failure, adopter);
    return lua.keep(lua.main());
  }

  /** Leaves the chunk's function on the main stack, in the world that the adopter gives it. */
  private void compile(byte[] code, String chunkName, String failure, int itsAdopter) {
    long stack = lua.main();
    if (code.length > 0 && code[0] == COMPILED_MARK) {
      throw CommandError.err(failure + "compiled code is not allowed");
    }
    if (!lua.load(code, chunkName)) {
      String message = lua.text(stack, -1);
      lua.pop(stack, 1);
      throw CommandError.err(failure + message);
    }
    lua.pushKept(stack, itsAdopter);
    lua.insert(stack, -2);
    boolean adopted = lua.call(1, 1, 0);
    Invariant.check(adopted, "a chunk was not taken into its world");
  }

  /**
   * Compiles a library and runs it, which registers its functions.
   *
   * @return what it has registered; it is the caller's to release
   * @throws CommandError in a client's words; nothing is kept then
   */
  List<LibraryRegistry.Registered> load(byte[] code) {
    long stack = lua.main();
    int floor = lua.top(stack);
    lua.reserve(stack, 8);
    try {
      lua.pushKept(stack, handler);
      lua.pushKept(stack, libraryLoader);
      compile(code, "@user_function", COMPILING, libraryAdopter);
      beganNanos = nanoTime.getAsLong();
      registry.open(true);
      if (lua.call(1, 0, floor + 1)) {
        return registry.take();
      }
      String message = lua.type(stack, -1) == Lua.TABLE ? field(stack, ERR) : lua.text(stack, -1);
      throw CommandError.err(REGISTERING + (message == null ? "ERR unknown error" : message));
    } finally {
      registry.open(false);
      lua.top(stack, floor);
      // What a library that failed has left.
      registry.take().forEach(each -> release(each.callback()));
    }
  }

  /** Gives back all memory that nothing refers to. */
  void collect() {
    lua.collect(0);
  }

  void release(int function) {
    lua.release(function);
  }

  /**
   * Runs a script and writes its reply, or the error that it ended with. Words three and following
   * of the request are so many keys, then arguments.
   */
  void run(ScriptRun run, int script, Args args, int keys, ReplyWriter reply) {
    run(run, runner, script, args, keys, reply);
  }

  /** Calls a function of a library; otherwise as {@link #run}. */
  void callFunction(ScriptRun run, int callback, Args args, int keys, ReplyWriter reply) {
    run(run, functionCaller, callback, args, keys, reply);
  }

  private void run(ScriptRun run, int way, int function, Args args, int keys, ReplyWriter reply) {
    long stack = lua.main();
    int floor = lua.top(stack);
    int firstKey = 3;
    lua.reserve(stack, 16);
    lua.pushKept(stack, handler);
    lua.pushKept(stack, way);
    lua.pushKept(stack, function);
    pushWords(args, firstKey, firstKey + keys);
    pushWords(args, firstKey + keys, args.count());
    finish(run, 3, floor, reply);
  }

  private void pushWords(Args args, int from, int to) {
    long stack = lua.main();
    lua.newTable(stack, to - from, 0);
    for (int i = from; i < to; i++) {
      lua.push(stack, args.array(), args.offset(i), args.length(i));
      lua.rawSet(stack, -2, i - from + 1);
    }
  }

  private void finish(ScriptRun run, int arguments, int floor, ReplyWriter reply) {
    long stack = lua.main();
    var client = run.context.client();
    int database = client.database;
    run.beganNanos = nanoTime.getAsLong();
    enter(run);
    try {
      boolean ended = lua.call(arguments, 1, floor + 1);
      if (ended) {
        replies.write(stack, run.protocol, reply);
        CommandError returned = replies.failure();
        if (returned != null) {
          run.port.failed(returned);
        }
      } else {
        CommandError error = error(stack, run.name);
        run.port.failed(error);
        reply.error(error);
      }
    } finally {
      enter(null);
      client.database = database;
      lua.top(stack, floor);
    }
    if (++calls >= CALLS_PER_COLLECTION) {
      calls = 0;
      lua.collect(COLLECTION_STEP);
    }
  }

  private void enter(@Nullable ScriptRun run) {
    api.enter(run);
    host.enter(run);
    running = run;
  }

  /** Called now and then while something runs: gives the words with which it must end, or nil. */
  private int overdue(long stack) {
    ScriptRun run = running;
    String words;
    if (run != null) {
      words = host.look(run, (nanoTime.getAsLong() - run.beganNanos) / NANOS_PER_MS);
    } else {
      boolean late = nanoTime.getAsLong() - beganNanos > MAX_LOAD_MS * NANOS_PER_MS;
      words = late ? LOADS_TOO_LONG : null;
    }
    if (words == null) {
      lua.pushNil(stack);
    } else {
      lua.push(stack, words);
    }
    return 1;
  }

  /** The error on top of the stack, with the place where it arose. */
  CommandError error(long stack, String scriptName) {
    if (lua.type(stack, -1) != Lua.TABLE) {
      return CommandError.err(lua.text(stack, -1));
    }
    String said = field(stack, ERR);
    String line = said == null ? "ERR unknown error" : LuaReplies.oneLine(said);
    String source = field(stack, SOURCE);
    String number = field(stack, LINE);
    if (source != null && number != null) {
      line += " script: " + scriptName + ", on " + source + ":" + number + ".";
    }
    CommandError error = LuaReplies.errorOf(line);
    return replies.isCounted(stack) ? error.asCounted() : error;
  }

  private @Nullable String field(long stack, byte[] name) {
    lua.rawField(stack, -1, name);
    String text = lua.isString(stack, -1) ? lua.text(stack, -1) : null;
    lua.pop(stack, 1);
    return text;
  }

  /** How the text of a script is found by EVALSHA. */
  static Bytes sha(byte[] text) {
    return Bytes.wrap(ascii(RedisApi.sha1(text)));
  }
}
