package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.base.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What CLIENT PAUSE holds back and what it lets pass; with {@code -Doracle=PORT} the redis-server
 * there is asked.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PauseTest extends ServerClients {

  private static final String DECLARED = "\"#!lua flags=no-writes\\nreturn 7\" 0";

  /** Sends a request that must wait, and lets it go on after the pause. */
  private void held(String line, String reply) throws Exception {
    RespSocket client = client();
    RespSocket other = client();
    expect(client, "client pause 100000 write", "+OK|");
    other.send("ping\r\n" + line + "\r\n");
    expectMore(other, "+PONG|");
    for (int i = 0; i < 3; i++) {
      expect(client, "get nothing", "$-1|");
    }
    assertEquals(0, other.in().available(), line);
    expect(client, "client unpause", "+OK|");
    expectMore(other, reply);
  }

  @Test
  void whatMayReplicateWaitsForTheEndOfAPauseOfWrites() throws Exception {
    expect(client(), "del h", ":0|", "pfadd h a", ":1|");
    expect(client(), "client pause 100000 write", "+OK|");
    expect(client(), "set a", "-ERR wrong number of arguments for 'set' command|");
    held("set a 1", "+OK|");
    held("pfcount h", ":1|");
    held("publish a b", ":0|");
    held("spublish a b", ":0|");
    held("eval \"return 1\" 0", ":1|");
    held("eval \"#!lua\\nreturn 1\" 0", ":1|");
    held(
        "eval \"#!lua flags=nosuch\\nreturn 1\" 0",
        "-ERR Unexpected flag in script shebang: nosuch|");
    held("fcall nobody 0", "-ERR Function not found|");
  }

  @Test
  void scriptsThatDeclareToWriteNothingGoOn() throws Exception {
    RespSocket client = client();
    expect(
        client,
        "function load replace \"#!lua name=l\\nredis.register_function{function_name='f',"
            + "callback=function() return 5 end,flags={'no-writes'}}\"",
        "$1|l|",
        "script load \"#!lua flags=no-writes\\nreturn 8\"",
        "$40|471521befa4d08686e633372247d343f5a6288bc|",
        "client pause 100000 write",
        "+OK|",
        "eval " + DECLARED,
        ":7|",
        "eval_ro \"return 6\" 0",
        ":6|",
        "evalsha 471521befa4d08686e633372247d343f5a6288bc 0",
        ":8|",
        "fcall F 0",
        ":5|",
        "multi",
        "+OK|",
        "eval " + DECLARED,
        "+QUEUED|",
        "get nothing",
        "+QUEUED|",
        "exec",
        "*2|:7|$-1|",
        "client unpause",
        "+OK|");
  }

  private static String library(String flags, int answer) {
    return "#!lua name=l\nredis.register_function{function_name='f',callback=function() return "
        + answer
        + " end,flags={"
        + flags
        + "}}";
  }

  private static Bytes bytes(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void whatAFunctionDeclaredBeforeItWasExchangedDoesNotCount() throws Exception {
    if (oracle) {
      return;
    }
    String reading = library("'no-writes'", 5).replace("\n", "\\n");
    expect(client(), "function load replace \"" + reading + '"', "$1|l|", "fcall f 0", ":5|");
    // As a replica takes it from the log; then it becomes the primary.
    local.onLoop(
        () -> {
          local.shard().keyspaces().scripts().putLibrary(bytes("l"), bytes(library("", 6)));
          return null;
        });
    expect(client(), "set a 1", "+OK|");
    held("fcall f 0", ":6|");
  }

  @Test
  void aTransactionThatMayWriteWaitsAsAWhole() throws Exception {
    RespSocket client = client();
    RespSocket other = client();
    expect(other, "multi", "+OK|", "eval \"return 3\" 0", "+QUEUED|");
    expect(client, "client pause 100000 write", "+OK|");
    other.send("exec\r\n");
    expect(client, "get nothing", "$-1|");
    assertEquals(0, other.in().available());
    expect(client, "client unpause", "+OK|");
    expectMore(other, "*1|:3|");
  }

  @Test
  void whatMayReplicateIsNoReading() throws Exception {
    String refused = "-ERR Write commands are not allowed from read-only scripts. script: ";
    RespSocket client = client();
    String reply = client.ask("eval_ro \"return redis.call('publish','ch','msg')\" 0");
    assertEquals(refused, reply.substring(0, Math.min(reply.length(), refused.length())));
    expect(client, "eval \"return redis.call('publish','ch','msg')\" 0", ":0|");
  }

  private static void awaitNil(RespSocket client, String line) throws Exception {
    String value;
    do {
      value = client.ask(line);
    } while (!value.equals("$-1|"));
  }

  @Test
  void inAPauseOnlyAKeyThatIsMetExpires() throws Exception {
    RespSocket client = client();
    expect(
        client,
        "flushall",
        "+OK|",
        "multi",
        "+OK|",
        "set k v px 1",
        "+QUEUED|",
        "set other v px 1",
        "+QUEUED|",
        "client pause 100000 write",
        "+QUEUED|",
        "exec",
        "*3|+OK|+OK|+OK|");
    awaitNil(client, "get k");
    // There it is hidden from readers, and stays.
    expect(client, "dbsize", oracle ? ":2|" : ":1|", "client unpause", "+OK|");
    expect(client, "get k", "$-1|", "get other", "$-1|", "dbsize", ":0|");
  }

  @Test
  void aWatchedKeyThatExpiresInAPauseBreaksTheTransaction() throws Exception {
    RespSocket client = client();
    client.send("multi\r\nset k v px 100\r\nclient pause 100000 write\r\nexec\r\nwatch k\r\n");
    expectMore(client, "+OK|", "+QUEUED|", "+QUEUED|", "*2|+OK|+OK|", "+OK|");
    awaitNil(client(), "get k");
    expect(client, "multi", "+OK|", "get nothing", "+QUEUED|", "exec", "*-1|");
    expect(client, "client unpause", "+OK|");
  }
}
