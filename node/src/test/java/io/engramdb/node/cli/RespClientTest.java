package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Against a server that answers with prepared bytes. */
class RespClientTest {
  private static final int TIMEOUT_MS = 5000;

  /** Connects without log-in, sends PING and gives the request that the server got. */
  private static String ask(String answer, Asker asker) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> request =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket socket = server.accept()) {
                  byte[] bytes = new byte[1000];
                  int count = socket.getInputStream().read(bytes);
                  socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                  return new String(bytes, 0, count, StandardCharsets.UTF_8);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      ClusterMember member =
          new ClusterMember(
              "x", "a", ClusterMember.DATA, "127.0.0.1", server.getLocalPort(), 0, "");
      ClusterSettings open =
          new ClusterSettings(
              "127.0.0.1", 1, 1, 0, 0, false, null, null, true, 300, "1g", Map.of(), false);
      try (RespClient client = RespClient.connect(member, open, null, TIMEOUT_MS)) {
        asker.ask(client);
      }
      return request.join();
    }
  }

  private interface Asker {
    void ask(RespClient client) throws IOException;
  }

  @Test
  void aRequestIsAnArrayOfBulkStrings() throws Exception {
    String request = ask("+OK\r\n", client -> assertEquals("OK", client.call("GET", "schlüssel")));
    assertEquals("*2\r\n$3\r\nGET\r\n$10\r\nschlüssel\r\n", request);
  }

  @Test
  void everyFormOfReplyIsRead() throws Exception {
    ask("$5\r\na\r\nbc\r\n", client -> assertEquals("a\r\nbc", client.call("X")));
    ask("$-1\r\n", client -> assertNull(client.call("X")));
    ask(":42\r\n", client -> assertEquals("42", client.call("X")));
  }

  @Test
  void anErrorReplyAndABrokenConnectionDiffer() throws Exception {
    ask(
        "-NOAUTH Authentication required.\r\n",
        client -> {
          IOException error = assertThrows(RespClient.ErrorReply.class, () -> client.call("INFO"));
          assertEquals("NOAUTH Authentication required.", error.getMessage());
        });
    ask(
        "$100\r\nshort",
        client -> {
          IOException error = assertThrows(IOException.class, () -> client.call("INFO"));
          assertTrue(error.getMessage().contains("closed"), error.getMessage());
        });
  }
}
