package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.net.RespSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What looks on at a whole server: MONITOR, the slow log, the figures of messages. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MonitorTest {

  @TempDir Path directory;

  /** A line without its time and its client's address. */
  private static String next(RespSocket monitor) throws Exception {
    String line = monitor.reply();
    assertTrue(line.matches("(?s)\\+\\d+\\.\\d{6} \\[\\d+ (127\\.0\\.0\\.1:\\d+|lua)\\] .*"), line);
    return line.substring(line.indexOf('[') + 1, line.indexOf(' ', line.indexOf('[')))
        + line.substring(line.indexOf(']') + 1);
  }

  @Test
  void aMonitorSeesEveryCommandWithoutItsPasswords() throws Exception {
    try (LoneNode node = new LoneNode(directory);
        RespSocket monitor = new RespSocket(node.port)) {
      assertEquals("+OK|", monitor.ask("monitor"));
      RespSocket client = node.client;
      client.ask("set k \"a\\x00\\n\\\"b\"");
      client.ask("config get maxmemory");
      client.ask("auth someone secret");
      client.ask("select 3");
      client.send("multi\r\nget k\r\nexec\r\n");
      for (int i = 0; i < 3; i++) {
        client.reply();
      }
      client.ask("nonsense");
      for (String line :
          List.of(
              "0 \"set\" \"k\" \"a\\x00\\n\\\"b\"|",
              "0 \"auth\" \"(redacted)\" \"(redacted)\"|",
              "3 \"select\" \"3\"|",
              "3 \"multi\"|",
              "3 \"get\" \"k\"|",
              "3 \"exec\"|")) {
        assertEquals(line, next(monitor));
      }
      assertTrue(monitor.ask("client info").contains(" flags=O "));
      assertEquals("0 \"client\" \"info\"|", next(monitor));
      assertEquals("+RESET|", monitor.ask("reset"));
      client.ask("get k");
      assertEquals("+PONG|", monitor.ask("ping"));
    }
  }

  @Test
  void aScriptIsSeenBeforeWhatItCalls() throws Exception {
    try (LoneNode node = new LoneNode(directory);
        RespSocket monitor = new RespSocket(node.port)) {
      assertEquals("+OK|", monitor.ask("monitor"));
      node.client.ask("eval \"return redis.call('set', KEYS[1], 'v')\" 1 k");
      String script = monitor.reply();
      assertTrue(script.contains(" [0 127.0.0.1:") && script.contains("\"eval\""), script);
      String called = monitor.reply();
      assertTrue(called.endsWith(" [0 lua] \"set\" \"k\" \"v\"|"), called);
    }
  }

  @Test
  void theSlowLogHidesPasswordsToo() throws Exception {
    try (LoneNode node = new LoneNode(directory, "--slowlog-log-slower-than", "0")) {
      node.client.ask("auth someone secret");
      String entries = node.client.ask("slowlog get");
      assertTrue(entries.contains("auth|$10|(redacted)|$10|(redacted)|"), entries);
    }
  }

  @Test
  void infoCountsListenersAndTrackedKeys() throws Exception {
    try (LoneNode node = new LoneNode(directory);
        RespSocket listener = new RespSocket(node.port)) {
      listener.ask("hello 3");
      listener.ask("subscribe a");
      listener.ask("psubscribe b*");
      listener.ask("ssubscribe c");
      listener.ask("client tracking on");
      listener.ask("get k");
      assertEquals(1, node.number("clients", "pubsub_clients"));
      assertEquals(1, node.number("clients", "tracking_clients"));
      assertEquals(1, node.number("stats", "pubsub_channels"));
      assertEquals(1, node.number("stats", "pubsub_patterns"));
      assertEquals(1, node.number("stats", "pubsubshard_channels"));
      assertEquals(1, node.number("stats", "tracking_total_keys"));
      assertEquals(1, node.number("stats", "tracking_total_items"));
      node.client.ask("config set notify-keyspace-events KEA");
      assertTrue(
          node.client.ask("config get notify-keyspace-events").endsWith("$3|AKE|"),
          "the directive's canonical form");
      node.client.ask("set bee 1");
      listener.ask("reset");
      assertEquals(0, node.number("clients", "pubsub_clients"));
      assertEquals(0, node.number("clients", "tracking_clients"));
    }
  }

  @Test
  void memoryAndLolwutAnswer() throws Exception {
    try (LoneNode node = new LoneNode(directory)) {
      assertEquals("+OK|", node.client.ask("memory purge"));
      assertTrue(node.client.ask("memory doctor").startsWith("$"));
      assertTrue(node.client.ask("memory malloc-stats").startsWith("$"));
      assertTrue(node.client.ask("memory stats").contains("keys.count"));
      assertTrue(node.client.ask("lolwut version 5").contains("Redis ver. "));
    }
  }
}
