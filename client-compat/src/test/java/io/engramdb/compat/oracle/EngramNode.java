package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Endpoint;
import io.engramdb.it.harness.FreePorts;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * One Engram node whose log has one voter, in memory if there is a tmpfs: nothing is replicated.
 */
final class EngramNode implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(60);
  private static final Path TMPFS = Path.of("/dev/shm");

  private final Process process;
  private final Path directory;
  private final int port;

  private EngramNode(Process process, Path directory, int port) {
    this.process = process;
    this.directory = directory;
    this.port = port;
  }

  static EngramNode start() throws IOException {
    int port = FreePorts.consecutive(1);
    Path directory =
        Files.isWritable(TMPFS)
            ? Files.createTempDirectory(TMPFS, "engram-oracle-")
            : Files.createTempDirectory("engram-oracle-");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Settings.launcher().toString(),
                "node",
                "--port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--cluster-enabled",
                "no",
                "--protected-mode",
                "no",
                "--dir",
                directory.toString(),
                "--enable-debug-command",
                "yes"));
    builder.environment().put("ENGRAM_BUILD", "no");
    builder.redirectErrorStream(true).redirectOutput(directory.resolve("output").toFile());
    EngramNode node = new EngramNode(builder.start(), directory, port);
    try {
      Await.until("an Engram node answers", START_LIMIT, node::takesWrites);
      return node;
    } catch (AssertionError failed) {
      String output = Files.readString(directory.resolve("output"));
      node.close();
      throw new AssertionError(output, failed);
    }
  }

  private boolean takesWrites() throws IOException {
    try (RespClient client = connect()) {
      return client.call("SET", "started", "yes").isOk();
    }
  }

  RespClient connect() throws IOException {
    return RespClient.connect(Endpoint.plain(port), REPLY_LIMIT);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException left) {
      System.err.println("left behind: " + directory + ": " + left);
    }
  }
}
