package io.engramdb.node.cli;

import io.engramdb.snapshot.store.StoredSnapshot;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code engram snapshot inspect}. */
@Command(
    name = "inspect",
    description = "Show what the manifest of a snapshot says.",
    mixinStandardHelpOptions = true)
final class SnapshotInspectCommand implements Callable<Integer> {
  @Mixin SnapshotOptions options;
  @Mixin OutputOptions output;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "as list shows it (default: the newest)")
  @Nullable String path;

  @Override
  public Integer call() throws CliException {
    return options.run(
        store -> {
          StoredSnapshot snapshot = SnapshotOptions.find(store, path);
          output.result(SnapshotText.document(snapshot), SnapshotText.lines(snapshot));
          return ExitCode.OK;
        });
  }
}
