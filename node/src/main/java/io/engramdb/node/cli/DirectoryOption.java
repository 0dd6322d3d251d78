package io.engramdb.node.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which cluster is meant. */
final class DirectoryOption {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "directory of the cluster (default: ./.engram)")
  Path path = Path.of(".engram");

  ClusterDirectory open() {
    return new ClusterDirectory(path);
  }
}
