package io.engramdb.node.server;

import ch.qos.logback.classic.LoggerContext;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process, once, with everything logged that was said before.
 *
 * <p>An error that nobody expected leaves memory in an unknown state; a durable server must not go
 * on with it. What was acknowledged is on the disks of a majority, so stopping at once loses
 * nothing.
 */
public final class ProcessEnd {
  /** A server that was asked to stop. */
  public static final int STOPPED = 0;

  /** A server that could not start. */
  public static final int NOT_STARTED = 1;

  /** One of the program's own invariants did not hold, or an unexpected error occurred. */
  public static final int INVARIANT = 70;

  /** The log's disk failed. */
  public static final int LOG_FAILED = 74;

  private static final Logger LOG = LoggerFactory.getLogger(ProcessEnd.class);
  private static final AtomicBoolean ENDING = new AtomicBoolean();

  private ProcessEnd() {}

  /** From here on an exception that leaves any thread ends the process. */
  static void onUncaught() {
    // A library of Ratis logs through java.util.logging as well; nothing of it is for users.
    java.util.logging.LogManager.getLogManager().reset();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> fatal("uncaught in thread " + thread.getName(), failure));
  }

  /** An error after which memory can't be trusted; does not return. */
  public static void fatal(String what, Throwable failure) {
    halt(INVARIANT, what, failure);
  }

  /** Says why and ends the process without running shutdown hooks; does not return. */
  static void halt(int exitCode, String why, Throwable failure) {
    if (ENDING.compareAndSet(false, true)) {
      LOG.error("Ending now: {}", why, failure);
    }
    halt(exitCode);
  }

  /** Ends the process without running shutdown hooks; what was logged is written first. */
  static void halt(int exitCode) {
    flushLog();
    Runtime.getRuntime().halt(exitCode);
  }

  /** Writes what the asynchronous appender still holds; nothing is logged after this. */
  static void flushLog() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
  }
}
