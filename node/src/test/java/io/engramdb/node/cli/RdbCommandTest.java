package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code engram rdb}: verdicts, lines and exit codes. */
class RdbCommandTest {
  @TempDir Path temp;

  private Path file(String... keys) throws IOException {
    Path file = temp.resolve("dump.rdb");
    try (OutputStream out = Files.newOutputStream(file)) {
      RdbWriter writer = new RdbWriter(out, 11, true);
      writer.header(writer.version());
      for (String key : keys) {
        writer.string(new RdbKey(0, key.getBytes(), RdbKey.NO_EXPIRY), "value".getBytes());
      }
      writer.end();
    }
    return file;
  }

  private Path damaged() throws IOException {
    Path file = file("a", "b");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 12] ^= 1;
    return Files.write(file, bytes);
  }

  @Test
  void aWholeFileIsOk() throws IOException {
    CommandRun run = CommandRun.of("rdb", "check", file("a", "b").toString());
    assertEquals(ExitCode.OK, run.code(), run::toString);
    assertTrue(run.out().contains("ok: RDB version Redis 11"), run::toString);
    assertTrue(run.out().contains("2 keys in 1 databases (2 strings"), run::toString);
    CommandRun json = CommandRun.of("rdb", "check", "-o", "json", file("a").toString());
    assertTrue(json.out().startsWith("{\"verdict\":\"ok\""), json::toString);
  }

  @Test
  void aDamagedFileIsNamedWithThePlace() throws IOException {
    Path file = damaged();
    CommandRun run = CommandRun.of("rdb", "check", file.toString());
    assertEquals(ExitCode.FAILED, run.code(), run::toString);
    assertTrue(run.out().contains("damaged: the checksum is "), run::toString);
    assertTrue(run.out().contains("(byte " + (Files.size(file) - 8) + ")"), run::toString);
    CommandRun json = CommandRun.of("rdb", "check", "-o", "json", file.toString());
    assertTrue(json.out().contains("\"fault\":\"CHECKSUM\""), json::toString);
    CommandRun twice = CommandRun.of("rdb", "check", file("same", "same").toString());
    assertTrue(twice.out().contains("there twice (byte 23, key \"same\""), twice::toString);
  }

  @Test
  void aMissingFileIsOneLine() {
    for (String command : List.of("check", "dump")) {
      CommandRun run = CommandRun.of("rdb", command, temp.resolve("none").toString());
      assertEquals(ExitCode.FAILED, run.code(), run::toString);
      assertEquals(1, run.err().lines().count(), run::toString);
      assertTrue(run.err().contains("there is no such file"), run::toString);
    }
  }

  @Test
  void withoutAFileOrACommandItSaysWhatIsMissing() {
    assertEquals(ExitCode.USAGE, CommandRun.of("rdb").code());
    assertEquals(ExitCode.USAGE, CommandRun.of("rdb", "check").code());
    assertEquals(ExitCode.FAILED, CommandRun.of("rdb", "dump", "--order", "size", "x").code());
  }

  private record Output(int code, String out, String err) {}

  /** A dump goes to the standard output itself, so it takes a process to see it. */
  private Output dump(String... words) throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command =
        new java.util.ArrayList<>(
            List.of(java.toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), EngramMain.class.getName()));
    command.addAll(List.of("rdb", "dump"));
    command.addAll(List.of(words));
    Path out = temp.resolve("out");
    Path err = temp.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "does not end");
    return new Output(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Test
  void aDumpIsALineOfJsonPerKey() throws Exception {
    Output sorted = dump(file("b", "a").toString());
    assertEquals(ExitCode.OK, sorted.code(), sorted::toString);
    String line =
        "{\"db\":0,\"key\":\"%s\",\"type\":\"string\",\"expireAtMs\":null,\"value\":\"dmFsdWU=\"}";
    assertEquals(
        List.of(line.formatted("YQ=="), line.formatted("Yg==")), sorted.out().lines().toList());
    Output unsorted = dump("--order", "file", file("b", "a").toString());
    assertEquals(
        List.of(line.formatted("Yg=="), line.formatted("YQ==")), unsorted.out().lines().toList());
  }

  @Test
  void aDumpOfADamagedFileIsOneLineOfError() throws Exception {
    Output sorted = dump(damaged().toString());
    assertEquals(ExitCode.FAILED, sorted.code(), sorted::toString);
    assertEquals("", sorted.out());
    assertEquals(1, sorted.err().lines().count(), sorted::toString);
    assertTrue(sorted.err().contains("damaged: the checksum is"), sorted::toString);
    Output unsorted = dump("--order", "file", damaged().toString());
    assertEquals(ExitCode.FAILED, unsorted.code(), unsorted::toString);
    assertEquals(2, unsorted.out().lines().count(), unsorted::toString);
  }
}
