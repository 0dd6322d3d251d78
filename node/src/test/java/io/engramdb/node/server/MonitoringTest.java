package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The monitoring port of a whole node. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MonitoringTest {
  @TempDir private static Path directory;

  private static LoneNode node;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    node = new LoneNode(directory, "--metrics-port", "METRICS_PORT");
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void stop() throws Exception {
    http.close();
    node.close();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).build());
  }

  private static URI uri(String path) {
    return URI.create("http://127.0.0.1:" + node.metricsPort + path);
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return http.send(request, BodyHandlers.ofString());
  }

  private static Map<String, Double> figures() throws Exception {
    HttpResponse<String> page = get("/metrics");
    assertEquals(200, page.statusCode());
    assertTrue(
        page.headers().firstValue("Content-Type").orElse("").startsWith("text/plain; version="));
    Map<String, Double> figures = new HashMap<>();
    for (String line : page.body().split("\n")) {
      if (!line.startsWith("#")) {
        int blank = line.lastIndexOf(' ');
        figures.put(line.substring(0, blank), Double.parseDouble(line.substring(blank + 1)));
      }
    }
    return figures;
  }

  @Test
  void figuresAreThoseOfInfo() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertEquals("+OK|", node.client.ask("SET key" + i + " v"));
    }
    node.client.ask("SET brief v PX 100000");
    node.client.ask("GET key1");
    node.client.ask("GET nosuch");
    node.client.ask("GET");
    Map<String, Double> figures = figures();
    assertEquals(1, figures.get("redis_up"));
    assertEquals(1, figures.get("engram_leading"));
    assertEquals(11, figures.get("redis_db_keys{db=\"db0\"}"));
    assertEquals(1, figures.get("redis_db_keys_expiring{db=\"db0\"}"));
    assertEquals(1, figures.get("redis_keyspace_hits_total"));
    assertEquals(1, figures.get("redis_keyspace_misses_total"));
    assertEquals(11, figures.get("redis_commands_total{cmd=\"set\"}"));
    assertEquals(1, figures.get("redis_commands_rejected_calls_total{cmd=\"get\"}"));
    assertEquals(1, figures.get("redis_errors_total{err=\"ERR\"}"));
    assertEquals(1, figures.get("engram_promotions_total"));
    assertTrue(figures.get("engram_commit_seconds_count") >= 11);
    for (String name :
        new String[] {
          "engram_commit_seconds_sum",
          "engram_commit_seconds{quantile=\"0.99\"}",
          "engram_log_flush_seconds_count",
          "engram_log_flush_seconds{quantile=\"0.999\"}",
          "engram_records_appended_total",
          "engram_appended_bytes_total",
          "engram_turns_total",
          "engram_turns_seconds_total",
          "engram_longest_turn_seconds",
          "engram_log_bytes",
          "engram_heap_used_bytes",
          "redis_memory_used_bytes",
          "redis_memory_used_rss_bytes",
          "redis_cpu_user_seconds_total",
          "redis_connected_clients",
          "redis_commands_duration_seconds_total{cmd=\"set\"}",
          "redis_net_input_bytes_total",
          "redis_net_output_bytes_total"
        }) {
      assertTrue(figures.containsKey(name) && figures.get(name) > 0, name);
    }
  }

  @Test
  void healthIsTold() throws Exception {
    assertEquals(200, get("/health/live").statusCode());
    HttpResponse<String> ready = get("/health/ready");
    assertEquals(200, ready.statusCode());
    assertEquals("leading\n", ready.body());
  }

  @Test
  void aShardThatDoesNotAnswerIsNotAlive() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    node.onShard(done);
    try {
      assertEquals(503, get("/health/live").statusCode());
      assertEquals(503, get("/metrics").statusCode());
    } finally {
      done.countDown();
    }
    assertEquals(200, get("/health/live").statusCode());
  }

  @Test
  void whatDoesNotExistIsNotFound() throws Exception {
    assertEquals(404, get("/").statusCode());
    assertEquals(404, get("/metrics/x").statusCode());
    HttpRequest post =
        HttpRequest.newBuilder(uri("/metrics")).POST(BodyPublishers.noBody()).build();
    assertEquals(405, send(post).statusCode());
    HttpRequest head = HttpRequest.newBuilder(uri("/health/live")).HEAD().build();
    assertEquals(200, send(head).statusCode());
    assertFalse(get("/health/live").body().isEmpty());
  }
}
