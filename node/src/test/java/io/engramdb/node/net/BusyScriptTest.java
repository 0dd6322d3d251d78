package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several clients, one of which runs a script that does not end by itself. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BusyScriptTest {

  private static final String SCRIPT_IS_BUSY =
      "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.|";
  private static final String FUNCTION_IS_BUSY =
      "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.|";
  private static final String ENDLESS = "EVAL \"while true do end\" 0\r\n";
  private static final String KILLED = "-ERR Script killed by user with SCRIPT KILL... script: ";

  private LocalServer server;
  private RespSocket runs;
  private RespSocket other;

  @BeforeEach
  void start() throws Exception {
    server = new LocalServer();
    server.onLoop(
        () -> {
          server.scripts().busyAfterMs(20);
          return null;
        });
    runs = server.connect();
    other = server.connect();
  }

  @AfterEach
  void stop() throws Exception {
    runs.close();
    other.close();
    server.close();
  }

  /** A command that comes once the script runs is answered only after the threshold. */
  private void run(String request, String busy) throws IOException {
    runs.send(request);
    String reply = other.ask("ping");
    while (reply.equals("+PONG|")) {
      // The request had not arrived.
      reply = other.ask("ping");
    }
    assertEquals(busy, reply);
  }

  @Test
  void othersAreToldAndMayEndIt() throws Exception {
    run(ENDLESS, SCRIPT_IS_BUSY);
    assertTrue(other.ask("nosuch").startsWith("-ERR unknown command"));
    assertTrue(other.ask("get").startsWith("-ERR wrong number"));
    assertEquals(SCRIPT_IS_BUSY, other.ask("function kill"));
    assertEquals(SCRIPT_IS_BUSY, other.ask("function stats"));
    assertEquals(SCRIPT_IS_BUSY, other.ask("watch k"));
    assertEquals("+OK|", other.ask("script kill"));
    assertTrue(runs.reply().startsWith(KILLED), "the reply of who ran it");
    assertEquals("+OK|", other.ask("set k v"));
    assertEquals("-NOTBUSY No scripts in execution right now.|", other.ask("script kill"));
    assertEquals("$1|v|", runs.ask("get k"));
  }

  @Test
  void whoComesMeanwhileIsServed() throws Exception {
    run(ENDLESS, SCRIPT_IS_BUSY);
    try (RespSocket late = server.connect()) {
      assertEquals(SCRIPT_IS_BUSY, late.ask("ping"));
      assertTrue(late.ask("hello 2").contains("server"));
      assertEquals("+OK|", late.ask("multi"));
      assertEquals(SCRIPT_IS_BUSY, late.ask("set k v"));
      assertTrue(late.ask("exec").startsWith("-EXECABORT"), "a transaction with a refused command");
      assertEquals("+OK|", late.ask("script kill"));
    }
    assertTrue(runs.reply().startsWith(KILLED));
  }

  @Test
  void aFunctionTellsOfItself() throws Exception {
    String library =
        "\"#!lua name=l\\nredis.register_function('loop', function() while true do end end)\"";
    assertEquals("$1|l|", other.ask("function load " + library));
    run("FCALL loop 1 k v\r\n", FUNCTION_IS_BUSY);
    String stats = other.ask("function stats");
    assertTrue(stats.contains("loop") && stats.contains("FCALL"), stats);
    assertEquals(FUNCTION_IS_BUSY, other.ask("script kill"));
    assertEquals("+OK|", other.ask("function kill"));
    assertTrue(runs.reply().startsWith(KILLED));
  }

  @Test
  void whatHasWrittenIsNotEnded() throws Exception {
    run(
        "EVAL \"redis.call('set', 'k', 'v') local n = 0 while n < 1e7 do n = n + 1 end return n\""
            + " 0\r\n",
        SCRIPT_IS_BUSY);
    assertTrue(other.ask("script kill").startsWith("-UNKILLABLE "));
    assertEquals(":10000000|", runs.reply());
    assertEquals("$1|v|", other.ask("get k"));
  }

  @Test
  void repliesKeepTheirOrderAndPipelinesGoOn() throws Exception {
    run("set a 1\r\n" + ENDLESS + "get a\r\n", SCRIPT_IS_BUSY);
    runs.send("get a\r\nset a 2\r\n");
    other.send("script kill\r\nget a\r\n");
    assertEquals("+OK|", other.reply());
    assertEquals(SCRIPT_IS_BUSY, other.reply());
    assertEquals("+OK|", runs.reply());
    assertTrue(runs.reply().startsWith(KILLED));
    assertEquals("$1|1|", runs.reply());
    assertEquals("$1|1|", runs.reply());
    assertEquals("+OK|", runs.reply());
    assertEquals("$1|2|", other.ask("get a"));
  }

  @Test
  void whoRanItMayBeGone() throws Exception {
    run(ENDLESS, SCRIPT_IS_BUSY);
    runs.close();
    assertEquals(SCRIPT_IS_BUSY, other.ask("get k"));
    assertEquals("+OK|", other.ask("script kill"));
    String reply = other.ask("set k v");
    while (reply.equals(SCRIPT_IS_BUSY)) {
      reply = other.ask("set k v");
    }
    assertEquals("+OK|", reply);
  }

  @Test
  void aScriptInATransactionIsEndedToo() throws Exception {
    assertEquals("+OK|", runs.ask("multi"));
    assertEquals("+QUEUED|", runs.ask("incr n"));
    assertEquals("+QUEUED|", runs.ask("eval \"while true do end\" 0"));
    run("exec\r\n", SCRIPT_IS_BUSY);
    assertEquals("+OK|", other.ask("script kill"));
    String reply = runs.reply();
    assertTrue(reply.startsWith("*2|:1|" + KILLED), reply);
    assertEquals("$1|1|", other.ask("get n"));
  }
}
