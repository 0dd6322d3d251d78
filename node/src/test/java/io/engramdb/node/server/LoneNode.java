package io.engramdb.node.server;

import io.engramdb.node.net.RespSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/** A whole data node in this JVM: client port, shard, and a log with one voter on disk. */
final class LoneNode implements AutoCloseable {
  private static final long LIMIT_NS = 30_000_000_000L;

  /** Client, log and HTTP ports that no outgoing connection of this machine takes. */
  private static final int FIRST_PORT = 12_000;

  private static final int PORTS = 10_000;
  private static final int LOG_PORT_DISTANCE = 10_000;
  private static final int METRICS_PORT_DISTANCE = 1;

  private final NodeServer server;
  final int port;
  final int metricsPort;
  final RespSocket client;

  /** Starts and waits until it leads. */
  LoneNode(Path directory, String... more) throws Exception {
    port = freePort();
    metricsPort = port + METRICS_PORT_DISTANCE;
    List<String> words = new ArrayList<>(List.of("--bind", "127.0.0.1", "--port", "" + port));
    words.addAll(List.of("--dir", directory.toString()));
    words.addAll(List.of(more));
    words.replaceAll(word -> word.equals("METRICS_PORT") ? "" + metricsPort : word);
    server = new NodeServer(ServerArguments.load(words, Map.of()));
    server.start();
    client = new RespSocket(port);
    await("raft", facts -> facts.get("raft_state").equals("leading"));
  }

  private static int freePort() {
    for (int i = 0; i < PORTS; i++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (isFree(port)
          && isFree(port + METRICS_PORT_DISTANCE)
          && isFree(port + LOG_PORT_DISTANCE)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  /** Occupies the shard's thread until that is done. */
  void onShard(CountDownLatch done) {
    server
        .parts()
        .scheduler()
        .execute(
            () -> {
              try {
                done.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /** The fields of a section of INFO. */
  Map<String, String> info(String section) throws IOException {
    Map<String, String> fields = new HashMap<>();
    String reply = client.ask("INFO " + section);
    for (String line : reply.split("\r?\n")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).replace("|", "").strip());
      }
    }
    return fields;
  }

  long number(String section, String field) throws IOException {
    return Long.parseLong(info(section).get(field));
  }

  /** Asks again and again until what is there is as wanted. */
  Map<String, String> await(String section, Predicate<Map<String, String>> wanted)
      throws IOException {
    long deadline = System.nanoTime() + LIMIT_NS;
    while (true) {
      Map<String, String> fields = info(section);
      if (wanted.test(fields)) {
        return fields;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("INFO " + section + " stays at " + fields);
      }
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
  }
}
