package io.engramdb.node.rdb;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A redis-server on a free port, and a client of it. */
public final class StockRedis implements AutoCloseable {

  private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Ports that no outgoing connection of this machine takes, and no node of these tests. */
  private static final int FIRST_PORT = 9000;

  private static final int PORTS = 3000;

  private final Process process;
  private final int port;
  private final TextClient client;

  private StockRedis(Process process, int port, TextClient client) {
    this.process = process;
    this.port = port;
    this.client = client;
  }

  /** Starts one; its files are in that directory. */
  public static StockRedis start(Path directory, String... flags) throws Exception {
    int port = freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                "redis-server",
                "--port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                directory.toString(),
                "--sanitize-dump-payload",
                "yes",
                "--enable-debug-command",
                "yes"));
    command.addAll(List.of(flags));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("redis-" + port + ".log").toFile())
            .start();
    long endNanos = System.nanoTime() + START_LIMIT_NANOS;
    while (true) {
      try {
        return new StockRedis(process, port, new TextClient(port));
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() > endNanos) {
          process.destroy();
          throw notYet;
        }
        // Until it listens; bounded by the limit above.
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
    }
  }

  private static int freePort() {
    for (int i = 0; i < PORTS; i++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no free port");
  }

  public int port() {
    return port;
  }

  /** Sends a command whose words are text, and returns the reply as text; errors fail. */
  public String call(String... words) throws IOException {
    return client.call(words);
  }

  /** As {@link #call}, in bytes. */
  byte[] callBytes(byte[]... words) throws IOException {
    return client.callBytes(words);
  }

  @Override
  public void close() throws IOException {
    client.close();
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
