package io.engramdb.node.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.engramdb.node.config.Configuration;
import org.slf4j.LoggerFactory;

/** What {@code loglevel} means for the messages of this program; libraries keep their own. */
final class LogLevel {
  private static final String PROGRAM = "io.engramdb";

  private LogLevel() {}

  /** Sets the level now and at each change. */
  static void follow(Configuration configuration) {
    configuration.followText("loglevel", LogLevel::set);
  }

  private static void set(String name) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(PROGRAM).setLevel(of(name));
    }
  }

  /** The level that a word of redis.conf stands for. */
  static Level of(String name) {
    return switch (name) {
      case "debug" -> Level.TRACE;
      case "verbose" -> Level.DEBUG;
      case "warning" -> Level.WARN;
      default -> Level.INFO;
    };
  }
}
