package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.ClusterStatus;
import io.engramdb.it.harness.Command;
import io.engramdb.it.harness.FreePorts;
import io.engramdb.it.harness.NodeProcess;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The command line: what it says when all is well, and one clear line when it is not. */
@ExtendWith(SharedCluster.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CliScenario {
  @TempDir Path temp;

  /** The first {@code up} after a build may say that it prepares quick starts. */
  @BeforeAll
  static void prepare() {
    engram("up", "--port", "none");
  }

  private static Command.Result engram(String... arguments) {
    List<String> all = new ArrayList<>(List.of(Settings.launcher().toString()));
    all.addAll(List.of(arguments));
    return Command.run(Cluster.UP_LIMIT, Settings.root(), Map.of(), all);
  }

  private static void refusedInOneLine(Command.Result result, String... words) {
    assertNotEquals(0, result.exitCode(), result::toString);
    List<String> lines = result.err().lines().filter(line -> !line.isBlank()).toList();
    assertEquals(1, lines.size(), () -> "one line expected: " + result);
    for (String word : words) {
      assertTrue(lines.getFirst().contains(word), () -> word + " expected: " + result);
    }
  }

  @Test
  void wrongFlagsAreNamed() {
    refusedInOneLine(engram("up", "--dir", temp + "/a", "--prot", "7000"), "--prot");
    refusedInOneLine(engram("up", "--dir", temp + "/a", "--port", "seven"), "seven");
    refusedInOneLine(engram("up", "--dir", temp + "/a", "--port", "70000"), "70000");
    refusedInOneLine(engram("up", "--dir", temp + "/a", "--replicas", "-1"), "replicas");
    refusedInOneLine(engram("upp"), "upp");
    assertTrue(Files.notExists(temp.resolve("a")), "a wrong flag leaves nothing behind");
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    int port = FreePorts.consecutive(3);
    try (ServerSocket taken = new ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress())) {
      Command.Result up = engram("up", "--dir", temp + "/b", "--port", "" + port);
      refusedInOneLine(up, "" + taken.getLocalPort());
    }
    assertTrue(FreePorts.isFree(port), "nothing was started");
  }

  @Test
  void aForeignDirectoryIsLeftAlone() throws IOException {
    Path file = Files.writeString(temp.resolve("thesis.txt"), "years of work");
    int port = FreePorts.consecutive(3);
    refusedInOneLine(engram("up", "--dir", temp.toString(), "--port", "" + port), temp.toString());
    assertEquals("years of work", Files.readString(file));
    assertTrue(FreePorts.isFree(port), "nothing was started");
  }

  @Test
  void statusAndDownOfNothing() {
    refusedInOneLine(engram("status", "--dir", temp + "/none"), "none");
    refusedInOneLine(engram("down", "--dir", temp + "/none"), "none");
  }

  @Test
  void aClusterFromUpToDown() throws IOException {
    try (Cluster cluster = Cluster.start(ClusterOptions.plain())) {
      cluster.awaitHealthy();
      ClusterStatus status = cluster.status();
      assertEquals("ok", status.state());
      assertEquals(3, status.nodes().size());
      assertEquals(1, status.nodes().stream().filter(ClusterStatus.Node::isPrimary).count());
      assertEquals(3, status.nodes().stream().map(ClusterStatus.Node::zone).distinct().count());
      assertEquals(cluster.awaitWritable(), status.primary().orElseThrow().port());

      secondUpChangesNothing(cluster);
      twoDirectoriesCannotShareAPort(cluster);

      shutdownEndsWithoutAWord(cluster);
      assertEquals("degraded", cluster.status().state());
      cluster.up();
      cluster.awaitHealthy();

      try (RespClient client = cluster.connectPrimary()) {
        client.call("SET", "kept", "1").orFail();
      }
      List<NodeProcess> processes = cluster.processes();
      cluster.down();
      assertTrue(processes.stream().noneMatch(NodeProcess::isAlive));
      assertEquals("down", cluster.status().state());
      assertEquals(0, cluster.cli("down").exitCode(), "down is idempotent");
      cluster.up();
      try (RespClient client = cluster.connectPrimary()) {
        assertEquals("1", client.call("GET", "kept").text());
      }
    }
  }

  private static void secondUpChangesNothing(Cluster cluster) {
    List<Long> before = cluster.processes().stream().map(NodeProcess::pid).toList();
    cluster.up();
    assertEquals(before, cluster.processes().stream().map(NodeProcess::pid).toList());
    // Without flags it uses the settings that the cluster was made with.
    cluster.cli("up").orFail();
    assertEquals(before, cluster.processes().stream().map(NodeProcess::pid).toList());
  }

  private static void shutdownEndsWithoutAWord(Cluster cluster) throws IOException {
    int primary = cluster.awaitWritable();
    try (RespClient client = cluster.connect(primary)) {
      assertThrows(IOException.class, () -> client.call("SHUTDOWN"), "a reply of SHUTDOWN");
    }
    cluster.process(primary).awaitExit();
  }

  private void twoDirectoriesCannotShareAPort(Cluster cluster) {
    refusedInOneLine(
        engram("up", "--dir", temp + "/second", "--port", "" + cluster.firstPort()),
        "" + cluster.firstPort());
  }

  @Test
  void anotherPortForAnExistingClusterIsRefused(
      @SharedCluster.Wants(SharedCluster.Kind.OPEN) Cluster cluster) {
    Command.Result up = cluster.cli("up", "--port", "" + (cluster.firstPort() + 100));
    refusedInOneLine(up, "" + cluster.firstPort());
  }
}
