package io.engramdb.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The room on the disk of a new cluster. */
final class ClusterDisk {
  private ClusterDisk() {}

  /** Refuses what is known not to fit, before any of it is written. */
  static void requireRoom(Path file, long sizeBytes) throws IOException, CliException {
    Path directory = file.toAbsolutePath().getParent();
    while (directory != null && !Files.isDirectory(directory)) {
      directory = directory.getParent();
    }
    long free = directory == null ? 0 : Files.getFileStore(directory).getUsableSpace();
    if (free < sizeBytes) {
      throw new CliException(
          "not enough disk: %d MB are needed in %s, %d MB are free"
              .formatted((sizeBytes >> 20) + 1, directory, free >> 20));
    }
  }
}
