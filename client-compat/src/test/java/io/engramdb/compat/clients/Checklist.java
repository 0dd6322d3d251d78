package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.RespClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checklist that every Java client has to pass; a subclass opens its client. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
abstract class Checklist {
  static final Duration RECONNECT_LIMIT = Duration.ofSeconds(60);
  private static final int BIG_VALUE_BYTES = 8 << 20;

  Cluster cluster;
  ChecklistClient client;

  /** Opens the client with its default settings, plus what a user of failovers would set. */
  abstract ChecklistClient open(Cluster target);

  @BeforeEach
  void connect(Cluster running) {
    cluster = running;
    client = open(running);
  }

  @AfterEach
  void disconnect() {
    if (client != null) {
      client.close();
    }
  }

  @Test
  void strings() {
    client.set("s", "välue");
    assertEquals("välue", client.get("s"));
    assertNull(client.get("missing"));
    assertFalse(client.setIfAbsent("s", "other"));
    assertTrue(client.setIfAbsent("new", "1"));
    assertEquals("välue", client.swap("s", "2"));
    assertEquals(7, client.increment("s", 5));
    assertEquals(7.25, client.incrementByFloat("s", 0.25));
    assertEquals(6, client.append("s", "!!"));
    assertEquals("7.25!!", client.get("s"));
  }

  @Test
  void anyByteIsKept() {
    byte[] key = {0, (byte) 0xff, '\r', '\n', '{', 1};
    byte[] value = new byte[256];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) i;
    }
    client.setBytes(key, value);
    assertArrayEquals(value, client.getBytes(key));
  }

  @Test
  void hashes() {
    Map<String, String> fields = Map.of("name", "Ada", "born", "1815");
    assertEquals(2, client.hashSet("h", fields));
    assertEquals(fields, client.hashGetAll("h"));
    assertEquals(Arrays.asList("Ada", null), client.hashGet("h", "name", "missing"));
    assertEquals(1852, client.hashIncrement("h", "born", 37));
    assertEquals(1, client.hashDelete("h", "name", "missing"));
    assertEquals(Map.of("born", "1852"), client.hashGetAll("h"));
    assertEquals(Map.of(), client.hashGetAll("missing"));
  }

  @Test
  void keys() {
    client.set("{k}1", "v");
    client.hashSet("{k}h", Map.of("f", "v"));
    assertEquals("string", client.type("{k}1"));
    assertEquals("hash", client.type("{k}h"));
    assertEquals("none", client.type("{k}missing"));
    client.rename("{k}1", "{k}2");
    assertFalse(client.exists("{k}1"));
    assertEquals("v", client.get("{k}2"));
    assertTrue(client.copy("{k}2", "{k}3"));
    assertFalse(client.copy("{k}2", "{k}3"));
    assertEquals(1, client.delete("{k}2"));
    assertEquals(0, client.delete("{k}2"));
    assertTrue(client.exists("{k}3"));
  }

  @Test
  void expiry() {
    client.set("e", "v");
    assertEquals(-1, client.timeToLive("e"));
    assertEquals(-2, client.timeToLive("missing"));
    assertTrue(client.expire("e", 1000));
    assertFalse(client.expire("missing", 1000));
    long left = client.timeToLive("e");
    assertTrue(left > 900 && left <= 1000, "time to live " + left);
    assertTrue(client.persist("e"));
    assertEquals(-1, client.timeToLive("e"));
    client.setWithMillisecondsToLive("short", "v", 100);
    Await.until("a key expires", Duration.ofSeconds(10), () -> client.get("short") == null);
    assertFalse(client.exists("short"));
  }

  @Test
  void transactions() {
    assertEquals(List.of("1", "OK", "v"), client.transaction("{t}counter", "{t}other", "v"));
    assertEquals("1", client.get("{t}counter"));
    assertTrue(client.watched("{t}w", "mine", () -> {}));
    assertEquals("mine", client.get("{t}w"));
    try (ChecklistClient other = open(cluster)) {
      assertFalse(client.watched("{t}w", "mine", () -> other.set("{t}w", "theirs")));
    }
    assertEquals("theirs", client.get("{t}w"));
  }

  @Test
  void pipelines() {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < 1000; i++) {
      values.put("p" + i, "v" + i);
    }
    assertEquals(List.copyOf(values.values()), client.pipeline(values));
  }

  @Test
  void scan() {
    Map<String, String> values = new HashMap<>();
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < 700; i++) {
      values.put("scan:" + i, "v");
      values.put("other:" + i, "v");
      expected.add("scan:" + i);
    }
    client.pipeline(values);
    assertEquals(expected, client.scan("scan:*"));
  }

  @Test
  void bigValues() {
    byte[] value = new byte[BIG_VALUE_BYTES];
    new Random(1).nextBytes(value);
    byte[] key = "big".getBytes(StandardCharsets.UTF_8);
    client.setBytes(key, value);
    assertArrayEquals(value, client.getBytes(key));
    assertEquals(1, client.delete("big"));
  }

  @Test
  void errorsArriveAsErrors() {
    client.set("text", "abc");
    String error = client.errorOfIncrement("text");
    assertTrue(error.contains("ERR value is not an integer or out of range"), error);
    assertEquals("abc", client.get("text"), "the connection is usable after an error");
  }

  /** All its connections are cut by the server, as in a restart; it goes on by itself. */
  @Test
  void reconnectsAfterItsConnectionsWereCut() throws IOException {
    client.set("before", "1");
    try (RespClient admin = cluster.connectPrimary()) {
      admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }
    Await.until("the client reconnects", RECONNECT_LIMIT, () -> "1".equals(client.get("before")));
    client.set("after", "1");
  }
}
