package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.rdb.StockRedis;
import io.engramdb.node.rdb.TextClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code engram import} from a redis-server that is written to meanwhile.
 *
 * <p>{@code -Dseed=N} for other commands, {@code -Dimport.commands=N} for more of them.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class LiveImportTest {
  private static final int COMMANDS = Integer.getInteger("import.commands", 2500);
  private static final int DATABASES = 4;

  /** More elements than are held of one value. */
  private static final int LARGE = 17_000;

  @TempDir Path directory;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final String what = "-Dseed=" + seed;

  private LoneNode node(String... more) throws Exception {
    Path own = Files.createDirectory(directory.resolve("node"));
    String[] words = new String[more.length + 2];
    words[0] = "--enable-debug-command";
    words[1] = "yes";
    System.arraycopy(more, 0, words, 2, more.length);
    return new LoneNode(own, words);
  }

  private StockRedis redis(String... more) throws Exception {
    return StockRedis.start(directory, more);
  }

  private static String url(int port) {
    return "redis://127.0.0.1:" + port;
  }

  private ImportProcess begin(int from, LoneNode to, String... more) throws IOException {
    String[] words = new String[more.length + 3];
    words[0] = url(from);
    words[1] = "--to";
    words[2] = "127.0.0.1:" + to.port;
    System.arraycopy(more, 0, words, 3, more.length);
    return ImportProcess.start(directory, words);
  }

  /** Values that are sent in pieces, and what commands can hardly make. */
  private static void fill(StockRedis redis) throws IOException {
    String large =
        "for i = 1, tonumber(ARGV[1]) do redis.call('rpush', 'large-list', i, 'x' .. i);"
            + " redis.call('sadd', 'large-set', 'm' .. i);"
            + " redis.call('zadd', 'large-zset', i / 7, 'm' .. i);"
            + " redis.call('hset', 'large-hash', 'f' .. i, i);"
            + " redis.call('xadd', 'large-stream', '1-' .. i, 'f', i) end";
    redis.call("EVAL", large, "0", "" + LARGE);
    redis.call("XGROUP", "CREATE", "large-stream", "g", "0");
    redis.call("XREADGROUP", "GROUP", "g", "c", "COUNT", "20", "STREAMS", "large-stream", ">");
    redis.call("XACK", "large-stream", "g", "1-3", "1-4");
    redis.call("XDEL", "large-stream", "1-" + LARGE, "1-500");
    redis.call("EXPIRE", "large-hash", "100000");
    redis.call("SET", "large-string", "0123456789abcdef".repeat(200_000), "EX", "100000");
    redis.call("SET", "gone-soon", "v", "PX", "1");
    redis.call("XGROUP", "CREATE", "empty-stream", "g", "5-5", "MKSTREAM");
    redis.call("ZADD", "scores", "inf", "a", "-inf", "b", "1e300", "c", "0.1", "d");
  }

  @Test
  void everythingArrivesWhileTheSourceIsWrittenTo() throws Exception {
    try (StockRedis redis = redis("--repl-diskless-sync-delay", "0");
        LoneNode node = node("--cluster-enabled", "no");
        RandomWriter writer = new RandomWriter(redis.port(), seed, DATABASES)) {
      fill(redis);
      writer.write(COMMANDS);
      writer.start();
      try (ImportProcess work = begin(redis.port(), node, "--cut-over", "--pause-seconds", "600")) {
        work.awaitLine("following the source");
        String result = work.done();
        assertTrue(result.contains("cut over: "), result);
        assertTrue(result.contains("later commands"), result);
      }
      // It waits in a command that would run as soon as the source goes on.
      writer.close();
      compare(redis, node, DATABASES);
    }
  }

  private void compare(StockRedis redis, LoneNode node, int databases) throws IOException {
    try (TextClient theirs = new TextClient(redis.port());
        TextClient ours = new TextClient(node.port)) {
      SameContent.check(theirs, ours, databases, what);
    }
  }

  @Test
  void aConnectionThatIsCutGoesOnWhereItWas() throws Exception {
    try (StockRedis redis =
            redis("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "3600");
        CutRelay relay = new CutRelay(redis.port(), Long.MAX_VALUE);
        LoneNode node = node("--cluster-enabled", "no");
        RandomWriter writer = new RandomWriter(redis.port(), seed, DATABASES).withoutShortLived()) {
      writer.write(COMMANDS / 4);
      try (ImportProcess work = begin(relay.port(), node)) {
        work.awaitLine("following the source");
        for (int i = 0; i < 3; i++) {
          int before = relay.accepted();
          writer.write(COMMANDS / 8);
          relay.cut();
          writer.write(COMMANDS / 8);
          while (relay.accepted() < before + 2) {
            writer.write(1);
          }
        }
        long offset = offset(redis);
        work.awaitLine("offset " + offset + ", lag 0 bytes");
        work.tellToEnd();
        String result = work.done();
        assertTrue(result.contains("connected again"), result);
        assertTrue(result.contains("stopped: "), result);
        assertTrue(result.contains("offset " + offset(redis) + " of "), result);
      }
      compare(redis, node, DATABASES);
    }
  }

  private static long offset(StockRedis redis) throws IOException {
    String info = redis.call("INFO", "replication");
    String digits = info.replaceFirst("(?s).*master_repl_offset:(\\d+).*", "$1");
    return Long.parseLong(digits);
  }

  @Test
  void aSourceThatIsGoneEndsItWithOneLine() throws Exception {
    try (StockRedis redis = redis("--repl-diskless-sync-delay", "0");
        LoneNode node = node("--cluster-enabled", "no")) {
      redis.call("SET", "k", "v");
      try (ImportProcess work = begin(redis.port(), node, "--reconnect-seconds", "1")) {
        work.awaitLine("following the source");
        redis.close();
        String line = work.failed();
        assertTrue(line.contains("can't be reached for 1 s"), line);
        assertTrue(line.contains("incomplete"), line);
      }
    }
  }

  @Test
  void aSnapshotThatIsCutShortIsNoSnapshot() throws Exception {
    try (StockRedis redis = redis("--repl-diskless-sync", "no", "--rdbcompression", "no");
        CutRelay relay = new CutRelay(redis.port(), 1 << 20);
        LoneNode node = node("--cluster-enabled", "no")) {
      redis.call("SET", "k", "0123456789abcdef".repeat(200_000));
      try (ImportProcess work = begin(relay.port(), node, "--once")) {
        String line = work.failed();
        assertTrue(line.contains("the connection was closed"), line);
        assertTrue(line.contains("the target is incomplete"), line);
      }
    }
  }

  @Test
  void aClusterTakesOneDatabaseAndOneSlotAtATime() throws Exception {
    try (StockRedis redis = redis("--repl-diskless-sync", "no");
        LoneNode node = node("--cluster-enabled", "yes");
        TextClient ours = new TextClient(node.port);
        RandomWriter writer = new RandomWriter(redis.port(), seed, 1)) {
      fill(redis);
      writer.write(COMMANDS);
      try (ImportProcess work = begin(redis.port(), node, "--once")) {
        String result = work.done();
        assertTrue(result.contains("snapshot: "), result);
      }
      compare(redis, node, 1);
      try (ImportProcess work = begin(redis.port(), node, "--once")) {
        String line = work.failed();
        assertTrue(line.contains("the target has keys already"), line);
      }
      redis.call("SELECT", "3");
      redis.call("SET", "of-three", "v");
      try (ImportProcess work = begin(redis.port(), node, "--once", "--into-existing")) {
        String line = work.failed();
        assertTrue(line.contains("the source uses database 3"), line);
      }
      ours.call("FLUSHALL");
      String three = url(redis.port()) + "/3";
      try (ImportProcess work =
          ImportProcess.start(directory, three, "--to", "127.0.0.1:" + node.port)) {
        work.awaitLine("following the source");
        redis.call("MSET", "{a}1", "1", "{a}2", "2");
        redis.call("SELECT", "0");
        redis.call("SET", "of-zero", "v");
        redis.call("SELECT", "3");
        redis.call("DEL", "of-three", "{a}1");
        redis.call("SET", "to-copy", "v");
        redis.call("COPY", "to-copy", "{to-copy}2", "REPLACE");
        redis.call("MULTI");
        redis.call("SET", "x", "1");
        redis.call("SET", "y", "2");
        redis.call("INCR", "y");
        redis.call("EXPIRE", "x", "100000");
        redis.call("EXEC");
        redis.call("MULTI");
        redis.call("DEL", "to-copy", "{to-copy}2", "x");
        redis.call("SPUBLISH", "channel", "message");
        redis.call("SET", "a", "v");
        redis.call("EXEC");
        redis.call("RENAME", "a", "b");
        String line = work.failed();
        assertTrue(line.contains("RENAME a"), line);
        assertTrue(line.contains("several slots"), line);
      }
      assertEquals(
          List.of("a", "y", "{a}2"),
          Stream.of(ours.call("KEYS", "*").strip().split(" ")).sorted().toList());
      assertEquals("3", ours.call("GET", "y"));
    }
  }

  private static void awaitReplica(StockRedis replica) throws IOException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!replica.call("INFO", "replication").contains("master_link_status:up")) {
      assertTrue(System.nanoTime() < endNs, "the replica does not come up");
    }
  }

  @Test
  void aSourceMayBeAReplicaButNoCutOverEndsThere() throws Exception {
    try (StockRedis redis =
            redis("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "3600");
        StockRedis replica =
            redis("--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1 " + redis.port());
        LoneNode node = node("--cluster-enabled", "no")) {
      awaitReplica(replica);
      redis.call("SELECT", "3");
      redis.call("SET", "before", "v");
      try (ImportProcess work = begin(replica.port(), node, "--cut-over")) {
        String line = work.failed();
        assertTrue(line.contains("the source is a replica"), line);
        assertTrue(line.contains("nothing was imported"), line);
      }
      redis.call("SET", "settled", "v", "PX", "400000");
      redis.call("SET", "prolonged", "v", "PX", "400000");
      redis.call("SET", "expires", "v", "PX", "400000");
      try (ImportProcess work = begin(replica.port(), node)) {
        work.awaitLine("following the source");
        // The stream says its database no more.
        redis.call("SET", "behind", "v");
        redis.call("PEXPIRE", "prolonged", "500000");
        redis.call("PERSIST", "expires");
        work.awaitLine("offset " + offset(redis) + ", lag 0 bytes");
        work.tellToEnd();
        work.done();
      }
      compare(redis, node, DATABASES);
    }
  }

  @Test
  void whoDoesNotReachItsGoalFailsAndLetsTheSourceGoOn() throws Exception {
    try (SilentSource source = new SilentSource();
        LoneNode node = node("--cluster-enabled", "no")) {
      try (ImportProcess work =
          begin(source.port(), node, "--cut-over", "--pause-seconds", "600")) {
        work.awaitLine("writes of the source are paused");
        work.tellToEnd();
        String line = work.failed();
        assertTrue(line.contains("it was told to end before"), line);
      }
      assertEquals(List.of("CLIENT PAUSE 600000 WRITE", "CLIENT UNPAUSE"), source.asked());
      try (ImportProcess work = begin(source.port(), node, "--cut-over", "--pause-seconds", "1")) {
        String line = work.failed();
        assertTrue(line.contains("did not catch up in half of the pause"), line);
      }
      assertEquals("CLIENT UNPAUSE", source.asked().getLast());
      source.restart();
      try (ImportProcess work = begin(source.port(), node, "--until-caught-up")) {
        String line = work.failed();
        assertTrue(line.contains("another replication id"), line);
        assertTrue(line.contains("nothing was imported"), line);
      }
    }
  }

  @Test
  void whatTheTargetRefusesIsNamed() throws Exception {
    try (StockRedis redis = redis("--repl-diskless-sync-delay", "0");
        LoneNode node = node("--cluster-enabled", "no", "--databases", "2")) {
      redis.call("SET", "k", "v");
      try (ImportProcess work = begin(redis.port(), node)) {
        work.awaitLine("following the source");
        redis.call("SELECT", "5");
        redis.call("SET", "k", "v");
        String line = work.failed();
        assertTrue(line.contains("refuses SELECT 5"), line);
        assertTrue(line.contains("DB index is out of range"), line);
      }
    }
  }
}
