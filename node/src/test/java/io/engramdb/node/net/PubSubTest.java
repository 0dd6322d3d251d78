package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Subscribing and publishing over real sockets. Whatever both can show is asked of the redis-server
 * at that port instead with {@code -Doracle=PORT}.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PubSubTest extends ServerClients {

  @Test
  void aMessageReachesThoseWhoListenOnceForEachSubscription() throws Exception {
    RespSocket two = client();
    RespSocket three = client3();
    RespSocket sender = client();
    expect(two, "subscribe a b a", "*3|$9|subscribe|$1|a|:1|");
    expectMore(two, "*3|$9|subscribe|$1|b|:2|", "*3|$9|subscribe|$1|a|:2|");
    expect(two, "psubscribe [ac]*", "*3|$10|psubscribe|$5|[ac]*|:3|");
    expect(three, "subscribe a", ">3|$9|subscribe|$1|a|:1|");
    expect(sender, "publish a hi", ":3|", "publish b x", ":1|", "publish c y", ":1|");
    expectMore(
        two,
        "*3|$7|message|$1|a|$2|hi|",
        "*4|$8|pmessage|$5|[ac]*|$1|a|$2|hi|",
        "*3|$7|message|$1|b|$1|x|",
        "*4|$8|pmessage|$5|[ac]*|$1|c|$1|y|");
    expectMore(three, ">3|$7|message|$1|a|$2|hi|");
    expect(three, "get nothing", "_|", "ping", "+PONG|");
  }

  @Test
  void unsubscribingNamesEveryNameThatEnds() throws Exception {
    RespSocket client = client();
    RespSocket sender = client();
    expect(
        client,
        "unsubscribe",
        "*3|$11|unsubscribe|$-1|:0|",
        "punsubscribe",
        "*3|$12|punsubscribe|$-1|:0|",
        "sunsubscribe",
        "*3|$12|sunsubscribe|$-1|:0|",
        "unsubscribe nothing",
        "*3|$11|unsubscribe|$7|nothing|:0|",
        "subscribe a",
        "*3|$9|subscribe|$1|a|:1|",
        "psubscribe p*",
        "*3|$10|psubscribe|$2|p*|:2|",
        "ssubscribe s",
        "*3|$10|ssubscribe|$1|s|:1|",
        "unsubscribe",
        "*3|$11|unsubscribe|$1|a|:1|",
        "punsubscribe",
        "*3|$12|punsubscribe|$2|p*|:0|",
        "sunsubscribe s",
        "*3|$12|sunsubscribe|$1|s|:0|",
        "get nothing",
        "$-1|");
    expect(sender, "publish a x", ":0|", "publish pp x", ":0|", "spublish s x", ":0|");
  }

  @Test
  void shardChannelsAreNamesOfTheirOwn() throws Exception {
    RespSocket client = client3();
    RespSocket sender = client();
    expect(client, "ssubscribe a", ">3|$10|ssubscribe|$1|a|:1|");
    expect(client, "psubscribe *", ">3|$10|psubscribe|$1|*|:1|");
    expect(client, "subscribe a", ">3|$9|subscribe|$1|a|:2|");
    expect(sender, "spublish a one", ":1|", "publish a two", ":2|");
    expectMore(
        client,
        ">3|$8|smessage|$1|a|$3|one|",
        ">3|$7|message|$1|a|$3|two|",
        ">4|$8|pmessage|$1|*|$1|a|$3|two|");
    expect(
        sender,
        "pubsub shardchannels",
        "*1|$1|a|",
        "pubsub shardchannels b*",
        "*0|",
        "pubsub shardnumsub a b",
        "*4|$1|a|:1|$1|b|:0|",
        "pubsub channels",
        "*1|$1|a|",
        "pubsub channels [b-z]",
        "*0|",
        "pubsub numsub a b",
        "*4|$1|a|:1|$1|b|:0|",
        "pubsub numsub",
        "*0|",
        "pubsub numpat",
        ":1|");
  }

  @Test
  void underResp2AListenerMayHardlyDoAnythingElse() throws Exception {
    RespSocket client = client();
    expect(
        client,
        "ssubscribe s",
        "*3|$10|ssubscribe|$1|s|:1|",
        "ping",
        "*2|$4|pong|$0||",
        "ping x",
        "*2|$4|pong|$1|x|",
        "ping x y",
        "-ERR wrong number of arguments for 'ping' command|",
        "get k",
        "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are"
            + " allowed in this context|",
        "client id",
        "-ERR Can't execute 'client|id': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT /"
            + " RESET are allowed in this context|",
        "publish a b",
        "-ERR Can't execute 'publish': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
            + " are allowed in this context|",
        "nonsense",
        "-ERR unknown command 'nonsense', with args beginning with:|",
        "reset",
        "+RESET|",
        "ping",
        "+PONG|");
    expect(client, "subscribe a", "*3|$9|subscribe|$1|a|:1|");
    RespSocket sender = client();
    expect(sender, "publish a b", ":1|", "spublish s b", ":0|");
    expectMore(client, "*3|$7|message|$1|a|$1|b|");
    expect(client, "quit", "+OK|");
    assertEquals("", client.rest());
    awaitNobody(sender);
  }

  private static void awaitNobody(RespSocket asker) throws Exception {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!asker.ask("pubsub channels").equals("*0|")) {
      assertTrue(System.nanoTime() < endNs, "a listener that has gone is still there");
    }
  }

  @Test
  void insideATransactionItTakesPartAndItsMessageFollowsTheReply() throws Exception {
    RespSocket client = client3();
    RespSocket other = client();
    expect(other, "subscribe c", "*3|$9|subscribe|$1|c|:1|");
    expect(
        client,
        "multi",
        "+OK|",
        "subscribe c d",
        "+QUEUED|",
        "publish c x",
        "+QUEUED|",
        "set k v",
        "+QUEUED|");
    client.send("exec\r\n");
    if (Integer.getInteger("oracle") == null) {
      // 7.0 puts the message into the middle of the array, 7.2 behind it.
      expectMore(
          client,
          "*3|>3|$9|subscribe|$1|c|:1|>3|$9|subscribe|$1|d|:2|:2|",
          "+OK|",
          ">3|$7|message|$1|c|$1|x|");
    }
    expectMore(other, "*3|$7|message|$1|c|$1|x|");
  }

  @Test
  void clientListShowsListeners() throws Exception {
    RespSocket client = client3();
    expect(client, "subscribe a b", ">3|$9|subscribe|$1|a|:1|");
    expectMore(client, ">3|$9|subscribe|$1|b|:2|");
    expect(client, "psubscribe c", ">3|$10|psubscribe|$1|c|:3|");
    expect(client, "ssubscribe d", ">3|$10|ssubscribe|$1|d|:1|");
    String line = client.ask("client info");
    assertTrue(line.contains(" flags=P "), line);
    assertTrue(line.contains(" sub=2 psub=1 "), line);
    String list = client.ask("client list type pubsub");
    assertTrue(list.contains("flags=P"), list);
    assertTrue(client().ask("client list type pubsub").contains("flags=P"));
  }

  @Test
  void repliesOffDoesNotSilenceMessages() throws Exception {
    RespSocket client = client3();
    client.send("client reply off\r\nget k\r\nsubscribe a\r\nget k\r\n");
    if (Integer.getInteger("oracle") == null) {
      expectMore(client, ">3|$9|subscribe|$1|a|:1|");
    }
    RespSocket sender = client();
    while (sender.ask("publish a x").equals(":0|")) {
      Thread.onSpinWait();
    }
    if (Integer.getInteger("oracle") == null) {
      expectMore(client, ">3|$7|message|$1|a|$1|x|");
    }
  }

  @Test
  void aListenerThatDoesNotReadIsClosed() throws Exception {
    if (Integer.getInteger("oracle") != null) {
      return;
    }
    RespSocket slow = client();
    expect(slow, "subscribe a", "*3|$9|subscribe|$1|a|:1|");
    local.onLoop(
        () -> {
          local.sessions().limits().set(List.of("pubsub", "1000000", "0", "0"));
          return null;
        });
    RespSocket sender = client();
    String message = "x".repeat(50_000);
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (sender.ask("publish a " + message).equals(":1|")) {
      assertTrue(System.nanoTime() < endNs, "what waits for a listener has no limit");
    }
    expect(sender, "pubsub channels", "*0|");
  }

  // --- when messages leave

  /** The log stands still: what was written is executed and not committed. */
  private void stopLog(boolean on) throws Exception {
    local.onLoop(
        () -> {
          local.log.stop(on);
          return null;
        });
  }

  private void expectSilence(RespSocket client) throws Exception {
    local.roundTrip();
    assertEquals(0, client.in().available(), "something came before its record was committed");
  }

  @Test
  void aMessageDoesNotOvertakeWritesBeforeIt() throws Exception {
    RespSocket listener = new RespSocket(local.port);
    RespSocket writer = new RespSocket(local.port);
    RespSocket sender = new RespSocket(local.port);
    clients.addAll(List.of(listener, writer, sender));
    expect(listener, "subscribe a", "*3|$9|subscribe|$1|a|:1|");
    stopLog(true);
    writer.send("set k v\r\n");
    while (local.onLoop(() -> local.keyCount()) == 0) {
      Thread.onSpinWait();
    }
    sender.send("publish a k-was-set\r\n");
    expectSilence(listener);
    expectSilence(sender);
    stopLog(false);
    expectMore(listener, "*3|$7|message|$1|a|$9|k-was-set|");
    expectMore(sender, ":1|");
    expectMore(writer, "+OK|");
  }

  @Test
  void aMessageOfATransactionLeavesWithItsWrites() throws Exception {
    RespSocket listener = new RespSocket(local.port);
    RespSocket writer = new RespSocket(local.port);
    clients.addAll(List.of(listener, writer));
    expect(listener, "subscribe a", "*3|$9|subscribe|$1|a|:1|");
    stopLog(true);
    // The message comes first, its record is made later in the same run.
    writer.send("multi\r\npublish a x\r\nset k v\r\nexec\r\n");
    expectSilence(listener);
    stopLog(false);
    expectMore(listener, "*3|$7|message|$1|a|$1|x|");
    expectMore(writer, "+OK|", "+QUEUED|", "+QUEUED|", "*2|:1|+OK|");
  }

  @Test
  void aMessageWhoseRecordIsLostIsNeverHeard() throws Exception {
    RespSocket listener = new RespSocket(local.port);
    RespSocket other = new RespSocket(local.port);
    RespSocket writer = new RespSocket(local.port);
    clients.addAll(List.of(listener, other, writer));
    expect(listener, "subscribe a", "*3|$9|subscribe|$1|a|:1|");
    expect(other, "subscribe b", "*3|$9|subscribe|$1|b|:1|");
    stopLog(true);
    writer.send("multi\r\nset k v\r\npublish a x\r\nexec\r\n");
    while (local.onLoop(() -> local.keyCount()) == 0) {
      Thread.onSpinWait();
    }
    local.onLoop(() -> local.shard().demote());
    // Who was to hear of it must not take silence for "nothing happened".
    assertEquals("", listener.rest());
    expect(other, "ping", "*2|$4|pong|$0||");
  }
}
