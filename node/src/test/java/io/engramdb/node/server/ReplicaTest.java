package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.rdb.StockRedis;
import io.engramdb.node.rdb.TextClient;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node as the source of replicas of another make.
 *
 * <p>{@code -Dseed=N} for other commands, {@code -Dreplica.commands=N} for more of them.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ReplicaTest {
  private static final int COMMANDS = Integer.getInteger("replica.commands", 1500);
  private static final int DATABASES = 4;
  private static final int LARGE_WORDS = 150_000;
  private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path directory;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final String what = "-Dseed=" + seed;

  private LoneNode node(String... more) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("--enable-debug-command", "yes", "--cluster-enabled", "no"));
    words.addAll(List.of(more));
    Path own = Files.createDirectory(directory.resolve("node"));
    return new LoneNode(own, words.toArray(String[]::new));
  }

  private StockRedis replicaOf(LoneNode node) throws Exception {
    return StockRedis.start(
        directory, "--replicaof", "127.0.0.1 " + node.port, "--repl-diskless-sync-delay", "0");
  }

  /** Until the replica has what was written last. */
  private static void awaitCaughtUp(LoneNode node, StockRedis replica, String word)
      throws IOException {
    assertEquals("+OK|", node.client.ask("SET marker " + word));
    awaitMarker(replica, word);
  }

  private static void awaitMarker(StockRedis replica, String word) throws IOException {
    long endNs = System.nanoTime() + LIMIT_NS;
    try (TextClient client = new TextClient(replica.port())) {
      String value = client.attempt("GET", "marker");
      while (!value.equals(word)) {
        assertTrue(System.nanoTime() < endNs, "the replica stays at " + value);
        value = client.attempt("GET", "marker");
      }
    }
  }

  private void compare(LoneNode node, StockRedis replica) throws IOException {
    try (TextClient ours = new TextClient(node.port);
        TextClient theirs = new TextClient(replica.port())) {
      SameContent.check(ours, theirs, DATABASES, what);
    }
  }

  @Test
  void redisIsAReplicaOfANodeThatIsWrittenTo() throws Exception {
    try (LoneNode node = node();
        RandomWriter writer = new RandomWriter(node.port, seed, DATABASES)) {
      writer.write(COMMANDS);
      try (StockRedis replica = replicaOf(node)) {
        writer.write(COMMANDS / 2);
        awaitCaughtUp(node, replica, "first");
        compare(node, replica);
        writer.write(COMMANDS);
        try (TextClient large = new TextClient(node.port)) {
          // More than a record takes: several, which hold as a whole.
          large.call("SET", "large", "0123456789abcdef".repeat(LARGE_WORDS));
        }
        awaitCaughtUp(node, replica, "second");
        compare(node, replica);
        assertTrue(node.client.ask("CLIENT LIST TYPE replica").contains("flags=S"));
        String link = replica.call("INFO", "replication");
        assertTrue(link.contains("master_link_status:up"), link);
      }
    }
  }

  @Test
  void aReplicaOfAPromotedReplicaBeginsAnew() throws Exception {
    try (LoneNode node = node();
        StockRedis one = replicaOf(node)) {
      node.client.ask("SET a 1");
      awaitCaughtUp(node, one, "first");
      try (StockRedis other = replicaOf(node)) {
        awaitCaughtUp(node, other, "second");
        node.client.ask("SET b 2");
        awaitCaughtUp(node, one, "third");
        awaitCaughtUp(node, other, "third");
        one.call("REPLICAOF", "NO", "ONE");
        one.call("SET", "c", "3");
        one.call("DEL", "a");
        other.call("REPLICAOF", "127.0.0.1", "" + one.port());
        one.call("SET", "marker", "fourth");
        awaitMarker(other, "fourth");
        try (TextClient theirs = new TextClient(one.port());
            TextClient others = new TextClient(other.port())) {
          SameContent.check(theirs, others, 1, what);
        }
      }
    }
  }

  @Test
  void aReplicaThatKnowsNoTimesOfFieldsIsToldOtherwiseOrLeft() throws Exception {
    try (LoneNode node = node();
        Stream replica = new Stream(node.port)) {
      assertEquals("+OK|", node.client.ask("CONFIG SET repl-ping-replica-period 3600"));
      assertEquals(":1|", node.client.ask("HSET h before v"));
      replica.send("SYNC");
      assertTrue(replica.snapshot().startsWith("REDIS0010"));
      assertEquals(":1|", node.client.ask("HSETEX h FIELDS 2 f v g w"));
      assertEquals("SELECT 0", replica.next());
      assertEquals("HSET h f v g w", replica.next());
      node.client.ask("HGETDEL h FIELDS 1 f");
      assertEquals("HDEL h f", replica.next());
      node.client.ask("HSETEX h PXAT 4102444800000 FIELDS 2 f v g w");
      assertThrows(EOFException.class, replica::next);
    }
  }

  @Test
  void aReplicaThatKnowsTimesOfFieldsIsToldThem() throws Exception {
    try (LoneNode node = node();
        Stream replica = new Stream(node.port)) {
      assertEquals("+OK|", node.client.ask("CONFIG SET repl-ping-replica-period 3600"));
      node.client.ask("HSETEX h PXAT 4102444800000 FIELDS 1 f v");
      replica.send("SYNC");
      assertTrue(replica.snapshot().startsWith("REDIS0012"));
      node.client.ask("HSETEX h PXAT 4102444800001 FIELDS 2 f v g w");
      assertEquals("SELECT 0", replica.next());
      assertEquals("MULTI", replica.next());
      assertEquals("HSET h f v g w", replica.next());
      assertEquals("HPEXPIREAT h 4102444800001 FIELDS 2 f g", replica.next());
      assertEquals("EXEC", replica.next());
    }
  }

  @Test
  void toolsGetAnRdbFile() throws Exception {
    try (LoneNode node = node()) {
      assertEquals("+OK|", node.client.ask("SET k v"));
      assertEquals(":3|", node.client.ask("RPUSH l a b c"));
      String library = "\"#!lua name=lib\\nredis.register_function('f',function() return 1 end)\"";
      assertTrue(node.client.ask("FUNCTION LOAD " + library).contains("lib"));
      Path all = directory.resolve("all.rdb");
      cli(node, "--rdb", all.toString());
      try (StockRedis redis = StockRedis.start(directory, "--dbfilename", "all.rdb")) {
        assertEquals("v", redis.call("GET", "k"));
        assertEquals(" a b c", redis.call("LRANGE", "l", "0", "-1"));
        assertEquals("1", redis.call("FCALL", "f", "0"));
      }
      Path functions = directory.resolve("functions.rdb");
      cli(node, "--functions-rdb", functions.toString());
      try (StockRedis redis = StockRedis.start(directory, "--dbfilename", "functions.rdb")) {
        assertEquals("0", redis.call("DBSIZE"));
        assertEquals("1", redis.call("FCALL", "f", "0"));
      }
    }
  }

  private void cli(LoneNode node, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-p", "" + node.port));
    command.addAll(List.of(words));
    Path out = directory.resolve("cli.out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "redis-cli does not end");
      assertEquals(0, process.exitValue(), Files.readString(out));
    } finally {
      process.destroyForcibly();
    }
  }

  /** Reads what a replica is sent. */
  private static final class Stream implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;

    Stream(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(LIMIT_NS));
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    void send(String line) throws IOException {
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
        line.append((char) c);
      }
      return line.toString().strip();
    }

    private String bytes(String length) throws IOException {
      byte[] bytes = new byte[Integer.parseInt(length.substring(1))];
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    String snapshot() throws IOException {
      String length = line();
      while (length.isEmpty()) {
        // It says that it is there.
        length = line();
      }
      return bytes(length);
    }

    /** The next command, its name in upper case. */
    String next() throws IOException {
      int count = Integer.parseInt(line().substring(1));
      List<String> words = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        words.add(bytes(line()));
        line();
      }
      words.set(0, words.getFirst().toUpperCase(Locale.ROOT));
      return String.join(" ", words);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void theStreamIsWhatRedisWouldReplicate() throws Exception {
    try (LoneNode node = node();
        Stream replica = new Stream(node.port)) {
      assertEquals("+OK|", node.client.ask("SET before v"));
      assertEquals("+OK|", node.client.ask("CONFIG SET repl-ping-replica-period 3600"));
      replica.send("SYNC");
      String snapshot = replica.snapshot();
      assertTrue(snapshot.startsWith("REDIS0010"), snapshot);
      assertTrue(snapshot.contains("before"), snapshot);
      assertEquals("+OK|", node.client.ask("SET k v PXAT 4102444800000"));
      assertEquals("SELECT 0", replica.next());
      assertEquals("SET k v PXAT 4102444800000", replica.next());
      assertEquals("+OK|", node.client.ask("MULTI"));
      assertEquals("+QUEUED|", node.client.ask("SADD s a"));
      assertEquals("+QUEUED|", node.client.ask("SPOP s"));
      assertTrue(node.client.ask("EXEC").startsWith("*2|"));
      assertEquals("MULTI", replica.next());
      assertEquals("SADD s a", replica.next());
      // Whatever empties a collection is logged as its removal.
      assertEquals("DEL s", replica.next());
      assertEquals("EXEC", replica.next());
      assertEquals("+OK|", node.client.ask("SELECT 2"));
      assertEquals("+OK|", node.client.ask("ACL SETUSER somebody on"));
      assertEquals(":1|", node.client.ask("INCR n"));
      assertEquals("SELECT 2", replica.next());
      assertEquals("INCR n", replica.next());
      assertEquals("+OK|", node.client.ask("CONFIG SET repl-ping-replica-period 1"));
      assertEquals("PING", replica.next());
    }
  }

  @Test
  void theCommandsAreDescribedAsRedisDescribesThem() throws Exception {
    try (LoneNode node = node();
        StockRedis redis = StockRedis.start(directory);
        TextClient ours = new TextClient(node.port)) {
      for (String name : List.of("sync", "psync", "replconf")) {
        assertEquals(
            sorted(redis.call("COMMAND", "INFO", name)),
            sorted(ours.call("COMMAND", "INFO", name)));
      }
    }
  }

  private static List<String> sorted(String words) {
    return Arrays.stream(words.strip().split(" +")).sorted().toList();
  }

  @Test
  void aNodeIsImportedFromAnotherNode() throws Exception {
    try (LoneNode node = node();
        LoneNode other =
            new LoneNode(
                Files.createDirectory(directory.resolve("other")),
                "--enable-debug-command",
                "yes",
                "--cluster-enabled",
                "no");
        RandomWriter writer = new RandomWriter(node.port, seed, DATABASES)) {
      writer.write(COMMANDS / 2);
      String source = "redis://127.0.0.1:" + node.port;
      String target = "127.0.0.1:" + other.port;
      try (ImportProcess work =
          ImportProcess.start(directory, source, "--to", target, "--until-caught-up")) {
        String line = work.failed();
        assertTrue(line.contains("another replication id than its stream"), line);
        assertTrue(line.contains("nothing was imported"), line);
      }
      try (ImportProcess work = ImportProcess.start(directory, source, "--to", target)) {
        work.awaitLine("following the source");
        writer.write(COMMANDS / 2);
        assertEquals("+OK|", node.client.ask("SET marker last"));
        long endNs = System.nanoTime() + LIMIT_NS;
        while (!other.client.ask("GET marker").contains("last")) {
          assertTrue(System.nanoTime() < endNs, "the marker does not come");
        }
        work.tellToEnd();
        work.done();
      }
      try (TextClient ours = new TextClient(node.port);
          TextClient theirs = new TextClient(other.port)) {
        SameContent.check(ours, theirs, DATABASES, what);
      }
    }
  }
}
