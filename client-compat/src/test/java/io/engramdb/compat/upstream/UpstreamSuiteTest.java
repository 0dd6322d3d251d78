package io.engramdb.compat.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some quick units of Redis' own test suite: each test passes unless it stands in {@code
 * upstream/expected.txt}, and none that stands there does. The suite is fetched from Debian's
 * archive; where that can't be reached one line says so, and nothing is tested.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class UpstreamSuiteTest {
  private static final Path RUN = Path.of("upstream", "run").toAbsolutePath();
  private static final int FETCH_LIMIT_S = 240;
  private static final int RUN_LIMIT_S = 300;

  @TempDir Path directory;

  /** Runs the script and answers with its exit status; -1 if it took too long. */
  private int run(Path output, int limitS, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(RUN.toString()));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    if (process.waitFor(limitS, TimeUnit.SECONDS)) {
      return process.exitValue();
    }
    // It ends what it has started when it is asked to.
    process.destroy();
    process.waitFor();
    return -1;
  }

  private static String text(Path output) throws IOException {
    return Files.readString(output).strip();
  }

  @Test
  void quickUnitsPassButForWhatIsListed() throws Exception {
    Path output = directory.resolve("output");
    if (run(output, FETCH_LIMIT_S, "--fetch") != 0) {
      System.out.println("left out: the test suite of Redis. " + text(output));
      return;
    }
    int status = run(output, RUN_LIMIT_S, "--cheap", "-v");
    System.out.println(text(output));
    assertEquals(0, status, "exit status of upstream/run --cheap");
  }
}
