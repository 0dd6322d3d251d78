package io.engramdb.node.cli;

import io.engramdb.node.server.LogVoterMain;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

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

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE --directive VALUE",
      description = "configuration file, then directives that override it")
  List<String> words = new ArrayList<>();

  @Override
  public Integer call() {
    return LogVoterMain.run(words);
  }
}
