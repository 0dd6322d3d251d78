package io.engramdb.node.cli;

import io.engramdb.snapshot.store.StoredSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code engram snapshot delete}. */
@Command(
    name = "delete",
    description = "Delete snapshots; what is not there any more is fine.",
    mixinStandardHelpOptions = true)
final class SnapshotDeleteCommand implements Callable<Integer> {
  @Mixin SnapshotOptions options;
  @Mixin OutputOptions output;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "PATH",
      description = "as list shows them")
  List<String> paths = new ArrayList<>();

  @Option(names = "--dry-run", description = "only show what would be deleted")
  boolean dryRun;

  @Override
  public Integer call() throws CliException {
    return options.run(
        store -> {
          List<StoredSnapshot> doomed =
              store.list().stream().filter(each -> paths.contains(each.path())).toList();
          for (StoredSnapshot each : doomed) {
            output.progress("delete " + each.path());
            if (!dryRun) {
              store.delete(each);
            }
          }
          List<String> names = doomed.stream().map(StoredSnapshot::path).toList();
          output.result(names, names.size() + (dryRun ? " to delete" : " deleted"));
          return ExitCode.OK;
        });
  }
}
