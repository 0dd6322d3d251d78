package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.resp.RespLimits;
import io.engramdb.node.security.UserRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RespServerTest {

  @Test
  void everyTransportThatWorksHereServesAPipeline() throws Exception {
    for (TransportChoice transport : TransportChoice.values()) {
      if (!transport.isAvailable()) {
        continue;
      }
      try (LocalServer local =
              new LocalServer(transport, UserRegistry.open(), ConnectionLimits.DEFAULT, null);
          RespSocket client = local.connect()) {
        StringBuilder pipeline = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
          pipeline.append("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n").append(1000 + i % 9000);
          pipeline.append("\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
        }
        Thread.ofVirtual().start(() -> sendQuietly(client, pipeline.toString()));
        for (int i = 0; i < 20_000; i++) {
          assertEquals("+OK|", client.reply());
          assertEquals("$4|" + (1000 + i % 9000) + "|", client.reply());
        }
        assertTrue(local.onLoop(() -> local.metrics.netInputBytes) >= pipeline.length());
      }
    }
  }

  private static void sendQuietly(RespSocket client, String bytes) {
    try {
      client.send(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aClientThatHasClosedItsSideStillGetsParkedReplies() throws Exception {
    try (LocalServer local = new LocalServer();
        RespSocket client = local.connect()) {
      local.onLoop(
          () -> {
            local.log.stop(true);
            return null;
          });
      client.send("set a 1\r\nget a\r\nping\r\n");
      client.socket.shutdownOutput();
      try (RespSocket other = local.connect()) {
        assertEquals("+PONG|", other.ask("ping"));
      }
      local.onLoop(
          () -> {
            local.log.stop(false);
            return null;
          });
      assertEquals("+OK\r\n$1\r\n1\r\n+PONG\r\n", client.rest());
    }
  }

  @Test
  void protocolErrorsAreToldBeforeTheConnectionCloses() throws Exception {
    try (LocalServer local = new LocalServer()) {
      try (RespSocket client = local.connect()) {
        client.send("ping\r\n*1\r\nfoo\r\n");
        assertEquals("+PONG\r\n-ERR Protocol error: expected '$', got 'f'\r\n", client.rest());
      }
      try (RespSocket client = local.connect()) {
        // More than what is refused: the rest must not reset the connection.
        client.send("x".repeat(1 << 20));
        assertEquals("-ERR Protocol error: too big inline request\r\n", client.rest());
      }
      try (RespSocket client = local.connect()) {
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nset a b\r\n");
        assertEquals("", client.rest());
      } catch (IOException reset) {
        // The other way in which a closed connection shows.
      }
    }
  }

  @Test
  void aRequestThatTheHeapDoesNotBearIsRefusedWhenItIsAnnounced() throws Exception {
    ConnectionLimits oneMegabyte = new ConnectionLimits(10, 0, 300, 1 << 20, RespLimits.DEFAULT);
    try (LocalServer local =
        new LocalServer(TransportChoice.best(), UserRegistry.open(), oneMegabyte, null)) {
      String oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
      try (RespSocket client = local.connect()) {
        client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n" + "v".repeat(100_000));
        assertEquals(oom, client.rest());
      }
      String half = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$600000\r\n" + "v".repeat(500_000);
      try (RespSocket first = local.connect();
          RespSocket second = local.connect()) {
        long before = local.onLoop(() -> local.metrics.netInputBytes);
        first.send(half);
        while (local.onLoop(() -> local.metrics.netInputBytes) < before + half.length()) {
          Thread.onSpinWait();
        }
        second.send(half);
        assertEquals(oom, second.rest());
        first.send("v".repeat(100_000) + "\r\n");
        assertEquals("+OK|", first.reply());
      }
      try (RespSocket next = local.connect()) {
        next.send(half + "v".repeat(100_000) + "\r\n");
        assertEquals("+OK|", next.reply());
      }
    }
  }

  @Test
  void inProtectedModeOnlyTheLoopbackInterfaceIsServed() throws Exception {
    try (LocalServer local = new LocalServer()) {
      assertEquals("served", local.onLoop(() -> answerTo("192.0.2.1", local)));
      local.localOnly.set(true);
      try (RespSocket near = local.connect()) {
        assertEquals("+PONG|", near.ask("ping"));
      }
      assertEquals("served", local.onLoop(() -> answerTo("127.0.0.5", local)));
      assertEquals("served", local.onLoop(() -> answerTo("::1", local)));
      for (String far : List.of("192.0.2.1", "fd00::2")) {
        String answer = local.onLoop(() -> answerTo(far, local));
        assertTrue(answer.startsWith("-DENIED Protected mode: "), answer);
        assertTrue(answer.endsWith("\r\n"), answer);
      }
      assertEquals(2, local.onLoop(() -> local.metrics.connectionsRejected));
    }
  }

  private static String answerTo(String host, LocalServer local) {
    EmbeddedChannel channel =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress(host, 1);
          }
        };
    if (!local.server.rejects(channel, false)) {
      channel.close();
      return "served";
    }
    assertFalse(channel.isOpen());
    ByteBuf text = channel.readOutbound();
    return text.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void tooManyClientsAreSentAway() throws Exception {
    ConnectionLimits two = new ConnectionLimits(2, 0, 300, 1 << 20, RespLimits.DEFAULT);
    try (LocalServer local =
            new LocalServer(TransportChoice.best(), UserRegistry.open(), two, null);
        RespSocket first = local.connect();
        RespSocket second = local.connect()) {
      assertEquals("+PONG|", first.ask("ping"));
      assertEquals("+PONG|", second.ask("ping"));
      try (RespSocket third = local.connect()) {
        assertEquals("-ERR max number of clients reached\r\n", third.rest());
      }
      assertEquals(1, local.onLoop(() -> local.metrics.connectionsRejected));
      first.ask("quit");
      assertEquals("", first.rest());
      String answer = "";
      while (!answer.equals("+PONG|")) {
        try (RespSocket fourth = local.connect()) {
          answer = fourth.ask("ping");
        } catch (IOException e) {
          answer = "";
        }
      }
    }
  }

  @Test
  void silentClientsAreDisconnected() throws Exception {
    ConnectionLimits oneSecond = new ConnectionLimits(10, 1, 300, 1 << 20, RespLimits.DEFAULT);
    try (LocalServer local =
            new LocalServer(TransportChoice.best(), UserRegistry.open(), oneSecond, null);
        RespSocket client = local.connect()) {
      assertEquals("+PONG|", client.ask("ping"));
      assertEquals("", client.rest());
    }
  }

  @Test
  void aLargeValueArrivesInPieces() throws Exception {
    try (LocalServer local = new LocalServer();
        RespSocket client = local.connect()) {
      String value = "0123456789abcdef".repeat(1 << 20);
      client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + value.length() + "\r\n");
      for (int i = 0; i < value.length(); i += 999_983) {
        client.send(value.substring(i, Math.min(value.length(), i + 999_983)));
      }
      client.send("\r\n");
      assertEquals("+OK|", client.reply());
      assertEquals(":" + value.length() + "|", client.ask("strlen k"));
      assertEquals("$" + value.length() + "|" + value + "|", client.ask("get k"));
      assertEquals("+PONG|", client.ask("ping"));
    }
  }

  @Test
  void announcedLengthsCostNothing() throws Exception {
    try (LocalServer local = new LocalServer()) {
      RespSocket[] clients = new RespSocket[200];
      long before = usedBytes();
      for (int i = 0; i < clients.length; i++) {
        clients[i] = local.connect();
        clients[i].send("*2147483647\r\n$536870912\r\n" + "x".repeat(1000));
      }
      try (RespSocket other = local.connect()) {
        assertEquals("+PONG|", other.ask("ping"));
      }
      assertTrue(usedBytes() - before < 64L << 20, "used more than 64 MiB");
      for (RespSocket client : clients) {
        client.close();
      }
    }
  }

  private static long usedBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void aClientThatDoesNotReadIsHeldBackAndOthersAreServed() throws Exception {
    try (LocalServer local = new LocalServer();
        RespSocket greedy = local.connect();
        RespSocket other = local.connect()) {
      String value = "v".repeat(1 << 20);
      greedy.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + value.length() + "\r\n" + value + "\r\n");
      assertEquals("+OK|", greedy.reply());
      int requests = 300;
      greedy.send("get k\r\n".repeat(requests));
      assertEquals("+PONG|", other.ask("ping"));
      for (int i = 0; i < 50; i++) {
        String line = other.ask("client list");
        long most = 0;
        for (String field : line.split("[ |\\n]")) {
          if (field.startsWith("omem=")) {
            most = Math.max(most, Long.parseLong(field.substring(5)));
          }
        }
        assertTrue(most <= 8L << 20, "unsent " + most);
      }
      for (int i = 0; i < requests; i++) {
        assertEquals(value.length() + 10, greedy.reply().length());
      }
      assertEquals("+PONG|", greedy.ask("ping"));
    }
  }

  @Test
  void addressesAndSocketsAreShown() throws Exception {
    try (LocalServer local = new LocalServer();
        RespSocket client = local.connect()) {
      String line = client.ask("client info");
      assertTrue(line.contains(" addr=127.0.0.1:" + client.socket.getLocalPort() + " "), line);
      assertTrue(line.contains(" laddr=127.0.0.1:" + local.port + " "), line);
      if (TransportChoice.best() != TransportChoice.NIO) {
        assertTrue(!line.contains(" fd=-1 "), line);
      }
    }
  }

  @Test
  void aPortInUseIsAnError() throws Exception {
    try (LocalServer local = new LocalServer()) {
      IOException error =
          org.junit.jupiter.api.Assertions.assertThrows(
              IOException.class, () -> local.server.bind("127.0.0.1", local.port, 511, null));
      assertTrue(error.getMessage().contains("127.0.0.1:" + local.port), error.getMessage());
    }
  }
}
