package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that wait for keys and what ends their wait; beside what {@link BlockingScriptTest} asks.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BlockedClientsTest {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private LocalServer local;

  @BeforeEach
  void start() throws Exception {
    local = new LocalServer();
  }

  @AfterEach
  void stop() throws Exception {
    local.close();
  }

  private void awaitWaiting(int clients) throws Exception {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (local.onLoop(() -> local.shard().blocked().size()) != clients) {
      assertTrue(System.nanoTime() - end < 0, "not " + clients + " clients wait");
    }
  }

  private static String id(RespSocket client) throws Exception {
    return client.ask("client id").substring(1).replace("|", "");
  }

  @Test
  void othersEndAWait() throws Exception {
    try (RespSocket waiter = local.connect();
        RespSocket other = local.connect()) {
      String id = id(waiter);
      assertEquals(":0|", other.ask("client unblock " + id));
      waiter.send("blpop k 0\r\n");
      awaitWaiting(1);
      assertEquals(":1|", other.ask("client unblock " + id));
      assertEquals("*-1|", waiter.reply());
      waiter.send("xread block 0 streams k $\r\nping\r\n");
      awaitWaiting(1);
      assertEquals(":1|", other.ask("client unblock " + id + " error"));
      assertEquals("-UNBLOCKED client unblocked via CLIENT UNBLOCK|", waiter.reply());
      assertEquals("+PONG|", waiter.reply());
      waiter.send("blpop k 0\r\n");
      awaitWaiting(1);
      assertEquals(":1|", other.ask("client kill id " + id));
      awaitWaiting(0);
      assertEquals("", waiter.rest());
      assertEquals(":1|", other.ask("rpush k 1"));
      assertEquals(":1|", other.ask("llen k"));
    }
  }

  @Test
  void aKilledClientTakesNothingAnyMore() throws Exception {
    try (RespSocket waiter = local.connect();
        RespSocket other = local.connect()) {
      String id = id(waiter);
      waiter.send("blpop k 0\r\n");
      awaitWaiting(1);
      // In one go: its connection can't have ended before the list is there.
      other.send("multi\r\nclient kill id " + id + "\r\nrpush k 1\r\nexec\r\nllen k\r\n");
      for (String reply : List.of("+OK|", "+QUEUED|", "+QUEUED|", "*2|:1|:1|", ":1|")) {
        assertEquals(reply, other.reply());
      }
      assertEquals("", waiter.rest());
      awaitWaiting(0);
    }
  }

  @Test
  void moreThanASliceIsServedInTheOrderOfArrival() throws Exception {
    int count = 1500;
    List<RespSocket> waiters = new ArrayList<>();
    try (RespSocket writer = local.connect()) {
      for (int i = 0; i < count; i++) {
        RespSocket waiter = local.connect();
        waiters.add(waiter);
        waiter.send(i % 2 == 0 ? "xread block 0 streams s $\r\n" : "blpop k 0\r\n");
        awaitWaiting(i + 1);
      }
      assertEquals("$3|1-1|", writer.ask("xadd s 1-1 f v"));
      StringBuilder push = new StringBuilder("rpush k");
      for (int i = 1; i < count; i += 2) {
        push.append(' ').append(i);
      }
      assertEquals(":750|", writer.ask(push.toString()));
      for (int i = 0; i < count; i++) {
        String number = "" + i;
        assertEquals(
            i % 2 == 0
                ? "*1|*2|$1|s|*1|*2|$3|1-1|*2|$1|f|$1|v|"
                : "*2|$1|k|$" + number.length() + "|" + number + "|",
            waiters.get(i).reply());
      }
      awaitWaiting(0);
    } finally {
      for (RespSocket waiter : waiters) {
        waiter.close();
      }
    }
  }
}
