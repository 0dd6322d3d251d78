package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients may take: each for its replies, and all of them together. */
class ClientMemoryTest {

  private static final int MB = 1 << 20;

  private LocalServer local;
  private RespSocket control;

  @BeforeEach
  void start() throws Exception {
    local = new LocalServer();
    control = local.connect();
    control.ask("client no-evict on");
  }

  @AfterEach
  void stop() throws Exception {
    control.close();
    local.close();
  }

  private void set(Callable<Void> change) throws Exception {
    local.onLoop(change);
  }

  private void limitReplies(String... words) throws Exception {
    set(
        () -> {
          local.sessions().limits().set(List.of(words));
          return null;
        });
  }

  private void limitClients(long bytes) throws Exception {
    set(
        () -> {
          local.sessions().memory().limit(bytes);
          return null;
        });
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  /** A client that has sent so much of a request whose end is missing. */
  private RespSocket unfinished(String name, int bytes) throws Exception {
    RespSocket client = local.connect();
    client.ask("client setname " + name);
    client.send("*2\r\n$" + bytes + "\r\n" + "v".repeat(bytes));
    awaitInput(name, bytes);
    return client;
  }

  /** The server reads when it pleases: asked until it has, each time behind what it has read. */
  private void awaitInput(String name, int bytes) throws IOException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!line(name).contains(" qbuf=" + bytes + " ")) {
      assertTrue(System.nanoTime() < deadline, () -> "not all of the input of " + name + " came");
    }
  }

  private String line(String name) throws IOException {
    for (String line : control.ask("client list").split("\n")) {
      if (line.contains(" name=" + name + " ")) {
        return line;
      }
    }
    return "";
  }

  private void fill(String key, int bytes) throws IOException {
    control.ask("setrange " + key + " " + (bytes - 1) + " x");
  }

  /** The connection ends without another byte; what the server had not read resets it. */
  private static void assertCut(RespSocket client) {
    String rest;
    try {
      rest = client.rest();
    } catch (SocketTimeoutException stillThere) {
      throw new AssertionError("the connection did not end", stillThere);
    } catch (IOException reset) {
      rest = "";
    }
    assertEquals("", rest);
  }

  @Test
  void aReplyAboveTheHardLimitClosesItsConnectionAndNothingOfItLeaves() throws Exception {
    fill("large", 200_000);
    limitReplies("normal", "100000", "0", "0");
    try (RespSocket client = local.connect()) {
      client.send("get large\r\nset after 1\r\n");
      assertCut(client);
    }
    assertEquals("$-1|", control.ask("get after"));
    assertEquals(1, local.onLoop(() -> local.metrics.outputLimitDisconnections));
  }

  @Test
  void repliesOfOneTurnCountTogether() throws Exception {
    fill("part", 30_000);
    limitReplies("normal", "100000", "0", "0");
    try (RespSocket client = local.connect()) {
      assertEquals("$30000|", client.ask("get part").substring(0, 7));
      client.send("get part\r\n".repeat(5));
      assertCut(client);
    }
  }

  @Test
  void aTransactionWhoseReplyIsTooLargeHasHappened() throws Exception {
    fill("large", 200_000);
    limitReplies("normal", "100000", "0", "0");
    try (RespSocket client = local.connect()) {
      client.send("multi\r\nset before 1\r\nget large\r\nset after 2\r\nexec\r\n");
      assertThrows(IOException.class, () -> readReplies(client, 6));
    }
    assertEquals("$1|1|", control.ask("get before"));
    assertEquals("$1|2|", control.ask("get after"));
  }

  private static void readReplies(RespSocket client, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      client.reply();
    }
  }

  @Test
  void aReplyThatMemoryCouldNotHoldIsNotWrittenBeyondTheLimit() throws Exception {
    fill("large", MB);
    limitReplies("normal", "2000000", "0", "0");
    try (RespSocket client = local.connect()) {
      client.send("*10001\r\n" + bulk("mget") + bulk("large").repeat(10_000));
      assertCut(client);
    }
  }

  /** More replies than the limit, whose commands come in one piece and may have a number each. */
  private void cutOff(String before, String line) throws Exception {
    StringBuilder commands = new StringBuilder(before);
    for (int i = 0; i < 500; i++) {
      commands.append(line.formatted(i)).append("\r\n");
    }
    try (RespSocket client = local.connect()) {
      client.send(commands.toString());
      assertCut(client);
    }
  }

  @Test
  void whatChangesSomethingDoesNotFailForItsReply() throws Exception {
    // As large as the first array of a reply: what overflows it is beyond the limit.
    limitReplies("normal", "1024", "0", "0");
    cutOff("", "script load \"return %d\"");
    assertEquals("*1|:1|", control.ask("script exists e0e1f9fabfc9d4800c877a703b823ac0578ff8db"));
  }

  @Test
  void neitherARefusalNorAnErrorNorTheWordThatItIsQueuedNeedsRoomWithinTheLimit() throws Exception {
    control.ask("rpush list 1");
    limitReplies("normal", "1024", "0", "0");
    cutOff("", "get");
    cutOff("", "get list");
    cutOff("multi\r\n", "get k");
    assertEquals(3, local.onLoop(() -> local.metrics.outputLimitDisconnections));
  }

  @Test
  void aClientWithoutRepliesToReadIsNotCutOffByItsRequests() throws Exception {
    limitReplies("normal", "100000", "0", "0");
    try (RespSocket client = local.connect()) {
      client.send("*3\r\n" + bulk("set") + bulk("k") + bulk("v".repeat(300_000)));
      assertEquals("+OK|", client.reply());
    }
  }

  @Test
  void whoTakesTheMostIsClosedUntilTheRestFits() throws Exception {
    List<RespSocket> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      clients.add(unfinished("client" + i, i < 3 ? MB / 8 : MB));
    }
    limitClients(3L * MB / 2);
    String list = control.ask("client list");
    assertEquals(4, list.split("name=client").length - 1, list);
    assertEquals(2, local.onLoop(() -> local.metrics.evictedClients));
    limitClients(MB / 4);
    list = control.ask("client list");
    assertEquals(1, list.split("name=client").length - 1, list);
    for (RespSocket client : clients) {
      client.close();
    }
  }

  @Test
  void whoAsksNotToBeEvictedStays() throws Exception {
    try (RespSocket stays = local.connect();
        RespSocket goes = unfinished("goes", MB)) {
      stays.ask("client setname stays");
      stays.ask("client no-evict on");
      stays.send("*2\r\n$" + MB + "\r\n" + "v".repeat(MB));
      awaitInput("stays", MB);
      limitClients(MB / 2);
      assertEquals("", line("goes"));
      assertTrue(line("stays").contains(" flags=e "), line("stays"));
      assertCut(goes);
    }
  }

  @Test
  void whatAClientWatchesListensToAndQueuesCounts() throws Exception {
    limitClients(200_000);
    List<String> ways =
        List.of("watch k%d", "subscribe k%d", "psubscribe k%d", "ssubscribe k%d", "set k%d v");
    for (String way : ways) {
      try (RespSocket client = local.connect()) {
        if (way.startsWith("set")) {
          client.ask("multi");
        }
        assertThrows(IOException.class, () -> repeat(client, way), way);
      }
    }
    assertEquals(ways.size(), local.onLoop(() -> local.metrics.evictedClients));
  }

  private static void repeat(RespSocket client, String way) throws IOException {
    for (int i = 0; i < 100_000; i++) {
      client.ask(way.formatted(i));
    }
  }

  @Test
  void aClientWithinTheLimitIsServed() throws Exception {
    limitClients(MB);
    fill("value", MB / 4);
    try (RespSocket client = local.connect()) {
      for (int i = 0; i < 50; i++) {
        assertEquals(MB / 4, client.ask("get value").length() - "$262144||".length());
      }
    }
    assertEquals(0, local.onLoop(() -> local.metrics.evictedClients));
  }
}
