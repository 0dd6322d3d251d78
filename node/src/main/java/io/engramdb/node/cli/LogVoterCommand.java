package io.engramdb.node.cli;

import io.engramdb.node.server.LogVoterMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code engram log-voter}: a voter that keeps the log alone, in the foreground. */
@Command(
    name = LogVoterCommand.NAME,
    description = {
      "Run a log-only voter in the foreground.",
      "It keeps and votes on the shard's log, holds no data and serves no client. It reads the same"
          + " directives as a node."
    },
    mixinStandardHelpOptions = true)
final class LogVoterCommand implements Callable<Integer> {
  static final String NAME = "log-voter";

  @Mixin ServerWords words;

  @Override
  public Integer call() {
    return LogVoterMain.run(words.all);
  }
}
