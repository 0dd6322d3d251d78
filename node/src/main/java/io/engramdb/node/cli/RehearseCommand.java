package io.engramdb.node.cli;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.server.NodeMain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code engram rehearse}: runs a cluster of three nodes in this process and in a temporary
 * directory until it has accepted writes, so that the launcher can keep what the JVM learns from it
 * (loaded and linked classes, which methods are hot) for the next starts. Not for users.
 */
@Command(name = "rehearse", hidden = true, mixinStandardHelpOptions = true)
final class RehearseCommand implements Callable<Integer> {
  private static final int TIMEOUT_MS = 5000;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long POLL_MS = 50;
  private static final int ROUNDS = 500;
  private static final String HOST = "127.0.0.1";
  private static final ClusterSettings SETTINGS =
      new ClusterSettings(HOST, 0, 0, 0, 2, false, null, null, true, 500, "256m", Map.of(), false);

  @Override
  public Integer call() throws CliException, InterruptedException {
    try {
      Path root = Files.createTempDirectory("engram-rehearsal-");
      try {
        ClusterDirectory files = new ClusterDirectory(root);
        ClusterFile cluster = onFreePorts(ClusterPlan.create(SETTINGS));
        List<List<String>> nodes = new ArrayList<>();
        for (ClusterMember member : cluster.members()) {
          MemberConfig.write(files, cluster, member);
          nodes.add(List.of(files.configFile(member).toString(), "--log-create", "yes"));
        }
        NodeMain.rehearse(nodes, () -> use(awaitPrimary(cluster)));
      } finally {
        delete(root);
      }
      return ExitCode.OK;
    } catch (IOException | ConfigException e) {
      throw new CliException("rehearsal failed: " + e.getMessage(), e);
    }
  }

  private static ClusterFile onFreePorts(ClusterFile plan) throws IOException {
    List<ClusterMember> members = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (ClusterMember each : plan.members()) {
        members.add(
            new ClusterMember(
                each.name(),
                each.zone(),
                each.role(),
                each.host(),
                freePort(held),
                freePort(held),
                each.nodeId()));
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return new ClusterFile(
        plan.format(), plan.clusterId(), plan.shardId(), false, plan.settings(), members);
  }

  /** Ports stay taken until all are known, so that no two are the same. */
  private static int freePort(List<ServerSocket> held) throws IOException {
    ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST));
    held.add(socket);
    return socket.getLocalPort();
  }

  private static ClusterMember awaitPrimary(ClusterFile cluster)
      throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadlineNs) {
      for (ClusterMember member : cluster.members()) {
        try (RespClient client = RespClient.connect(member, SETTINGS, null, TIMEOUT_MS)) {
          Map<String, String> facts = ClusterProbe.facts(client.call("INFO", "raft"));
          if (facts.getOrDefault("raft_state", "").equals("leading")) {
            return member;
          }
        }
      }
      new CountDownLatch(1).await(POLL_MS, TimeUnit.MILLISECONDS);
    }
    throw new IOException("no primary within " + LIMIT.toSeconds() + " s");
  }

  private static void use(ClusterMember primary) throws IOException {
    try (RespClient client = RespClient.connect(primary, SETTINGS, null, TIMEOUT_MS)) {
      client.call("PING");
      client.call("INFO", "replication");
      for (int i = 0; i < ROUNDS; i++) {
        client.call("SET", "key:" + i, "value");
        client.call("GET", "key:" + i);
        client.call("HSET", "hash:" + i, "field", "value");
        client.call("DEL", "key:" + i);
      }
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
