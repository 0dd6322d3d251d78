package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.Configuration.Assignment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogLevelTest {

  @Test
  void messagesOfTheProgramFollowTheDirective() throws Exception {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    var program = context.getLogger("io.engramdb");
    Level before = program.getLevel();
    Level ofOthers = context.getLogger("org").getEffectiveLevel();
    try {
      Configuration configuration = new Configuration(ConfigTable.standard());
      LogLevel.follow(configuration);
      assertEquals(Level.INFO, program.getLevel());
      for (var each :
          List.of(
              List.of("debug", Level.TRACE),
              List.of("verbose", Level.DEBUG),
              List.of("warning", Level.WARN),
              List.of("notice", Level.INFO))) {
        String name = each.getFirst().toString();
        configuration.set(List.of(new Assignment(configuration.table().find("loglevel"), name)));
        assertEquals(each.getLast(), program.getLevel(), name);
      }
      assertEquals(ofOthers, context.getLogger("org").getEffectiveLevel());
    } finally {
      program.setLevel(before);
    }
  }
}
