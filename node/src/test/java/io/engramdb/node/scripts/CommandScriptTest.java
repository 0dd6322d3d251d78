package io.engramdb.node.scripts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs every command script in every mode; {@code -Dscript=string/set} runs one.
 *
 * <p>With {@code -Doracle=PORT} the redis-server at that port of this machine is asked instead, and
 * its data are flushed; {@code -Drewrite} puts its replies into the scripts, for review as a diff.
 */
class CommandScriptTest {

  private static final Path SCRIPTS = Path.of("src/test/resources/scripts");

  @TestFactory
  List<DynamicTest> everyScriptHoldsInEveryMode() throws IOException {
    String wanted = System.getProperty("script", "");
    List<DynamicTest> tests = new ArrayList<>();
    for (Path path : scripts()) {
      String name = name(path);
      if (!wanted.isEmpty() && !name.equals(wanted)) {
        continue;
      }
      Integer port = Integer.getInteger("oracle");
      if (port != null) {
        tests.add(DynamicTest.dynamicTest(name + " asked of redis-server", () -> ask(port, path)));
        continue;
      }
      for (ScriptRunner.Mode mode : ScriptRunner.Mode.values()) {
        tests.add(
            DynamicTest.dynamicTest(
                name + " " + mode, () -> new ScriptRunner(ScriptFile.read(path), mode).run()));
      }
    }
    Assertions.assertFalse(tests.isEmpty(), "no script " + wanted);
    return tests;
  }

  private static void ask(int port, Path path) throws IOException {
    ScriptOracle oracle = new ScriptOracle(port);
    oracle.compare(ScriptFile.read(path), System.getProperty("rewrite") != null);
    Assertions.assertEquals(List.of(), oracle.differences());
  }

  /** All script files, in order. */
  static List<Path> scripts() {
    try (Stream<Path> files = Files.walk(SCRIPTS)) {
      return files.filter(path -> path.toString().endsWith(".txt")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Family and command of a script: {@code string/set}. */
  static String name(Path path) {
    String relative = SCRIPTS.relativize(path).toString();
    return relative.substring(0, relative.length() - ".txt".length());
  }
}
