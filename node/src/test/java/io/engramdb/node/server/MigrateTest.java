package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.net.RespSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MIGRATE from one whole node to another, and to one that answers when the test wants it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MigrateTest {
  @TempDir static Path directory;

  private static LoneNode node;
  private static LoneNode target;

  @BeforeAll
  static void start() throws Exception {
    node = new LoneNode(directory.resolve("source"));
    target = new LoneNode(directory.resolve("target"));
  }

  @AfterAll
  static void stop() throws Exception {
    node.close();
    target.close();
  }

  @BeforeEach
  void empty() throws Exception {
    node.client.ask("flushall");
    target.client.ask("flushall");
  }

  private static String migrate(String rest) throws IOException {
    return node.client.ask("migrate 127.0.0.1 " + target.port + ' ' + rest);
  }

  private static void expect(String reply, LoneNode at, String command) throws IOException {
    assertEquals(reply, at.client.ask(command), command);
  }

  @Test
  void aKeyMovesWithItsExpiryAndTheConnectionIsKept() throws Exception {
    node.client.ask("set k value ex 100");
    assertEquals("+OK|", migrate("k 9 5000"));
    expect(":0|", node, "exists k");
    target.client.ask("select 9");
    expect("$5|value|", target, "get k");
    String ttl = target.client.ask("ttl k");
    assertTrue(ttl.equals(":100|") || ttl.equals(":99|"), ttl);
    target.client.ask("select 0");
    String kept = node.info("stats").get("migrate_cached_sockets");
    assertTrue(Integer.parseInt(kept) > 0, kept);
    node.client.ask("set k other");
    assertEquals("+OK|", migrate("k 0 5000"));
    expect("$5|other|", target, "get k");
    assertEquals(kept, node.info("stats").get("migrate_cached_sockets"));
  }

  @Test
  void whatTheTargetHasStaysThereUnlessItIsReplaced() throws Exception {
    node.client.ask("rpush k a b");
    target.client.ask("set k present");
    assertEquals(
        "-ERR Target instance replied with error: BUSYKEY Target key name already exists.|",
        migrate("k 0 5000 copy"));
    assertEquals("+OK|", migrate("k 0 5000 copy replace"));
    expect(":2|", node, "llen k");
    expect(":2|", target, "llen k");
  }

  @Test
  void ofSeveralKeysThoseAreRemovedThatTheTargetHasTaken() throws Exception {
    assertEquals("+NOKEY|", migrate("\"\" 0 5000 keys a b"));
    node.client.ask("mset a 1 b 2 c 3");
    target.client.ask("set b present");
    assertEquals(
        "-ERR Target instance replied with error: BUSYKEY Target key name already exists.|",
        migrate("\"\" 0 5000 keys a none b c a"));
    expect("*1|$1|b|", node, "keys *");
    expect("*3|$1|1|$7|present|$1|3|", target, "mget a b c");
  }

  @Test
  void aWrongPasswordIsToldAndNothingMoves() throws Exception {
    target.client.ask("config set requirepass sesame");
    try {
      node.client.ask("set k v");
      String wrong = migrate("k 0 5000 auth nonsense");
      assertTrue(wrong.startsWith("-ERR Target instance replied with error: WRONGPASS "), wrong);
      expect(":1|", node, "exists k");
      assertEquals("+OK|", migrate("k 0 5000 auth2 default sesame"));
      expect("$1|v|", target, "get k");
    } finally {
      target.client.ask("config set requirepass \"\"");
    }
  }

  @Test
  void wrongRequestsAreRefusedAsInRedis() throws Exception {
    assertEquals("-ERR syntax error|", migrate("k 0 5000 auth"));
    assertEquals(
        "-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string|",
        migrate("k 0 5000 keys a"));
    assertEquals("-ERR value is not an integer or out of range|", migrate("k x 5000"));
    node.client.ask("set k v");
    assertEquals(
        "-IOERR error or timeout connecting to the client|",
        node.client.ask("migrate 127.0.0.1 nonsense k 0 500"));
  }

  @Test
  void itIsNotPossibleWhereEverythingWouldStandStill() throws Exception {
    node.client.ask("set k v");
    node.client.ask("multi");
    migrate("k 0 5000");
    assertEquals(
        "*1|-ERR MIGRATE is not possible inside a transaction or script: it waits for another"
            + " server|",
        node.client.ask("exec"));
    expect(":1|", node, "exists k");
  }

  @Test
  void itsKeysAreFoundWhateverPasswordsAreCalled() throws Exception {
    expect("*1|$1|k|", node, "command getkeys migrate h 1 k 0 10 auth keys");
    expect("*2|$1|a|$1|b|", node, "command getkeys migrate h 1 \"\" 0 10 auth keys keys a b");
    expect(
        "*3|$1|a|$4|keys|$1|b|",
        node,
        "command getkeys migrate h 1 \"\" 0 10 auth2 u keys keys a keys b");
  }

  /** A server that reads, and answers when it is told to. */
  private static final class Slow implements AutoCloseable {
    final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private Socket socket;

    Slow() throws IOException {}

    void await(String end) throws IOException {
      socket = server.accept();
      StringBuilder read = new StringBuilder();
      while (read.indexOf(end) < 0) {
        read.append((char) socket.getInputStream().read());
      }
    }

    void answer(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
      server.close();
      if (socket != null) {
        socket.close();
      }
    }
  }

  @Test
  void onlyWhoWantsToChangeTheKeyWaitsForTheTarget() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port);
        RespSocket writer = new RespSocket(node.port)) {
      node.client.ask("set k v");
      mover.send("migrate 127.0.0.1 " + slow.server.getLocalPort() + " k 0 60000\r\n");
      slow.await("RESTORE");
      writer.send("append k w\r\n");
      expect("$1|v|", node, "get k");
      expect("+OK|", node, "set other v");
      slow.answer("+OK\r\n+OK\r\n");
      assertEquals("+OK|", mover.reply());
      assertEquals(":1|", writer.reply());
      expect("$1|w|", node, "get k");
    }
  }

  @Test
  void aTargetThatDoesNotAnswerIsGivenUpAndTheKeyStays() throws Exception {
    try (Slow slow = new Slow();
        RespSocket writer = new RespSocket(node.port)) {
      node.client.ask("set k v");
      node.client.send("migrate 127.0.0.1 " + slow.server.getLocalPort() + " k 0 200\r\n");
      slow.await("RESTORE");
      writer.send("append k w\r\n");
      assertEquals("-IOERR error or timeout reading to target instance|", node.client.reply());
      assertEquals(":2|", writer.reply());
    }
  }

  @Test
  void whoWaitsForATargetCanBeEnded() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port)) {
      node.client.ask("set k v");
      String id = mover.ask("client id").substring(1).replace("|", "");
      mover.send("migrate 127.0.0.1 " + slow.server.getLocalPort() + " k 0 60000\r\n");
      slow.await("RESTORE");
      expect(":1|", node, "client kill id " + id);
      expect(":2|", node, "append k w");
    }
  }

  @Test
  void aKeyThatChangedAllTheSameStays() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port)) {
      node.client.ask("mset k v l v");
      mover.send("migrate 127.0.0.1 " + slow.server.getLocalPort() + " \"\" 0 60000 keys k l\r\n");
      slow.await("$1\r\nl\r\n");
      expect("+OK|", node, "eval \"return redis.call('set', 'k', 'new')\" 1 other");
      slow.answer("+OK\r\n+OK\r\n+OK\r\n");
      assertEquals(
          "-ERR a key was changed while it was being migrated: it is on both servers now|",
          mover.reply());
      expect("*2|$3|new|$-1|", node, "mget k l");
    }
  }
}
