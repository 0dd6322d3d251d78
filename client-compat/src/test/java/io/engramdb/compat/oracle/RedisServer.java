package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Endpoint;
import io.engramdb.it.harness.FreePorts;
import io.engramdb.it.harness.RespClient;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A stock redis-server on a free port, without persistence. */
public final class RedisServer implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  private final Process process;
  private final int port;

  private RedisServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts it; fails with one line if there is none on this machine. */
  public static RedisServer start(String... flags) {
    if (List.of("/usr/bin", "/usr/local/bin").stream()
        .noneMatch(directory -> Files.isExecutable(Path.of(directory, "redis-server")))) {
      throw new AssertionError("missing on this machine: apt-get install redis-server");
    }
    int port = FreePorts.consecutive(1);
    List<String> command =
        new ArrayList<>(
            List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of("--appendonly", "no", "--dir", System.getProperty("java.io.tmpdir")));
    command.addAll(List.of(flags));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("/dev/null"))
              .start();
      RedisServer server = new RedisServer(process, port);
      Await.until("redis-server answers", START_LIMIT, server::answers);
      return server;
    } catch (IOException e) {
      throw new AssertionError("cannot start redis-server", e);
    }
  }

  private boolean answers() throws IOException {
    try (RespClient client = connect()) {
      return client.call("PING").text().equals("PONG");
    }
  }

  public int port() {
    return port;
  }

  public RespClient connect() throws IOException {
    return RespClient.connect(Endpoint.plain(port));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
