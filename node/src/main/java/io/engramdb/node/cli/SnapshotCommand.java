package io.engramdb.node.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code engram snapshot}: what lies in a store of snapshots. */
@Command(
    name = SnapshotCommand.NAME,
    description = "Snapshots in a directory or in S3.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SnapshotListCommand.class,
      SnapshotInspectCommand.class,
      SnapshotVerifyCommand.class,
      SnapshotCreateCommand.class,
      SnapshotCopyCommand.class,
      SnapshotExportCommand.class,
      SnapshotDeleteCommand.class
    })
final class SnapshotCommand implements Runnable {
  static final String NAME = "snapshot";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "say what to do: list, inspect, verify, create, copy, export or delete");
  }
}
