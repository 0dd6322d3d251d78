package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that cache hear of changes; with {@code -Doracle=PORT} what both can show is asked of the
 * redis-server there.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TrackingTest extends ServerClients {

  private static final String INVALID_K = ">2|$10|invalidate|*1|$1|k|";
  private static final String INVALID_ALL = ">2|$10|invalidate|_|";

  @BeforeEach
  void emptyTheOracle() throws Exception {
    if (oracle) {
      client().ask("flushall");
    }
  }

  @Test
  void aKeyThatWasReadIsInvalidatedOnceAndThenForgotten() throws Exception {
    RespSocket reader = client3();
    RespSocket writer = client();
    expect(reader, "client tracking on", "+OK|", "get k", "_|", "ping", "+PONG|");
    expect(writer, "set k 1", "+OK|", "set k 2", "+OK|", "set other 1", "+OK|");
    expectMore(reader, INVALID_K);
    expect(reader, "ping", "+PONG|", "mget k l", "*2|$1|2|_|");
    expect(writer, "del k", ":1|", "rpush l a", ":1|");
    expectMore(reader, INVALID_K, ">2|$10|invalidate|*1|$1|l|");
    expect(reader, "get k", "_|", "set k mine", "+OK|");
    expectMore(reader, INVALID_K);
    expect(reader, "get k", "$4|mine|", "client tracking off", "+OK|");
    expect(writer, "del k", ":1|");
    expect(reader, "ping", "+PONG|");
  }

  @Test
  void whoWantsNoLoopHearsOnlyOfOthers() throws Exception {
    RespSocket reader = client3();
    RespSocket writer = client();
    expect(reader, "client tracking on noloop", "+OK|", "get k", "_|", "set k 1", "+OK|");
    expect(reader, "ping", "+PONG|", "get k", "$1|1|");
    expect(writer, "set k 2", "+OK|");
    expectMore(reader, INVALID_K);
  }

  /** Keys that a script declares count as read as soon as it reads anything. */
  @Test
  void whatAScriptReadsOrDeclaresIsInvalidatedIfItReads() throws Exception {
    RespSocket reader = client3();
    RespSocket writer = client();
    expect(reader, "client tracking on", "+OK|");
    expect(reader, "eval \"return redis.call('set','l',1)\" 2 k l", "+OK|");
    expect(reader, "eval_ro \"return redis.call('ping')\" 1 k", "+PONG|");
    expect(writer, "mset k 1 l 2", "+OK|");
    expect(reader, "ping", "+PONG|", "eval \"return redis.call('get','l')\" 1 k", "$1|2|");
    expect(writer, "set k 2", "+OK|");
    expectMore(reader, INVALID_K);
    expect(reader, "eval_ro \"return redis.call('get','l')\" 1 k", "$1|2|");
    expect(writer, "set k 3", "+OK|");
    expectMore(reader, INVALID_K);
    expect(reader, "ping", "+PONG|");
  }

  @Test
  void whoIsLeavingIsRedirectedToNoMore() throws Exception {
    RespSocket reader = client3();
    RespSocket target = client();
    String id = target.ask("client id").substring(1).replace("|", "");
    expect(reader, "client tracking on redirect " + id, "+OK|", "get k", "_|");
    expect(target, "quit", "+OK|");
    expect(client(), "set k 1", "+OK|");
    expectMore(reader, ">2|$21|tracking-redir-broken|:" + id + "|");
  }

  @Test
  void optingInAndOut() throws Exception {
    RespSocket in = client3();
    RespSocket out = client3();
    RespSocket writer = client();
    expect(
        in,
        "client tracking on optin",
        "+OK|",
        "get a",
        "_|",
        "client caching yes",
        "+OK|",
        "get b",
        "_|",
        "get c",
        "_|",
        "client caching yes",
        "+OK|",
        "multi",
        "+OK|",
        "get d",
        "+QUEUED|",
        "exec",
        "*1|_|",
        "client caching no",
        "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.|");
    expect(
        out,
        "client tracking on optout",
        "+OK|",
        "client caching no",
        "+OK|",
        "get a",
        "_|",
        "get b",
        "_|");
    expect(writer, "mset a 1 b 1 c 1 d 1", "+OK|");
    expectMore(in, ">2|$10|invalidate|*1|$1|b|", ">2|$10|invalidate|*1|$1|d|");
    expectMore(out, ">2|$10|invalidate|*1|$1|b|");
    expect(in, "ping", "+PONG|");
    expect(out, "ping", "+PONG|");
  }

  @Test
  void prefixesAreBroadcast() throws Exception {
    RespSocket reader = client3();
    RespSocket quiet = client3();
    RespSocket writer = client();
    expect(reader, "client tracking on bcast prefix a: prefix b:", "+OK|");
    expect(quiet, "client tracking on bcast noloop", "+OK|");
    expect(writer, "set a:1 x", "+OK|");
    expectMore(reader, ">2|$10|invalidate|*1|$3|a:1|");
    expectMore(quiet, ">2|$10|invalidate|*1|$3|a:1|");
    expect(quiet, "set b:1 x", "+OK|", "ping", "+PONG|");
    expectMore(reader, ">2|$10|invalidate|*1|$3|b:1|");
    expect(writer, "set c:1 x", "+OK|");
    expectMore(quiet, ">2|$10|invalidate|*1|$3|c:1|");
    expect(
        reader,
        "client tracking on bcast prefix a:1",
        "-ERR Prefix 'a:1' overlaps with an existing prefix 'a:'. Prefixes for a single client must"
            + " not overlap.|",
        "client tracking on bcast prefix x prefix xy",
        "-ERR Prefix 'x' overlaps with another provided prefix 'xy'. Prefixes for a single client"
            + " must not overlap.|");
  }

  @Test
  void aFlushInvalidatesEverything() throws Exception {
    RespSocket reader = client3();
    RespSocket writer = client();
    expect(writer, "set k 1", "+OK|");
    expect(reader, "client tracking on", "+OK|", "get k", "$1|1|");
    expect(writer, "flushall", "+OK|");
    expectMore(reader, INVALID_ALL);
    expect(writer, "set k 1", "+OK|");
    expect(reader, "ping", "+PONG|");
  }

  @Test
  void invalidationsGoToAnotherConnection() throws Exception {
    RespSocket listener = client();
    RespSocket reader = client3();
    RespSocket writer = client();
    String id = listener.ask("client id").substring(1).replace("|", "");
    listener.ask("subscribe __redis__:invalidate");
    expect(
        reader,
        "client tracking on redirect 123456789",
        "-ERR The client ID you want redirect to does not exist|",
        "client tracking on redirect " + id,
        "+OK|",
        "client getredir",
        ":" + id + "|",
        "get k",
        "_|");
    expect(writer, "set k 1", "+OK|");
    expectMore(listener, "*3|$7|message|$20|__redis__:invalidate|*1|$1|k|");
    expect(writer, "flushall", "+OK|");
    expectMore(listener, "*3|$7|message|$20|__redis__:invalidate|*-1|");
    assertTrue(reader.ask("client info").contains(" flags=t "));
    expect(reader, "get k", "_|");
    listener.close();
    while (!writer.ask("pubsub channels").equals("*0|")) {
      Thread.onSpinWait();
    }
    expect(writer, "set k 2", "+OK|");
    expectMore(reader, ">2|$21|tracking-redir-broken|:" + id + "|");
    assertEquals(
        "%3|$5|flags|~2|$2|on|$15|broken_redirect|$8|redirect|:" + id + "|$8|prefixes|*0|",
        reader.ask("client trackinginfo"));
  }

  @Test
  void optionsThatExcludeEachOther() throws Exception {
    RespSocket client = client3();
    expect(
        client,
        "client tracking maybe",
        "-ERR syntax error|",
        "client tracking on nonsense",
        "-ERR syntax error|",
        "client tracking on prefix a",
        "-ERR PREFIX option requires BCAST mode to be enabled|",
        "client tracking on bcast optin",
        "-ERR OPTIN and OPTOUT are not compatible with BCAST|",
        "client tracking on optin optout",
        "-ERR You can't specify both OPTIN mode and OPTOUT mode|",
        "client caching yes",
        "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
            + " OPTOUT mode enabled|",
        "client tracking on optin",
        "+OK|",
        "client tracking on optout",
        "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and"
            + " then re-enabling it with a different mode.|",
        "client tracking on bcast",
        "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and"
            + " then re-enabling it with a different mode.|",
        "client caching maybe",
        "-ERR syntax error|",
        "client trackinginfo",
        "%3|$5|flags|~2|$2|on|$5|optin|$8|redirect|:0|$8|prefixes|*0|",
        "client getredir",
        ":0|",
        "reset",
        "+RESET|",
        "client getredir",
        ":-1|");
  }

  @Test
  void keysAboveTheLimitAreInvalidatedAndForgotten() throws Exception {
    if (oracle) {
      return;
    }
    local.onLoop(
        () -> {
          local.hub().limitTrackedKeys(2);
          return null;
        });
    RespSocket reader = client3();
    expect(reader, "client tracking on", "+OK|", "get k", "_|", "get l", "_|", "get m", "_|");
    expectMore(reader, INVALID_K);
    assertEquals(2, local.onLoop(() -> local.metrics.trackedKeys));
    assertEquals(2, local.onLoop(() -> local.metrics.trackedItems));
  }

  // --- when invalidations leave

  private void stopLog(boolean on) throws Exception {
    local.onLoop(
        () -> {
          local.log.stop(on);
          return null;
        });
  }

  private void awaitKeys(long count) throws Exception {
    while (local.onLoop(() -> local.keyCount()) != count) {
      Thread.onSpinWait();
    }
  }

  @Test
  void theWordOfAChangeLeavesWithItsRecord() throws Exception {
    if (oracle) {
      return;
    }
    RespSocket reader = client3();
    RespSocket writer = client();
    expect(reader, "client tracking on", "+OK|", "get k", "_|");
    stopLog(true);
    writer.send("set k 1\r\n");
    awaitKeys(1);
    local.roundTrip();
    assertEquals(0, reader.in().available(), "a change that is not committed was told");
    stopLog(false);
    expectMore(reader, INVALID_K);
    expectMore(writer, "+OK|");
  }

  /** Who reads again before the change is committed must hear of the next one too. */
  @Test
  void nothingStaleStaysCachedWhateverIsCommittedWhen() throws Exception {
    if (oracle) {
      return;
    }
    RespSocket reader = client3();
    RespSocket writer = client();
    expect(reader, "client tracking on", "+OK|", "get k", "_|");
    stopLog(true);
    writer.send("set k 1\r\n");
    awaitKeys(1);
    reader.send("get k\r\n");
    // Read for the second time, with the first change in flight; then the second one.
    while (local.onLoop(() -> local.metrics.trackedKeys) == 0) {
      Thread.onSpinWait();
    }
    writer.send("set k 2\r\nset done 1\r\n");
    awaitKeys(2);
    stopLog(false);
    expectMore(reader, INVALID_K, "$1|1|", INVALID_K);
    expectMore(writer, "+OK|", "+OK|", "+OK|");
  }

  @Test
  void whoeverLeadsNextEverythingCachedIsInvalid() throws Exception {
    if (oracle) {
      return;
    }
    RespSocket reader = client3();
    expect(reader, "client tracking on", "+OK|", "get k", "_|");
    local.onLoop(() -> local.shard().demote());
    expectMore(reader, INVALID_ALL);
    assertEquals(0, local.onLoop(() -> local.metrics.trackedKeys));
  }
}
