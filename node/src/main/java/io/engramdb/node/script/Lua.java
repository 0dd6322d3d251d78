package io.engramdb.node.script;

import io.engramdb.node.command.CommandError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import party.iroiro.luajava.LuaNatives;
import party.iroiro.luajava.lua51.Lua51;

/**
 * One Lua state and the stack operations on it. A stack is named by its address, because a
 * coroutine has one of its own. Shard thread only.
 */
final class Lua implements AutoCloseable {

  static final int NIL = 0;
  static final int BOOLEAN = 1;
  static final int NUMBER = 3;
  static final int STRING = 4;
  static final int TABLE = 5;
  static final int FUNCTION = 6;

  static final int REGISTRY = -10000;

  /** What {@link Function#call} returns to raise the value on top of the stack. */
  static final int RAISE = -1;

  /** Strings up to this size pass through one buffer that is kept, bytes. */
  private static final int SCRATCH_BYTES = 64 * 1024;

  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** A function of ours that Lua calls. */
  @FunctionalInterface
  interface Function {
    /**
     * @param stack where the arguments stand, from 1 on
     * @return how many results stand on top of the stack, or {@link #RAISE}
     */
    int call(long stack);
  }

  /** The C functions that take and give bytes. */
  private static final class Bridge {
    static final MethodHandle PUSH_STRING =
        handle(
            "lua_pushlstring",
            FunctionDescriptor.ofVoid(
                ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    static final MethodHandle TO_STRING =
        handle(
            "lua_tolstring",
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS));
    static final MethodHandle LOAD =
        handle(
            "luaL_loadbuffer",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));
    static final MethodHandle COLLECT =
        handle(
            "lua_gc",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT));

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
      MemorySegment address =
          SymbolLookup.loaderLookup()
              .find(name)
              .orElseThrow(() -> new IllegalStateException("the Lua library lacks " + name));
      return Linker.nativeLinker().downcallHandle(address, descriptor);
    }
  }

  private final Lua51 owner;
  private final LuaNatives natives;
  private final long main;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scratch = arena.allocate(SCRATCH_BYTES);
  private final MemorySegment lengthCell = arena.allocate(ValueLayout.JAVA_LONG);
  private final List<party.iroiro.luajava.Lua> adopted = new ArrayList<>();

  /** Longest string that is taken over from Lua, or built for it, bytes. */
  private final int maxBytes;

  /** What went wrong in a function of ours, which Lua must not swallow. */
  private @Nullable Throwable fault;

  Lua(int maxBytes) {
    this.maxBytes = maxBytes;
    owner = create();
    natives = owner.getLuaNatives();
    main = owner.getPointer();
    owner.openLibraries();
  }

  /**
   * The library is unpacked into the directory for temporary files when it is not there yet; of
   * several processes that start at once, one must not load what another is writing.
   */
  private static Lua51 create() {
    Path guard = Path.of(System.getProperty("java.io.tmpdir"), "engram-lua.lock");
    try (FileChannel channel =
            FileChannel.open(guard, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      return new Lua51();
    } catch (IOException e) {
      throw new UncheckedIOException("can't unpack the Lua library", e);
    }
  }

  /** Bytes that leave a script at once at most: one string, the arguments of a call, a reply. */
  int maxBytes() {
    return maxBytes;
  }

  /** The main stack. */
  long main() {
    return main;
  }

  @Override
  public void close() {
    owner.close();
    arena.close();
  }

  // --- bytes

  void push(long stack, byte[] bytes) {
    push(stack, bytes, 0, bytes.length);
  }

  void push(long stack, byte[] bytes, int offset, int length) {
    try {
      if (length <= SCRATCH_BYTES) {
        MemorySegment.copy(bytes, offset, scratch, ValueLayout.JAVA_BYTE, 0, length);
        Bridge.PUSH_STRING.invokeExact(stack, scratch, (long) length);
      } else {
        try (Arena once = Arena.ofConfined()) {
          MemorySegment copy = once.allocate(length);
          MemorySegment.copy(bytes, offset, copy, ValueLayout.JAVA_BYTE, 0, length);
          Bridge.PUSH_STRING.invokeExact(stack, copy, (long) length);
        }
      }
    } catch (Throwable e) {
      throw wrapped(e);
    }
  }

  /** Text of ours, ASCII. */
  void push(long stack, String ascii) {
    push(stack, ascii(ascii));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Looks at a string (or a number, which becomes one); its bytes are read by {@link #copyString}
   * before anything else is called.
   *
   * @return where its bytes are
   */
  long stringAddress(long stack, int index) {
    try {
      return (long) Bridge.TO_STRING.invokeExact(stack, index, lengthCell);
    } catch (Throwable e) {
      throw wrapped(e);
    }
  }

  /**
   * Length of the string that was looked at last.
   *
   * @throws CommandError if it is longer than what is taken over
   */
  int stringLength() {
    long length = lengthCell.get(ValueLayout.JAVA_LONG, 0);
    if (length > maxBytes) {
      throw ByteSink.TOO_LONG;
    }
    return (int) length;
  }

  static void copyString(long address, byte[] into, int offset, int length) {
    MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, address, into, offset, length);
  }

  /** The bytes of a string or number. */
  byte[] bytes(long stack, int index) {
    long address = stringAddress(stack, index);
    byte[] copy = new byte[address == 0 ? 0 : stringLength()];
    copyString(address, copy, 0, copy.length);
    return copy;
  }

  /** As {@link #bytes}, as text of one byte a character. */
  String text(long stack, int index) {
    return new String(bytes(stack, index), StandardCharsets.ISO_8859_1);
  }

  /** Compiles a chunk and pushes its function, or the error; source text only. */
  boolean load(byte[] code, String chunkName) {
    try (Arena once = Arena.ofConfined()) {
      MemorySegment copy = once.allocate(Math.max(1, code.length));
      MemorySegment.copy(code, 0, copy, ValueLayout.JAVA_BYTE, 0, code.length);
      MemorySegment name = once.allocateFrom(chunkName);
      return (int) Bridge.LOAD.invokeExact(main, copy, (long) code.length, name) == 0;
    } catch (Throwable e) {
      throw wrapped(e);
    }
  }

  /** Does a step of collection of that size; 0 for a full one. */
  void collect(int stepSize) {
    try {
      int result = (int) Bridge.COLLECT.invokeExact(main, stepSize == 0 ? 2 : 5, stepSize);
      assert result >= 0;
    } catch (Throwable e) {
      throw wrapped(e);
    }
  }

  /** Bytes that the state occupies. */
  long usedBytes() {
    try {
      long kib = (int) Bridge.COLLECT.invokeExact(main, 3, 0);
      int rest = (int) Bridge.COLLECT.invokeExact(main, 4, 0);
      return kib * 1024 + rest;
    } catch (Throwable e) {
      throw wrapped(e);
    }
  }

  private static RuntimeException wrapped(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  // --- functions

  /** Pushes a function of ours. */
  void push(long stack, Function function) {
    owner.push((party.iroiro.luajava.JFunction) caller -> called(caller, function));
    if (stack != main) {
      natives.lua_xmove(main, stack, 1);
    }
  }

  private int called(party.iroiro.luajava.Lua caller, Function function) {
    if (caller != owner) {
      forgetCoroutines(caller);
      adopted.add(caller);
    } else if (!adopted.isEmpty()) {
      forgetCoroutines(null);
    }
    long stack = caller.getPointer();
    try {
      return function.call(stack);
    } catch (CommandError e) {
      LuaReplyWriter.pushError(this, stack, e.line());
      return RAISE;
    } catch (Throwable e) {
      fault = e;
      push(stack, "internal error");
      return RAISE;
    }
  }

  /** luajava keeps an object for each coroutine that ever called us, until it is told to forget. */
  private void forgetCoroutines(party.iroiro.luajava.@Nullable Lua except) {
    for (party.iroiro.luajava.Lua coroutine : adopted) {
      if (coroutine != except) {
        coroutine.close();
      }
    }
    adopted.clear();
  }

  /**
   * Calls the function below its arguments on the main stack.
   *
   * @param handler where the error handler stands, 0 for none
   * @return whether it ended well; if not, the error stands on top instead of results
   */
  boolean call(int arguments, int results, int handler) {
    boolean ok = natives.lua_pcall(main, arguments, results, handler) == 0;
    if (!adopted.isEmpty()) {
      forgetCoroutines(null);
    }
    Throwable broken = fault;
    if (broken != null) {
      fault = null;
      throw wrapped(broken);
    }
    return ok;
  }

  /** Raises an error that says where the script was. */
  int raiseWithPlace(long stack, String message) {
    natives.luaL_where(stack, 1);
    push(stack, message);
    natives.lua_concat(stack, 2);
    return RAISE;
  }

  // --- the stack

  int type(long stack, int index) {
    return natives.lua_type(stack, index);
  }

  String typeName(long stack, int index) {
    int type = type(stack, index);
    return type < 0 ? "no value" : natives.lua_typename(stack, type);
  }

  int top(long stack) {
    return natives.lua_gettop(stack);
  }

  void top(long stack, int newTop) {
    natives.lua_settop(stack, newTop);
  }

  void pop(long stack, int count) {
    natives.lua_settop(stack, -count - 1);
  }

  /** Whether that many places more are there. */
  boolean reserve(long stack, int places) {
    return natives.lua_checkstack(stack, places) != 0;
  }

  void pushNil(long stack) {
    natives.lua_pushnil(stack);
  }

  void push(long stack, boolean value) {
    natives.lua_pushboolean(stack, value ? 1 : 0);
  }

  void push(long stack, double value) {
    natives.lua_pushnumber(stack, value);
  }

  void pushNullPointer(long stack) {
    natives.lua_pushlightuserdata(stack, 0);
  }

  /** Moves the value on top from one stack to another of the same state. */
  void move(long from, long to) {
    if (from != to) {
      natives.lua_xmove(from, to, 1);
    }
  }

  void pushCopy(long stack, int index) {
    natives.lua_pushvalue(stack, index);
  }

  void remove(long stack, int index) {
    natives.lua_remove(stack, index);
  }

  void insert(long stack, int index) {
    natives.lua_insert(stack, index);
  }

  boolean toBoolean(long stack, int index) {
    return natives.lua_toboolean(stack, index) != 0;
  }

  double toNumber(long stack, int index) {
    return natives.lua_tonumber(stack, index);
  }

  /** A number, or a string that reads as one. */
  boolean isNumber(long stack, int index) {
    return natives.lua_isnumber(stack, index) != 0;
  }

  /** A string or a number. */
  boolean isString(long stack, int index) {
    return natives.lua_isstring(stack, index) != 0;
  }

  boolean isNullPointer(long stack, int index) {
    return natives.lua_islightuserdata(stack, index) != 0
        && natives.lua_touserdata(stack, index) == 0;
  }

  // --- tables, always raw

  void newTable(long stack, int arraySize, int hashSize) {
    natives.lua_createtable(stack, arraySize, hashSize);
  }

  /** Pushes the element; -1 if index counts from the top is as before the push. */
  void rawGet(long stack, int table, int element) {
    natives.luaJ_rawgeti(stack, table, element);
  }

  /** Sets the element to the value on top, which is popped. */
  void rawSet(long stack, int table, int element) {
    natives.lua_rawseti(stack, table, element);
  }

  /** Exchanges the key on top for its value. */
  void rawGet(long stack, int table) {
    natives.luaJ_rawget(stack, table);
  }

  /** Sets key and value on top, which are popped. */
  void rawSet(long stack, int table) {
    natives.lua_rawset(stack, table);
  }

  /** Pushes the value of a field with an ASCII name. */
  void rawField(long stack, int table, byte[] name) {
    int absolute = table > 0 || table <= REGISTRY ? table : top(stack) + table + 1;
    push(stack, name);
    rawGet(stack, absolute);
  }

  /** Sets a field to the value on top, which is popped. */
  void setRawField(long stack, int table, byte[] name) {
    int absolute = table > 0 || table <= REGISTRY ? table : top(stack) + table + 1;
    push(stack, name);
    natives.lua_insert(stack, -2);
    rawSet(stack, absolute);
  }

  /** Exchanges the key on top for the next key and its value; false at the end. */
  boolean next(long stack, int table) {
    return natives.lua_next(stack, table) != 0;
  }

  /** Keeps the value on top, which is popped, under a number. */
  int keep(long stack) {
    return natives.luaL_ref(stack, REGISTRY);
  }

  void pushKept(long stack, int number) {
    rawGet(stack, REGISTRY, number);
  }

  void release(int number) {
    natives.luaL_unref(main, REGISTRY, number);
  }
}
