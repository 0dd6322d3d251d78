package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A server for each test and clients that end with it; with {@code -Doracle=PORT} the clients are
 * those of the redis-server there.
 */
abstract class ServerClients {

  final boolean oracle = Integer.getInteger("oracle") != null;
  LocalServer local;
  final List<RespSocket> clients = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    local = new LocalServer();
  }

  @AfterEach
  void stop() throws Exception {
    for (RespSocket client : clients) {
      client.close();
    }
    local.close();
  }

  /** A client of the server, or of the oracle. */
  RespSocket client() throws Exception {
    RespSocket client = new RespSocket(Integer.getInteger("oracle", local.port));
    clients.add(client);
    return client;
  }

  RespSocket client3() throws Exception {
    RespSocket client = client();
    client.ask("hello 3");
    return client;
  }

  static void expect(RespSocket client, String... linesAndReplies) throws Exception {
    for (int i = 0; i < linesAndReplies.length; i += 2) {
      assertEquals(linesAndReplies[i + 1], client.ask(linesAndReplies[i]), linesAndReplies[i]);
    }
  }

  static void expectMore(RespSocket client, String... replies) throws Exception {
    for (String reply : replies) {
      assertEquals(reply, client.reply());
    }
  }
}
