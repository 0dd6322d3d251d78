package io.engramdb.node.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The {@code engram} script that started this process, which starts servers as well. */
final class Launcher {
  private Launcher() {}

  /** The script; it holds the JVM flags of servers. */
  static Path script() {
    String home = System.getProperty("engram.home");
    if (home == null) {
      throw new IllegalStateException("not started by the engram script");
    }
    return Path.of(home, "engram");
  }

  /** The Java executable that runs this command. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** The same command, run in a session of its own under the same process number. */
  static List<String> detached(List<String> command) {
    List<String> words = new ArrayList<>();
    if (onPath("setsid")) {
      words.add("setsid");
    } else {
      // No setsid (macOS): at least the end of the terminal does not end the server.
      words.add("nohup");
    }
    words.addAll(command);
    return words;
  }

  private static boolean onPath(String name) {
    String path = System.getenv("PATH");
    if (path == null) {
      return false;
    }
    for (String directory : path.split(":")) {
      if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, name))) {
        return true;
      }
    }
    return false;
  }
}
