package io.engramdb.node.cli;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.store.ObjectStores;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code engram snapshot export}. */
@Command(
    name = "export",
    description = "Write a snapshot as a plain RDB file, which Redis 7.2 and Valkey load.",
    mixinStandardHelpOptions = true)
final class SnapshotExportCommand implements Callable<Integer> {
  @Mixin SnapshotOptions options;
  @Mixin OutputOptions output;

  @Parameters(index = "1", paramLabel = "PATH", description = "as list shows it, or: newest")
  String path = "";

  @Parameters(
      index = "2",
      paramLabel = "TARGET",
      description = "file:/path/name.rdb or s3://bucket/prefix/name.rdb; must not be there yet")
  String target = "";

  @Override
  public Integer call() throws CliException {
    StoreUrl to = SnapshotOptions.url(options.spec, target);
    if (!to.lastName().endsWith(".rdb")) {
      throw new ParameterException(
          options.spec.commandLine(), "the target's name ends in .rdb, not " + target);
    }
    return options.run(
        store -> {
          StoredSnapshot snapshot = SnapshotOptions.find(store, path);
          Path directory = Files.createTempDirectory("engram-export");
          Path file = directory.resolve("export.rdb");
          try (ObjectStore other = ObjectStores.open(to.parent())) {
            store.download(snapshot, file);
            other.put(to.lastName(), Content.of(file), true);
            output.result(
                Map.of("target", to.toString(), "keys", snapshot.manifest().keys()),
                "%s: %d keys, %d bytes"
                    .formatted(to, snapshot.manifest().keys(), snapshot.manifest().sizeBytes()));
            return ExitCode.OK;
          } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
          }
        });
  }
}
