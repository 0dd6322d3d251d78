package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that ask for too much: memory stays bounded, other clients are served, input over a limit
 * gets Redis's error.
 *
 * <p>Full run: {@code -Dengram.test.floodMb=1024 -Dengram.test.connections=10000
 * -Dengram.test.replyMb=100}; then {@code -Dengram.test.valueMb=512 -Dengram.test.heapMb=3072},
 * since half of a heap may be data.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class BoundsScenario {
  private static final long MB = 1 << 20;

  private static final int HEAP_MB = Settings.size("heapMb", 512);

  /** A node that has just begun has touched little of its heap yet; the rest are buffers. */
  private static final long GROWTH_LIMIT_BYTES = (HEAP_MB + 300) * MB;

  private static final Duration WAIT_PER_MB = Duration.ofMillis(100);
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final int FLOOD_VALUE_BYTES = 4096;
  private static final int FLOOD_KEYS = 16;

  private static Cluster cluster;
  private int primary;

  @BeforeAll
  static void startCluster() {
    cluster = Cluster.start(ClusterOptions.plain().with("--heap", HEAP_MB + "m"));
  }

  /** One that fell over in one test must not decide about the next. */
  @BeforeEach
  void awaitPrimary() {
    cluster.heal();
    primary = cluster.awaitWritable();
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void aFloodOfSetsWithoutReading() throws IOException {
    int count = (int) (Settings.size("floodMb", 64) * MB / FLOOD_VALUE_BYTES);
    String value = "x".repeat(FLOOD_VALUE_BYTES);
    AtomicLong sent = new AtomicLong();
    try (Bystander bystander = new Bystander(cluster, primary);
        RespClient flood = cluster.connect(primary, LONG);
        Worker writer =
            Worker.start(
                "flood",
                1,
                index -> {
                  if (sent.get() == count) {
                    flood.flush();
                    Await.pause();
                  } else {
                    flood.send("SET", "flood-" + sent.get() % FLOOD_KEYS, value);
                    sent.incrementAndGet();
                  }
                })) {
      // The server may take all of it or stop reading; both are fine, starving others is not.
      awaitDoneOrStalled(sent, count);
      bystander.awaitServed(20);
      for (int i = 0; i < count; i++) {
        flood.receive().orFail();
      }
      writer.stop();
      bystander.finish(
          "flood of " + ((long) count * FLOOD_VALUE_BYTES / MB) + " MB", GROWTH_LIMIT_BYTES);
    }
  }

  private static void awaitDoneOrStalled(AtomicLong sent, long goal) {
    AtomicLong seen = new AtomicLong(-1);
    AtomicLong seenNs = new AtomicLong(System.nanoTime());
    Await.until(
        "the flood is taken or held back",
        LONG,
        () -> {
          long now = sent.get();
          if (seen.getAndSet(now) != now) {
            seenNs.set(System.nanoTime());
          }
          return now == goal || System.nanoTime() - seenNs.get() > TimeUnit.SECONDS.toNanos(2);
        });
  }

  @Test
  void aVeryLargeValueComesBackWhole() throws IOException {
    int sizeMb = Settings.size("valueMb", 32);
    byte[] value = new byte[(int) (sizeMb * MB)];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i * 31 + (i >> 12));
    }
    // One log: whoever writes meanwhile stands behind the value, which goes to three disks.
    Duration waits = WAIT_PER_MB.multipliedBy(sizeMb);
    try (Bystander bystander = new Bystander(cluster, primary, waits);
        RespClient client = cluster.connect(primary, LONG)) {
      client.call(List.of(bytes("SET"), bytes("big"), value)).orFail();
      bystander.awaitServed(5);
      assertArrayEquals(value, ((Reply.Bulk) client.call("GET", "big")).bytes());
      assertEquals(1, client.call("DEL", "big").number());
      // Outside the heap: its way into the sockets of two replicas and of its reader.
      bystander.finish("value of " + sizeMb + " MB", GROWTH_LIMIT_BYTES + 3 * sizeMb * MB);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void inputOverALimitGetsRedissErrorAndIsCutOff() throws IOException {
    Map<String, String> cases = new TreeMap<>();
    cases.put("x".repeat((int) MB), "ERR Protocol error: too big inline request");
    cases.put(
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n", "ERR Protocol error: invalid bulk length");
    cases.put("*1\r\n$-5\r\n", "ERR Protocol error: invalid bulk length");
    cases.put("*2147483648\r\n", "ERR Protocol error: invalid multibulk length");
    cases.put("*1x\r\n", "ERR Protocol error: invalid multibulk length");
    cases.put("*1\r\n!3\r\n", "ERR Protocol error: expected '$', got '!'");
    cases.put("*" + "1".repeat(70_000), "ERR Protocol error: too big mbulk count string");
    cases.put("*1\r\n$" + "1".repeat(70_000), "ERR Protocol error: too big bulk count string");
    cases.put("SET k \"open\r\n", "ERR Protocol error: unbalanced quotes in request");
    try (Bystander bystander = new Bystander(cluster, primary)) {
      for (Map.Entry<String, String> wrong : cases.entrySet()) {
        String shown = wrong.getKey().substring(0, Math.min(40, wrong.getKey().length()));
        try (RespClient client = cluster.connect(primary)) {
          sendUnlessCutOff(client, wrong.getKey());
          Reply reply = client.receive();
          assertEquals("-" + wrong.getValue(), reply.toString(), () -> "after " + shown);
          assertThrows(IOException.class, client::receive, () -> "still open after " + shown);
        }
      }
      bystander.awaitServed(5);
      bystander.finish("input over limits", GROWTH_LIMIT_BYTES);
    }
  }

  private static void sendUnlessCutOff(RespClient client, String text) {
    try {
      client.sendRaw(bytes(text));
      client.flush();
    } catch (IOException cutOff) {
      // The server may close before it has read everything; its error is on the way.
      assertTrue(text.length() > 60_000, "closed early after " + text);
    }
  }

  @Test
  void manyIdleConnections() throws IOException {
    int count = Settings.size("connections", 2_000);
    requireOpenFiles(count + 500);
    List<RespClient> idle = new ArrayList<>();
    try (Bystander bystander = new Bystander(cluster, primary);
        RespClient admin = cluster.connect(primary)) {
      admin.call("CONFIG", "SET", "maxclients", "" + (count + 500)).orFail();
      for (int i = 0; i < count; i++) {
        idle.add(cluster.connect(primary));
      }
      bystander.awaitServed(20);
      for (RespClient client : idle) {
        assertEquals("+PONG", client.call("PING").toString());
      }
      bystander.finish(count + " idle connections", GROWTH_LIMIT_BYTES);
    } finally {
      idle.forEach(RespClient::close);
    }
  }

  private static void requireOpenFiles(int wanted) throws IOException {
    String limits = Files.readString(Path.of("/proc/self/limits"));
    String line =
        limits.lines().filter(l -> l.startsWith("Max open files")).findFirst().orElseThrow();
    String soft = line.substring("Max open files".length()).trim().split("\\s+")[0];
    if (!soft.equals("unlimited") && Long.parseLong(soft) < wanted) {
      throw new AssertionError("open file limit is " + soft + ": run with ulimit -n " + wanted);
    }
  }

  @Test
  void aSlowReaderOfALargeReply() throws IOException {
    int replyMb = Settings.size("replyMb", 30);
    String value = "y".repeat((int) MB);
    List<String> command = new ArrayList<>(List.of("MGET"));
    try (RespClient client = cluster.connect(primary, LONG)) {
      for (int i = 0; i < replyMb; i++) {
        client.call("SET", "{slow}" + i, value).orFail();
        command.add("{slow}" + i);
      }
    }
    try (Bystander bystander = new Bystander(cluster, primary);
        RespClient slow = cluster.connect(primary, LONG)) {
      slow.send(command.toArray(String[]::new));
      for (int i = 0; i < replyMb; i++) {
        slow.send("GET", "{slow}" + i);
      }
      slow.flush();
      bystander.awaitServed(50);
      List<Reply> items = slow.receive().items();
      assertEquals(replyMb, items.size());
      for (int i = 0; i < replyMb; i++) {
        assertEquals(value, items.get(i).text());
        assertEquals(value, slow.receive().text());
      }
      bystander.finish("slow reader of 2 x " + replyMb + " MB", GROWTH_LIMIT_BYTES);
    }
    try (RespClient client = cluster.connect(primary, LONG)) {
      command.set(0, "UNLINK");
      assertEquals(replyMb, client.call(command.toArray(String[]::new)).number());
    }
  }
}
