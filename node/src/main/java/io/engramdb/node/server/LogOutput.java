package io.engramdb.node.server;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Where the program's messages go. Logback finds this class as a service; a file named by the
 * system property {@code logback.configurationFile} takes its place. In Java rather than in a file
 * of XML because reading one is a sixth of what a server does at its start.
 *
 * <p>Servers write plain text to the standard output; whoever starts the process keeps it. The
 * command line (property {@code engram.tool}) says what it has to say itself, so only errors of
 * libraries appear, on the standard error.
 */
public final class LogOutput extends ContextAwareBase implements Configurator {
  /** Events that may wait for the console: from 80 percent on, those below WARN are dropped. */
  private static final int QUEUE_EVENTS = 8192;

  private static final int MAX_FLUSH_MS = 1000;

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    if (Boolean.getBoolean("engram.tool")) {
      tool(context);
    } else {
      server(context);
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static void tool(LoggerContext context) {
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.ERROR);
    root.addAppender(console(context, "System.err", "%-5level %logger{0} - %msg%n"));
  }

  private static void server(LoggerContext context) {
    // No thread of a shard ever waits for a disk or a terminal.
    AsyncAppender queue = new AsyncAppender();
    queue.setContext(context);
    queue.setName("queue");
    queue.setQueueSize(QUEUE_EVENTS);
    queue.setNeverBlock(true);
    queue.setIncludeCallerData(false);
    queue.setMaxFlushTime(MAX_FLUSH_MS);
    queue.addAppender(
        console(
            context,
            "System.out",
            "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"} %-5level [%thread] %logger{0} - %msg%n%xEx{12}"));
    queue.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(queue);
    context.getLogger("io.netty").setLevel(Level.WARN);
    context.getLogger("org.apache.ratis").setLevel(Level.WARN);
  }

  private static ConsoleAppender<ILoggingEvent> console(
      LoggerContext context, String target, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setName("console");
    console.setTarget(target);
    console.setEncoder(encoder);
    console.start();
    return console;
  }
}
