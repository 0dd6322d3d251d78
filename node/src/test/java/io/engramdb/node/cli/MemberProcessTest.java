package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A number in a file is not enough to be taken for a member. */
class MemberProcessTest {
  @TempDir Path temp;

  private final ClusterMember member =
      new ClusterMember("node-a", "a", ClusterMember.DATA, "127.0.0.1", 7000, 17000, "");

  private Optional<ProcessHandle> findWithPid(String text) throws IOException {
    ClusterDirectory files = new ClusterDirectory(temp);
    Files.createDirectories(files.of(member));
    Files.writeString(files.pidFile(member), text);
    return new MemberProcess(files, member).find();
  }

  private Process sleeping(String... words) throws IOException {
    // The shell keeps its own words in its command line while it waits for the sleep.
    String[] command = new String[words.length + 4];
    command[0] = "sh";
    command[1] = "-c";
    command[2] = "sleep 60; true";
    command[3] = "name";
    System.arraycopy(words, 0, command, 4, words.length);
    return new ProcessBuilder(command).start();
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    assertTrue(MemberProcess.awaitExit(process.toHandle(), Duration.ofSeconds(10)));
  }

  @Test
  void aProcessWithTheMembersFileInItsCommandLineIsTheMember() throws IOException {
    Process process = sleeping(new ClusterDirectory(temp).configFile(member).toString());
    try {
      assertEquals(
          process.pid(), findWithPid(process.pid() + "\n").map(ProcessHandle::pid).orElse(-1L));
    } finally {
      end(process);
    }
    assertTrue(findWithPid(process.pid() + "\n").isEmpty());
  }

  @Test
  void anotherProcessOfThatNumberIsNot() throws IOException {
    Process process = sleeping(temp + "/node-b/engram.conf");
    try {
      assertTrue(findWithPid(Long.toString(process.pid())).isEmpty());
    } finally {
      end(process);
    }
  }

  @Test
  void neitherOurselvesNorNonsenseIsAMember() throws IOException {
    assertTrue(findWithPid(Long.toString(ProcessHandle.current().pid())).isEmpty());
    assertTrue(findWithPid("").isEmpty());
    assertTrue(findWithPid("-1").isEmpty());
    assertTrue(findWithPid("abc").isEmpty());
    assertFalse(MemberProcess.isOurs(ProcessHandle.current(), temp));
  }
}
