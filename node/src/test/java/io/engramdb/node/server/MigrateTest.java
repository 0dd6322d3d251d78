package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.net.RespSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
  private static final String SELECT = "SELECT\r\n$1\r\n0\r\n";
  private static final String NOT_READ = "-IOERR error or timeout reading to target instance|";
  private static final String CHANGED =
      "-ERR a key was changed while it was being migrated: the target has its old value|";

  private static final String TOO_MUCH = "-ERR too much is being migrated at once";

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
    node.client.ask("set k value ex 1000000");
    assertEquals("+OK|", migrate("k 9 5000"));
    expect(":0|", node, "exists k");
    target.client.ask("select 9");
    expect("$5|value|", target, "get k");
    long ttl = number(target.client.ask("ttl k"));
    assertTrue(ttl > 999_000 && ttl <= 1_000_000, "seconds " + ttl);
    target.client.ask("select 0");
    String connections = target.info("stats").get("total_connections_received");
    node.client.ask("set k other");
    assertEquals("+OK|", migrate("k 0 5000"));
    expect("$5|other|", target, "get k");
    assertEquals(connections, target.info("stats").get("total_connections_received"));
  }

  private static long number(String reply) {
    return Long.parseLong(reply.substring(1).replace("|", ""));
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
    assertEquals("-ERR Command not allowed inside a transaction|", migrate("k 0 5000"));
    expect("-EXECABORT Transaction discarded because of previous errors.|", node, "exec");
    String scripted =
        node.client.ask("eval \"return redis.call('migrate', 'h', 1, 'none', 0, 10)\" 1 k");
    assertTrue(scripted.startsWith("-ERR MIGRATE is not possible inside a script"), scripted);
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
    private static final int TIMEOUT_MS = 60_000;

    final ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private Socket socket = new Socket();

    Slow() throws IOException {
      server.setSoTimeout(TIMEOUT_MS);
    }

    void accept() throws IOException {
      Socket next = server.accept();
      socket.close();
      socket = next;
      socket.setSoTimeout(TIMEOUT_MS);
    }

    /** Reads up to there, no further. */
    String await(String end) throws IOException {
      StringBuilder read = new StringBuilder();
      while (read.indexOf(end) < 0) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          throw new EOFException(read.toString());
        }
        read.append((char) next);
      }
      return read.toString();
    }

    /** A new connection, up to its first values. */
    void prepare() throws IOException {
      accept();
      await(SELECT);
      answer("+OK\r\n");
    }

    void answer(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    String migration(String rest) {
      return "migrate 127.0.0.1 " + server.getLocalPort() + ' ' + rest + "\r\n";
    }

    @Override
    public void close() throws IOException {
      server.close();
      socket.close();
    }
  }

  @Test
  void onlyWhoWantsToChangeTheKeyWaitsForTheTarget() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port);
        RespSocket writer = new RespSocket(node.port);
        RespSocket flusher = new RespSocket(node.port)) {
      node.client.ask("set k v");
      mover.send(slow.migration("k 0 60000"));
      slow.prepare();
      slow.await("RESTORE");
      writer.send("append k w\r\n");
      expect("$1|v|", node, "get k");
      expect("+OK|", node, "set other v");
      expect("$1|v|", node, "eval \"return redis.call('get', 'k')\" 0");
      flusher.send("flushdb\r\n");
      expect(":2|", node, "exists k other");
      slow.answer("+OK\r\n");
      assertEquals("+OK|", mover.reply());
      assertEquals(":1|", writer.reply());
      assertEquals("+OK|", flusher.reply());
    }
  }

  @Test
  void aTargetThatDoesNotAnswerIsGivenUpAndTheKeyStays() throws Exception {
    try (Slow slow = new Slow();
        RespSocket writer = new RespSocket(node.port)) {
      node.client.ask("set k v");
      node.client.send(slow.migration("k 0 3000"));
      slow.prepare();
      slow.await("RESTORE");
      writer.send("append k w\r\n");
      assertEquals(NOT_READ, node.client.reply());
      assertEquals(":2|", writer.reply());
    }
  }

  @Test
  void whoWaitsForATargetCanBeEnded() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port)) {
      node.client.ask("set k v");
      String id = mover.ask("client id").substring(1).replace("|", "");
      mover.send(slow.migration("k 0 60000"));
      slow.prepare();
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
      mover.send(slow.migration("\"\" 0 60000 keys k l"));
      slow.prepare();
      slow.await("$1\r\nl\r\n");
      expect("+OK|", node, "eval \"return redis.call('set', 'k', 'new')\" 1 other");
      slow.answer("+OK\r\n+OK\r\n");
      assertEquals(CHANGED, mover.reply());
      expect("*2|$3|new|$-1|", node, "mget k l");
    }
  }

  @Test
  void aKeyThatWasDeletedMeanwhileIsToldToBeBackAtTheTarget() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port)) {
      node.client.ask("mset k v l v");
      mover.send(slow.migration("\"\" 0 60000 keys k l"));
      slow.prepare();
      slow.await("$1\r\nl\r\n");
      expect(":1|", node, "eval \"return redis.call('del', 'k')\" 1 other");
      slow.answer("+OK\r\n+OK\r\n");
      assertEquals(CHANGED, mover.reply());
      expect("*0|", node, "keys *");
    }
  }

  @Test
  void whatIsLeftOfTheTimeToLiveIsSentAndNoKeyWhoseTimeHasPassed() throws Exception {
    try (Slow slow = new Slow();
        RespSocket mover = new RespSocket(node.port)) {
      node.client.ask("set l v px 100000");
      node.client.ask("set k v px 1500");
      mover.send(slow.migration("\"\" 0 60000 keys k l"));
      slow.accept();
      slow.await(SELECT);
      while (number(node.client.ask("exists k")) == 1) {
        Thread.onSpinWait();
      }
      long leftMs = number(node.client.ask("pttl l"));
      slow.answer("+OK\r\n");
      String first = slow.await("$1\r\nl\r\n");
      assertEquals(-1, first.indexOf("$1\r\nk\r\n"), first);
      slow.await("\r\n");
      long sentMs = Long.parseLong(slow.await("\r\n").trim());
      // Two clocks, each of them rounded.
      assertTrue(sentMs > 0 && sentMs <= leftMs + 50, sentMs + " of " + leftMs);
      slow.answer("+OK\r\n");
      assertEquals("+OK|", mover.reply());
      expect(":0|", node, "exists k l");
    }
  }

  @Test
  void onlyThatAnswerConfirmsWhichARestoreHas() throws Exception {
    node.client.ask("mset k v l v");
    for (String page : List.of("HTTP/1.1 400 Bad Request\r\nA: b\r\n\r\n", "x".repeat(5000))) {
      try (Slow web = new Slow()) {
        node.client.send(web.migration("\"\" 0 60000 keys k l"));
        web.accept();
        web.answer(page);
        assertEquals(NOT_READ, node.client.reply());
      }
    }
    for (String other : List.of("+QUEUED\r\n+QUEUED\r\n", ":1\r\n", "+OKAY\r\n", "\r\n")) {
      try (Slow slow = new Slow()) {
        node.client.send(slow.migration("\"\" 0 60000 keys k l"));
        slow.prepare();
        slow.await("$1\r\nl\r\n");
        slow.answer(other);
        assertEquals(NOT_READ, node.client.reply());
      }
    }
    expect(":2|", node, "exists k l");
  }

  @Test
  void aConnectionOnWhichMoreWasSaidOrThatWasClosedIsNotUsedAgain() throws Exception {
    try (Slow slow = new Slow()) {
      moveOnNewConnection(slow, "+OK\r\n+OK\r\n");
      moveOnNewConnection(slow, "+OK\r\n");
      slow.socket.close();
      moveOnNewConnection(slow, "+OK\r\n");
    }
  }

  private static void moveOnNewConnection(Slow slow, String answer) throws IOException {
    node.client.ask("set k v");
    node.client.send(slow.migration("k 0 60000"));
    slow.prepare();
    slow.await("$1\r\nk\r\n");
    slow.answer(answer);
    assertEquals("+OK|", node.client.reply());
  }

  @Test
  void valuesAreSentOnlyOnceTheDatabaseIsSelected() throws Exception {
    try (Slow slow = new Slow()) {
      node.client.ask("set k v");
      String refused = "-ERR Target instance replied with error: ERR no|";
      node.client.send(slow.migration("k 0 60000"));
      slow.accept();
      slow.await(SELECT);
      slow.answer("-ERR no\r\n");
      assertEquals(refused, node.client.reply());
      // The same connection, which has nothing more of the first one.
      node.client.send(slow.migration("k 0 60000"));
      assertEquals("*2\r\n$6\r\n" + SELECT, slow.await(SELECT));
      slow.answer("-ERR no\r\n");
      assertEquals(refused, node.client.reply());
      expect(":1|", node, "exists k");
    }
  }

  @Test
  void soManyAtOnceAreRefusedAndCountUntilTheirThreadsHaveEnded() throws Exception {
    List<RespSocket> movers = new ArrayList<>();
    List<Socket> accepted = new ArrayList<>();
    try (Slow slow = new Slow()) {
      node.client.ask("set k v");
      for (int i = 0; i < 64; i++) {
        RespSocket mover = new RespSocket(node.port);
        movers.add(mover);
        mover.send(slow.migration("k 0 60000 copy"));
        accepted.add(slow.server.accept());
      }
      assertTrue(migrate("k 0 60000 copy").startsWith(TOO_MUCH));
      for (RespSocket mover : movers) {
        mover.close();
      }
      String reply = migrate("k 0 60000 copy");
      while (reply.startsWith(TOO_MUCH)) {
        reply = migrate("k 0 60000 copy");
      }
      assertEquals("+OK|", reply);
    } finally {
      for (Socket socket : accepted) {
        socket.close();
      }
      for (RespSocket mover : movers) {
        mover.close();
      }
    }
  }
}
