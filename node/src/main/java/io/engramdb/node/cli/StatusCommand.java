package io.engramdb.node.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code engram status}: asks every member and gives a verdict. */
@Command(
    name = "status",
    description = "Show how the local cluster is.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ok: every member is up and a primary serves",
      "1:degraded: a primary serves, a member is missing",
      "2:down: no primary serves"
    })
final class StatusCommand implements Callable<Integer> {
  @Mixin DirectoryOption directory;
  @Mixin OutputOptions output;

  @Override
  public Integer call() throws CliException, InterruptedException {
    ClusterDirectory files = directory.open();
    ClusterReport report = new ClusterProbe(files, files.read()).ask();
    output.result(report, StatusText.render(report));
    return report.exitCode();
  }
}
