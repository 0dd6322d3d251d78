package io.engramdb.node.script;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a shard has for scripts: the interpreter, which is made when it is needed first, the scripts
 * and the functions. One per shard, shard thread only.
 */
public final class ScriptHost implements AutoCloseable {

  private final ScriptCache scripts = new ScriptCache(this);
  private final LongSupplier nanoTime;
  private @Nullable LuaRuntime runtime;

  public ScriptHost() {
    this(System::nanoTime);
  }

  /** With a clock of its own for the time that scripts take, monotonic nanoseconds. */
  public ScriptHost(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  LuaRuntime runtime() {
    LuaRuntime present = runtime;
    if (present == null) {
      present = new LuaRuntime(nanoTime);
      runtime = present;
    }
    return present;
  }

  public ScriptCache scripts() {
    return scripts;
  }

  /** Bytes that the interpreter occupies; 0 while there is none. */
  public long interpreterBytes() {
    LuaRuntime present = runtime;
    return present == null ? 0 : present.usedBytes();
  }

  @Override
  public void close() {
    LuaRuntime present = runtime;
    if (present != null) {
      runtime = null;
      present.close();
    }
  }
}
