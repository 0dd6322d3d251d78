package io.engramdb.it.harness;

import java.nio.file.Files;
import java.nio.file.Path;

/** How large a run is and where things are: system properties {@code engram.*}. */
public final class Settings {
  private Settings() {}

  /** The checkout: the directory of the launcher {@code engram}. */
  public static Path root() {
    String given = System.getProperty("engram.root");
    Path root = given == null ? Path.of("").toAbsolutePath() : Path.of(given);
    while (root != null && !Files.isDirectory(root.resolve("integration-tests"))) {
      root = root.getParent();
    }
    if (root == null) {
      throw new AssertionError("no checkout found; run with -Dengram.root=DIR");
    }
    return root;
  }

  /** The launcher under test. */
  public static Path launcher() {
    Path launcher = Path.of(System.getProperty("engram.launcher", root().resolve("engram") + ""));
    if (!Files.isExecutable(launcher)) {
      throw new AssertionError("no executable " + launcher);
    }
    return launcher;
  }

  /** Where reports go. */
  public static Path target() {
    return Path.of(System.getProperty("engram.target", root().resolve("target") + ""));
  }

  /** A size of this run: {@code -Dengram.test.NAME=VALUE}, or the small default of the build. */
  public static int size(String name, int smallDefault) {
    return Integer.getInteger("engram.test." + name, smallDefault);
  }
}
