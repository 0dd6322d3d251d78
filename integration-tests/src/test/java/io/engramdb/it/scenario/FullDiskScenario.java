package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.FollowingClient;
import io.engramdb.it.harness.FollowingClient.Outcome;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.TmpfsMount;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The disk of the log is full: growing writes are refused, the rest works, and it heals. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FullDiskScenario {
  private static final int DISK_MB = 2048;
  private static final long NEARLY_NOTHING_BYTES = 8 << 20;
  private static final int KEYS = 200;
  private static final Duration NOTICE_LIMIT = Duration.ofSeconds(20);
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(3);

  @Test
  void refusesGrowthServesReadsAndRemovalsAndHealsByItself() throws IOException {
    try (TmpfsMount disk = TmpfsMount.ofMegabytes(DISK_MB);
        Cluster cluster = Cluster.startIn(disk.directory().resolve("c"), ClusterOptions.plain())) {
      cluster.awaitHealthy();
      fillKeys(cluster);
      disk.fillUpTo(NEARLY_NOTHING_BYTES);
      int primary = awaitNoSpace(cluster);
      try (RespClient client = cluster.connect(primary)) {
        Reply refused = client.call("SET", "new", "1");
        assertTrue(refused.isError() && refused.text().startsWith("NOSPACE "), "" + refused);
        assertTrue(client.call("GET", "new").isNil(), "a refused write left a trace");
        assertEquals("value-0", client.call("GET", "key-0").text());
        assertEquals(1, client.call("DEL", "key-1").number());
        assertEquals(1, client.call("UNLINK", "key-2").number());
        assertTrue(client.call("GET", "key-1").isNil(), "key-1 is still there");
        assertEquals(1, client.call("HDEL", "hash", "field").number());
      }
      disk.release();
      cluster.awaitWritable();
      try (RespClient client = cluster.connectPrimary()) {
        assertEquals("value-0", client.call("GET", "key-0").text());
        assertTrue(client.call("GET", "key-1").isNil(), "an acknowledged DEL is undone");
      }
    }
  }

  /** Whatever breaks while no byte is free, nothing acknowledged may be wrong afterwards. */
  @Test
  void nothingAcknowledgedIsLostWhenWritingFails() throws IOException {
    try (TmpfsMount disk = TmpfsMount.ofMegabytes(DISK_MB);
        Cluster cluster = Cluster.startIn(disk.directory().resolve("c"), ClusterOptions.plain())) {
      cluster.awaitHealthy();
      fillKeys(cluster);
      Set<String> kept = new HashSet<>();
      Set<String> removed = new HashSet<>();
      for (int i = 0; i < KEYS; i++) {
        kept.add("key-" + i);
      }
      disk.fillUpTo(0);
      try (FollowingClient client = new FollowingClient(cluster, REPLY_LIMIT)) {
        for (int i = 0; i < KEYS / 2; i++) {
          String key = "key-" + i;
          switch (client.call("DEL", key)) {
            case Outcome.Answered(Reply reply) when !reply.isError() -> {
              kept.remove(key);
              removed.add(key);
            }
            case Outcome.Unknown(String why) -> kept.remove(key);
            default -> Await.pause();
          }
        }
      }
      disk.release();
      cluster.up();
      cluster.awaitHealthy();
      check(cluster, kept, removed);
      System.out.printf("full disk: %d removals were acknowledged%n", removed.size());
    }
  }

  private static void check(Cluster cluster, Set<String> kept, Set<String> removed)
      throws IOException {
    List<String> wrong = new ArrayList<>();
    try (RespClient client = cluster.connectPrimary()) {
      for (String key : kept) {
        if (client.call("GET", key).isNil()) {
          wrong.add(key + " is lost");
        }
      }
      for (String key : removed) {
        if (!client.call("GET", key).isNil()) {
          wrong.add(key + " came back");
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  private static void fillKeys(Cluster cluster) throws IOException {
    try (RespClient client = cluster.connectPrimary()) {
      for (int i = 0; i < KEYS; i++) {
        client.call("SET", "key-" + i, "value-" + i).orFail();
      }
      assertEquals(1, client.call("HSET", "hash", "field", "1").number());
    }
  }

  private static int awaitNoSpace(Cluster cluster) {
    return Await.value(
        "a write is refused with NOSPACE",
        NOTICE_LIMIT,
        () -> {
          for (int port : cluster.dataPorts()) {
            try (RespClient client = cluster.connect(port, REPLY_LIMIT)) {
              Reply reply = client.call("SET", "probe", "x".repeat(1000));
              if (reply.isError() && reply.text().startsWith("NOSPACE")) {
                return Optional.of(port);
              }
            }
          }
          return Optional.empty();
        });
  }
}
