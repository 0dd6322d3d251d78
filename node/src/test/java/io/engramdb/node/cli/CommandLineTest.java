package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line refuses, and how. */
class CommandLineTest {
  @TempDir Path temp;

  private static void assertOneLine(CommandRun run, int code, String expected) {
    assertEquals(code, run.code(), run::toString);
    List<String> lines = run.err().lines().toList();
    assertEquals(1, lines.size(), run::toString);
    assertTrue(lines.getFirst().contains(expected), run::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "--prot, 7000, --prot",
    "--port, seven, seven",
    "--port, 70000, 70000",
    "--port, 0, --port",
    "--replicas, -1, replicas",
    "--replicas, 9, from 0 to 8",
    "--heap, 12x, 12x",
    "--heap, 1m, 128m",
    "--election-timeout-ms, 1, from 50",
    "--cluster-enabled, maybe, maybe",
    "--user, somebody, --password",
    "--log-port, 7001, overlap"
  })
  void aWrongFlagIsOneLineAndLeavesNothingBehind(String flag, String value, String expected) {
    Path directory = temp.resolve("new");
    CommandRun run = CommandRun.of("up", "--dir", directory.toString(), flag, value);
    assertOneLine(run, ExitCode.USAGE, expected);
    assertFalse(Files.exists(directory));
  }

  @Test
  void anUnknownCommandIsOneLine() {
    assertOneLine(CommandRun.of("upp"), ExitCode.USAGE, "upp");
  }

  @Test
  void withoutAnyWordItSaysWhatThereIs() {
    assertOneLine(CommandRun.of(), ExitCode.USAGE, "up, status, down");
  }

  @Test
  void helpOfEveryCommandIsGiven() {
    for (String command : List.of("up", "status", "down", "node", "log-voter", "snapshotter")) {
      CommandRun run = CommandRun.of(command, "--help");
      assertEquals(ExitCode.OK, run.code());
      assertTrue(run.out().contains("Usage: engram " + command), run::toString);
    }
  }

  @Test
  void aPortInUseIsNamedAndNothingIsMade() throws IOException {
    Path directory = temp.resolve("new");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = Math.min(taken.getLocalPort(), 65_000);
      CommandRun run =
          CommandRun.of("up", "--dir", directory.toString(), "--port", Integer.toString(port));
      assertOneLine(run, ExitCode.FAILED, Integer.toString(port));
    }
    assertFalse(Files.exists(directory));
  }

  @Test
  void aForeignDirectoryIsLeftAlone() throws IOException {
    Files.writeString(temp.resolve("thesis.txt"), "years of work");
    assertOneLine(
        CommandRun.of("up", "--dir", temp.toString()), ExitCode.FAILED, "holds no Engram cluster");
    assertEquals("years of work", Files.readString(temp.resolve("thesis.txt")));
    assertFalse(Files.exists(temp.resolve("cluster.json")));
  }

  @Test
  void statusAndDownOfNothingSaySo() {
    for (String command : List.of("status", "down")) {
      assertOneLine(
          CommandRun.of(command, "--dir", temp.toString()), ExitCode.FAILED, "no cluster in");
    }
  }

  @Test
  void statusOfAStoppedClusterIsDown() throws CliException {
    ClusterDirectory files = new ClusterDirectory(temp);
    files.write(ClusterPlan.create(Samples.settings(2)));
    CommandRun run = CommandRun.of("status", "--dir", temp.toString(), "-o", "json");
    assertEquals(ExitCode.DOWN, run.code());
    assertTrue(run.out().startsWith("{\"state\":\"down\",\"shards\":[{\"id\":\""), run::toString);
    assertEquals(ExitCode.OK, CommandRun.of("down", "--dir", temp.toString()).code());
  }

  @ParameterizedTest
  @CsvSource({
    "--port, 7100",
    "--replicas, 1",
    "--user, other",
    "--cluster-enabled, no",
    "--heap, 999m"
  })
  void aFlagThatContradictsAnExistingClusterIsRefused(String flag, String value)
      throws CliException {
    new ClusterDirectory(temp).write(ClusterPlan.create(Samples.settings(2)));
    CommandRun run =
        CommandRun.of("up", "--dir", temp.toString(), flag, value, "--password", "sesame");
    assertOneLine(run, ExitCode.FAILED, flag);
  }

  @Test
  void oneCommandAtATimeWorksOnADirectory() throws CliException {
    ClusterDirectory files = new ClusterDirectory(temp);
    files.write(ClusterPlan.create(Samples.settings(2)));
    try (ClusterDirectory.Lock lock = files.lock()) {
      assertOneLine(
          CommandRun.of("down", "--dir", temp.toString()), ExitCode.FAILED, "another engram");
    }
    assertEquals(ExitCode.OK, CommandRun.of("down", "--dir", temp.toString()).code());
  }
}
