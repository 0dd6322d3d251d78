package io.engramdb.node.script;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.LongScript;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a shard has for scripts: the interpreter, which is made when it is needed first, the scripts
 * and the functions. One per shard, shard thread only.
 */
public final class ScriptHost implements LongScript, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ScriptHost.class);

  /**
   * How long a script may run, milliseconds; what it has written by then stays, as after any error.
   */
  private static final long MAX_RUN_MS = 30_000;

  private static final long DEFAULT_BUSY_AFTER_MS = 5_000;
  private static final long NANOS_PER_MS = 1_000_000;

  private static final String TOO_LONG = "Script killed because it ran for too long";
  private static final String KILLED = "Script killed by user with SCRIPT KILL...";
  private static final String SHUT_DOWN = "Script killed by SHUTDOWN NOSAVE";
  private static final CommandError NOT_BUSY =
      new CommandError("NOTBUSY", "No scripts in execution right now.");
  private static final CommandError UNKILLABLE =
      new CommandError(
          "UNKILLABLE",
          "Sorry the script already executed write commands against the dataset. You can either"
              + " wait the script termination or kill the server in a hard way using the SHUTDOWN"
              + " NOSAVE command.");
  private static final CommandError BUSY_SCRIPT =
      new CommandError(
          "BUSY",
          "Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.");
  private static final CommandError BUSY_FUNCTION =
      new CommandError(
          "BUSY",
          "Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.");

  /** What runs, for who asks in the middle of it. */
  public record Running(String name, Args request, long ranMs) {}

  private final ScriptCache scripts = new ScriptCache(this);
  private final FunctionLibraries functions = new FunctionLibraries(this);
  private final LongSupplier nanoTime;
  private @Nullable LuaRuntime runtime;
  private @Nullable ScriptRun running;
  private long busyAfterMs = DEFAULT_BUSY_AFTER_MS;
  private Runnable whileBusy = () -> {};
  private BiConsumer<Args, ClientState> begins = (request, client) -> {};

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

  /** After how long others are answered in the middle of a script, milliseconds. */
  public void busyAfterMs(long newBusyAfterMs) {
    busyAfterMs = newBusyAfterMs;
  }

  /** What is done now and then in the middle of a script that takes long. */
  public void whileBusy(Runnable newWhileBusy) {
    whileBusy = newWhileBusy;
  }

  /** Who hears of each script that begins: its request, its client. */
  public void announce(BiConsumer<Args, ClientState> newBegins) {
    begins = newBegins;
  }

  void enter(@Nullable ScriptRun run) {
    running = run;
    if (run != null) {
      begins.accept(run.request, run.context.client());
    }
  }

  /** Whether the command that runs was called by a script. */
  public boolean isRunning() {
    return running != null;
  }

  @Nullable ScriptRun running() {
    return running;
  }

  /** In the middle of a run: gives the words with which it must end, or null. */
  @Nullable String look(ScriptRun run, long ranMs) {
    if (ranMs > MAX_RUN_MS) {
      return TOO_LONG;
    }
    if (ranMs >= busyAfterMs) {
      if (!run.slow) {
        run.slow = true;
        // Its words are in a buffer that its connection may need meanwhile.
        run.request = run.request.detached();
        LOG.warn(
            "{} {} runs for {} ms; {} ends it",
            run.function ? "function" : "script",
            run.name,
            ranMs,
            run.function ? "FUNCTION KILL" : "SCRIPT KILL");
      }
      whileBusy.run();
    }
    return run.verdict;
  }

  @Override
  public CommandError busy() {
    ScriptRun run = running;
    return run != null && run.function ? BUSY_FUNCTION : BUSY_SCRIPT;
  }

  @Override
  public void end() {
    ScriptRun run = running;
    if (run != null) {
      run.verdict = SHUT_DOWN;
    }
  }

  /** SCRIPT KILL, FUNCTION KILL. */
  public void kill(boolean function) {
    ScriptRun run = running;
    if (run == null) {
      throw NOT_BUSY;
    }
    if (run.hasWritten()) {
      throw UNKILLABLE;
    }
    if (run.function != function) {
      throw busy();
    }
    run.verdict = KILLED;
  }

  /** The function that runs, or null; BUSY if it is a script. */
  public @Nullable Running runningFunction() {
    ScriptRun run = running;
    if (run == null) {
      return null;
    }
    if (!run.function) {
      throw busy();
    }
    long ranMs = (nanoTime.getAsLong() - run.beganNanos) / NANOS_PER_MS;
    return new Running(run.name, run.request, ranMs);
  }

  LuaRuntime runtime() {
    LuaRuntime present = runtime;
    if (present == null) {
      present = new LuaRuntime(nanoTime, maxBytes, this);
      runtime = present;
    }
    return present;
  }

  /** Bytes that the interpreter occupies. */
  public long interpreterBytes() {
    LuaRuntime present = runtime;
    return present == null ? 0 : present.usedBytes();
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
