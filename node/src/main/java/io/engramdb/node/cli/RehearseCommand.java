package io.engramdb.node.cli;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.server.NodeMain;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code engram rehearse}: runs a node in a temporary directory until it has accepted a write, so
 * that the launcher can archive the classes which a start needs. Not for users.
 */
@Command(name = "rehearse", hidden = true, mixinStandardHelpOptions = true)
final class RehearseCommand implements Callable<Integer> {
  private static final int TIMEOUT_MS = 5000;
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_MS = 50;

  @Override
  public Integer call() throws CliException, InterruptedException {
    try {
      Path directory = Files.createTempDirectory("engram-rehearsal-");
      try {
        int port = freePort();
        List<String> words =
            List.of(
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                directory.toString(),
                "--cluster-enabled",
                "yes");
        NodeMain.rehearse(words, () -> write(port));
      } finally {
        delete(directory);
      }
      return ExitCode.OK;
    } catch (IOException | ConfigException e) {
      throw new CliException("rehearsal failed: " + e.getMessage(), e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void write(int port) throws IOException, InterruptedException {
    ClusterMember member =
        new ClusterMember("node", "", ClusterMember.DATA, "127.0.0.1", port, 0, "");
    ClusterSettings settings =
        new ClusterSettings("127.0.0.1", port, 0, 0, false, null, null, true, 1, "256m");
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    try (RespClient client = RespClient.connect(member, settings, null, TIMEOUT_MS)) {
      Map<String, String> facts = ClusterProbe.facts(client.call("INFO", "raft"));
      while (!facts.getOrDefault("raft_state", "").equals("leading")) {
        if (System.nanoTime() > deadlineNs) {
          throw new IOException("no primary within " + LIMIT.toSeconds() + " s");
        }
        new CountDownLatch(1).await(POLL_MS, TimeUnit.MILLISECONDS);
        facts = ClusterProbe.facts(client.call("INFO", "raft"));
      }
      client.call("SET", "key", "value");
      client.call("GET", "key");
      client.call("HSET", "hash", "field", "value");
      client.call("DEL", "key");
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
