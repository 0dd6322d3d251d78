package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.ModulePolicy;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands about an RDB file have in common. */
final class RdbFileOptions {
  @Parameters(paramLabel = "FILE", description = "the RDB file")
  Path file;

  @Option(
      names = "--skip-modules",
      description = "step over data of modules instead of refusing the file")
  boolean skipModules;

  ModulePolicy modules() {
    return skipModules ? ModulePolicy.SKIP : ModulePolicy.FAIL;
  }

  /** A failing disk or a missing file, in one line. */
  CliException unreadable(IOException e) {
    String reason =
        switch (e) {
          case NoSuchFileException missing -> "there is no such file";
          case AccessDeniedException denied -> "access is denied";
          default -> String.valueOf(e.getMessage());
        };
    return new CliException(file + ": " + reason, e);
  }
}
