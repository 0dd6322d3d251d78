package io.engramdb.node.script;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a shard has for scripts: the interpreter, which is made when it is needed first, the scripts
 * and the functions. One per shard, shard thread only.
 */
public final class ScriptHost implements AutoCloseable {

  private final ScriptCache scripts = new ScriptCache(this);
  private final FunctionLibraries functions = new FunctionLibraries(this);
  private final LongSupplier nanoTime;
  private @Nullable LuaRuntime runtime;

  private final int maxBytes;

  /** Where memory is no matter. */
  public ScriptHost() {
    this(System::nanoTime, Integer.MAX_VALUE - 64);
  }

  /**
   * With bounds for scripts.
   *
   * @param nanoTime monotonic nanoseconds, for the time that they take
   * @param maxBytes what may leave a script at once: one string, the arguments of a call, a reply,
   *     all of its effects
   */
  public ScriptHost(LongSupplier nanoTime, long maxBytes) {
    this.nanoTime = nanoTime;
    this.maxBytes = (int) Math.min(maxBytes, Integer.MAX_VALUE - 64);
  }

  LuaRuntime runtime() {
    LuaRuntime present = runtime;
    if (present == null) {
      present = new LuaRuntime(nanoTime, maxBytes);
      runtime = present;
    }
    return present;
  }

  public ScriptCache scripts() {
    return scripts;
  }

  public FunctionLibraries functions() {
    return functions;
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
