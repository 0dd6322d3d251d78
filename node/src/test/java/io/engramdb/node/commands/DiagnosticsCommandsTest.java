package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.metrics.LatencyEvents;
import org.junit.jupiter.api.Test;

class DiagnosticsCommandsTest {

  private final ServerHarness harness = new ServerHarness(false);

  private void slow(String... words) {
    harness
        .metrics
        .slowLog()
        .offer(harness.table.find("set"), Args.of(words), harness.client, 20_000_000, 5_000);
  }

  @Test
  void slowCommandsAreListedNewestFirst() {
    harness.client.name = Bytes.utf8("me");
    slow("SET", "a", "1");
    slow("SET", "b", "2");
    assertEquals(":2", harness.run("SLOWLOG", "LEN"));
    String newest = "*6 :1 :5 :20000 *3 $3 SET $1 b $1 2 $9 1.2.3.4:5 $2 me";
    assertEquals("*1 " + newest, harness.run("SLOWLOG", "GET", "1"));
    assertTrue(harness.run("SLOWLOG", "GET").startsWith("*2 " + newest));
    assertTrue(harness.run("SLOWLOG", "GET", "-1").startsWith("*2 "));
    String text = "-ERR count should be greater than or equal to -1";
    assertEquals(text, harness.run("SLOWLOG", "GET", "-2"));
    assertEquals(text, harness.run("SLOWLOG", "GET", "x"));
    assertEquals("+OK", harness.run("SLOWLOG", "RESET"));
    assertEquals("*0", harness.run("SLOWLOG", "GET"));
  }

  @Test
  void histogramsAreCumulative() {
    for (long elapsedNs : new long[] {500, 600, 3_000, 3_000_000}) {
      harness.metrics.commands().executed(harness.table.find("config|get"), elapsedNs, true);
    }
    assertEquals(
        "%1 $10 config|get %2 $5 calls :4 $14 histogram_usec %3 :1 :2 :4 :3 :4194 :4",
        harness.run3("LATENCY", "HISTOGRAM", "config", "nosuch", "get"));
    assertEquals("%0", harness.run3("LATENCY", "HISTOGRAM", "nosuch"));
    assertTrue(harness.run("LATENCY", "HISTOGRAM").startsWith("*2 $10 config|get *4 $5 calls :4"));
  }

  @Test
  void eventsThatTookLongAreTold() {
    LatencyEvents events = harness.metrics.node().events;
    assertEquals("*0", harness.run("LATENCY", "LATEST"));
    assertTrue(harness.run("LATENCY", "DOCTOR").contains("are not recorded"));
    events.setThresholdMs(3);
    assertTrue(harness.run("LATENCY", "DOCTOR").contains("Nothing has reached"));
    events.offer(LatencyEvents.Kind.COMMAND, 9_000_000, 5_000);
    events.offer(LatencyEvents.Kind.COMMAND, 4_000_000, 7_000);
    events.offer(LatencyEvents.Kind.COMMIT, 5_000_000, 7_000);
    assertEquals(
        "*2 *4 $7 command :7 :4 :9 *4 $6 commit :7 :5 :5", harness.run("LATENCY", "LATEST"));
    assertEquals("*2 *2 :5 :9 *2 :7 :4", harness.run("LATENCY", "HISTORY", "Command"));
    assertEquals("*0", harness.run("LATENCY", "HISTORY", "nosuch"));
    String text = harness.run("LATENCY", "DOCTOR");
    assertTrue(text.contains("command: in 2 seconds out of 3; mean 6.5 ms"), text);
    assertTrue(harness.run3("LATENCY", "DOCTOR").startsWith("="));
    assertEquals(":1", harness.run("LATENCY", "RESET", "commit", "nosuch"));
    assertEquals(":1", harness.run("LATENCY", "RESET"));
    assertEquals(":0", harness.run("LATENCY", "RESET"));
  }

  @Test
  void memoryUsageGrowsWithTheValue() {
    harness.run("SET", "k", "v");
    long small = Long.parseLong(harness.run("MEMORY", "USAGE", "k").substring(1));
    harness.run("SET", "k", "v".repeat(1000));
    long large = Long.parseLong(harness.run("MEMORY", "USAGE", "k", "SAMPLES", "0").substring(1));
    assertTrue(small > 1 && large >= small + 900, small + " " + large);
    assertEquals("$-1", harness.run("MEMORY", "USAGE", "nosuch"));
    assertEquals("-ERR syntax error", harness.run("MEMORY", "USAGE", "k", "SAMPLES"));
    assertEquals(
        "-ERR value is not an integer or out of range",
        harness.run("MEMORY", "USAGE", "k", "SAMPLES", "x"));
    assertEquals("-ERR syntax error", harness.run("MEMORY", "USAGE", "k", "SAMPLES", "-1"));
  }
}
