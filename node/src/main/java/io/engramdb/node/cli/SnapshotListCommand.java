package io.engramdb.node.cli;

import io.engramdb.snapshot.store.StoredSnapshot;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code engram snapshot list}. */
@Command(
    name = "list",
    description = "Show the snapshots in a store, the newest first.",
    mixinStandardHelpOptions = true)
final class SnapshotListCommand implements Callable<Integer> {
  @Mixin SnapshotOptions options;
  @Mixin OutputOptions output;

  @Override
  public Integer call() throws CliException {
    return options.run(
        store -> {
          store.objects().check();
          List<StoredSnapshot> all = store.list();
          output.result(all.stream().map(SnapshotText::document).toList(), SnapshotText.table(all));
          return ExitCode.OK;
        });
  }
}
