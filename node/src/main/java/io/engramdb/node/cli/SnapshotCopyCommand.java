package io.engramdb.node.cli;

import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code engram snapshot copy}. */
@Command(
    name = "copy",
    description = {
      "Copy a snapshot into another store, where it stays until it is deleted by hand.",
      "It is compared with its manifest on the way, and read back from there."
    },
    mixinStandardHelpOptions = true)
final class SnapshotCopyCommand implements Callable<Integer> {
  @Mixin SnapshotOptions options;
  @Mixin OutputOptions output;

  @Parameters(index = "1", paramLabel = "PATH", description = "as list shows it, or: newest")
  String path = "";

  @Parameters(index = "2", paramLabel = "TARGET", description = "the other store")
  String target = "";

  @Override
  public Integer call() throws CliException {
    StoreUrl to = SnapshotOptions.url(options.spec, target);
    return options.run(
        store -> {
          StoredSnapshot snapshot = SnapshotOptions.find(store, path);
          Path directory = Files.createTempDirectory("engram-copy");
          Path file = directory.resolve("copy.rdb");
          try (SnapshotStore other = SnapshotStore.open(to)) {
            store.download(snapshot, file);
            StoredSnapshot copy = other.publish(SnapshotSeries.MANUAL, snapshot.manifest(), file);
            output.result(
                SnapshotText.document(copy), copy.path() + " is in " + other.description());
            return ExitCode.OK;
          } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
          }
        });
  }
}
