package io.engramdb.node.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code engram rdb}: looks at RDB files, whoever wrote them. */
@Command(
    name = RdbCommand.NAME,
    description = "Check RDB files of Redis or Valkey, and show what they hold.",
    mixinStandardHelpOptions = true,
    subcommands = {RdbCheckCommand.class, RdbDumpCommand.class})
final class RdbCommand implements Runnable {
  static final String NAME = "rdb";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: check or dump");
  }
}
