package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.net.RespSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fields of INFO that are counted far from INFO, asked of a whole node. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InfoIsFedTest {
  @TempDir private static Path directory;

  private static LoneNode node;

  @BeforeAll
  static void start() throws Exception {
    node = new LoneNode(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    node.close();
  }

  @BeforeEach
  void countFromZero() throws Exception {
    assertEquals("+OK|", node.client.ask("CONFIG RESETSTAT"));
  }

  private static void positive(Map<String, String> fields, String... names) {
    for (String name : names) {
      assertTrue(Double.parseDouble(fields.get(name)) > 0, name + " is " + fields.get(name));
    }
  }

  @Test
  void theLogIsMeasured() throws Exception {
    Map<String, String> before = node.info("raft");
    assertEquals("1", before.get("raft_promotions"));
    assertEquals("0", before.get("raft_demotions"));
    for (int i = 0; i < 20; i++) {
      assertEquals("+OK|", node.client.ask("SET key" + i + " " + "v".repeat(100)));
    }
    Map<String, String> after = node.info("raft");
    positive(after, "raft_commit_usec_p50", "raft_commit_usec_p99", "raft_commit_usec_p999");
    positive(after, "raft_commit_usec_max", "raft_fsyncs", "raft_fsync_usec_p50");
    positive(after, "raft_fsync_usec_p99", "raft_fsync_usec_p999", "raft_fsync_usec_max");
    long records =
        Long.parseLong(after.get("raft_records_appended"))
            - Long.parseLong(before.get("raft_records_appended"));
    long bytes =
        Long.parseLong(after.get("raft_bytes_appended"))
            - Long.parseLong(before.get("raft_bytes_appended"));
    // Each write was acknowledged before the next one was sent.
    assertTrue(records >= 20, records + " records");
    assertTrue(bytes > 20 * 100, bytes + " bytes");
    node.client.ask("CONFIG RESETSTAT");
    assertEquals("0", node.info("raft").get("raft_commit_usec_max"));
    assertEquals("1", node.info("raft").get("raft_promotions"));
  }

  @Test
  void connectionsCommandsAndTurnsAreMeasured() throws Exception {
    try (RespSocket other = new RespSocket(node.port)) {
      other.ask("SET key value");
    }
    node.client.ask("GET key");
    node.client.ask("GET nosuch");
    node.client.ask("GET");
    Map<String, String> stats = node.info("stats");
    positive(stats, "total_connections_received", "total_commands_processed");
    positive(stats, "total_net_input_bytes", "total_net_output_bytes", "keyspace_hits");
    positive(stats, "keyspace_misses", "eventloop_cycles", "eventloop_duration_sum");
    positive(stats, "eventloop_duration_cmd_sum", "longest_turn_usec");
    assertEquals("1", stats.get("total_error_replies"));
    assertEquals("0", stats.get("evicted_keys"));
    String get = node.info("commandstats").get("cmdstat_get");
    assertTrue(get.startsWith("calls=2,") && get.contains("rejected_calls=1"), get);
    assertTrue(node.info("latencystats").containsKey("latency_percentiles_usec_get"));
  }

  @Test
  void anErrorOfAScriptIsCountedOnceUnderItsOwnCode() throws Exception {
    node.client.ask("CONFIG RESETSTAT");
    node.client.ask("EVAL \"return redis.call('select',99)\" 0");
    node.client.ask("EVAL \"return redis.pcall('select',99)\" 0");
    node.client.ask("EVAL \"redis.pcall('select',99) return 1\" 0");
    assertEquals("count=3", node.info("errorstats").get("errorstat_ERR"));
    node.client.ask("EVAL \"return redis.error_reply('MY_CODE text')\" 0");
    assertEquals("count=1", node.info("errorstats").get("errorstat_MY_CODE"));
    assertEquals("4", node.info("stats").get("total_error_replies"));
    String eval = node.info("commandstats").get("cmdstat_eval");
    assertTrue(eval.startsWith("calls=4,") && eval.contains("failed_calls=3"), eval);
  }

  @Test
  void clientsThatWaitAreCounted() throws Exception {
    try (RespSocket waiting = new RespSocket(node.port)) {
      assertEquals("0", node.info("clients").get("blocked_clients"));
      waiting.send("SET key value\r\nWAIT 1 0\r\n");
      assertEquals("+OK|", waiting.reply());
      node.await("clients", fields -> fields.get("blocked_clients").equals("1"));
    }
  }

  @Test
  void pausesOfTheCollectorAreHeard() throws Exception {
    long before = node.number("stats", "jvm_pauses");
    node.client.ask("CONFIG SET latency-monitor-threshold 1");
    Map<String, String> stats =
        node.await(
            "stats",
            fields -> {
              System.gc();
              return Long.parseLong(fields.get("jvm_pauses")) > before;
            });
    positive(stats, "jvm_pause_total_ms", "jvm_pause_longest_ms");
    assertFalse(node.client.ask("LATENCY HISTORY jvm-pause").startsWith("*0|"));
  }

  @Test
  void expiryIsTimedAndCounted() throws Exception {
    for (int i = 0; i < 100; i++) {
      node.client.send("SET key" + i + " value PX 1\r\n");
    }
    for (int i = 0; i < 100; i++) {
      assertEquals("+OK|", node.client.reply());
    }
    node.await("stats", fields -> fields.get("expired_keys").equals("100"));
  }
}
