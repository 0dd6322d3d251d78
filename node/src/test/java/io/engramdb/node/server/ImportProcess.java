package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.cli.EngramMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code engram import} in a process of its own. */
final class ImportProcess implements AutoCloseable {
  private static final long LIMIT_SECONDS = 60;

  private final Process process;
  private final Path out;
  private final Path err;

  private ImportProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static ImportProcess start(Path directory, String... words) throws IOException {
    Path out = Files.createTempFile(directory, "import", ".out");
    Path err = Files.createTempFile(directory, "import", ".err");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(EngramMain.class.getName(), "import"));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("ENGRAM_PASSWORD");
    return new ImportProcess(builder.start(), out, err);
  }

  String out() throws IOException {
    return Files.readString(out);
  }

  private String said() throws IOException {
    return out() + Files.readString(err);
  }

  /** Waits until it has said that. */
  void awaitLine(String part) throws Exception {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!said().contains(part)) {
      assertTrue(process.isAlive(), "it ended without '" + part + "': " + said());
      assertTrue(System.nanoTime() < endNs, "it does not say '" + part + "': " + said());
      // Bounded by the limit above.
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  /** SIGTERM. */
  void tellToEnd() {
    process.destroy();
  }

  /** Its end, and what it said to the standard output. */
  String done() throws Exception {
    assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end: " + said());
    assertEquals(0, process.exitValue(), said());
    return out();
  }

  /** Its end as a failure, in one line. */
  String failed() throws Exception {
    assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end: " + said());
    assertTrue(process.exitValue() != 0, said());
    String text = Files.readString(err);
    assertEquals(1, text.lines().count(), text);
    return text;
  }

  @Override
  public void close() throws Exception {
    process.destroyForcibly();
    process.waitFor();
  }
}
