package io.engramdb.node.tidy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the repository and its source files. */
final class SourceTree {

  private static final List<String> MODULES =
      List.of("node", "txlog", "snapshot", "client-compat", "integration-tests");

  private SourceTree() {}

  /** The repository's root: where the launcher and the modules are. */
  static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("txlog/src")) || !Files.isDirectory(at.resolve("node"))) {
      Path parent = at.getParent();
      if (parent == null) {
        throw new IllegalStateException("no repository above " + Path.of("").toAbsolutePath());
      }
      at = parent;
    }
    return at;
  }

  /** Every Java source of every module. */
  static List<Path> javaFiles() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String module : MODULES) {
      Path sources = root().resolve(module).resolve("src");
      if (Files.isDirectory(sources)) {
        try (Stream<Path> files = Files.walk(sources)) {
          files.filter(path -> path.toString().endsWith(".java")).forEach(all::add);
        }
      }
    }
    return all;
  }
}
