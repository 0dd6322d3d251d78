package io.engramdb.node.cli;

import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the commands about snapshots have in common: a store. */
final class SnapshotOptions {

  /** The word for the newest snapshot in a store. */
  static final String NEWEST = "newest";

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "STORE",
      description = {
        "s3://bucket/prefix or file:/directory; options behind a question mark:",
        "key-file=FILE seals with a key of 64 hexadecimal digits; for S3 endpoint, region,"
            + " path-style, sse, kms-key, storage-class, attempt-timeout-ms"
      })
  String store = "";

  /** What is done with a store. */
  interface Work {
    int with(SnapshotStore store) throws IOException, CliException;
  }

  /** Runs it; a store's failure is one line. */
  int run(Work work) throws CliException {
    StoreUrl url = url(spec, store);
    try (SnapshotStore open = SnapshotStore.open(url)) {
      return work.with(open);
    } catch (IOException e) {
      throw new CliException(String.valueOf(e.getMessage()), e);
    }
  }

  /** An address; a wrong one is wrong use. */
  static StoreUrl url(CommandSpec spec, String text) {
    try {
      return StoreUrl.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** A snapshot by its path, or the newest one. */
  static StoredSnapshot find(SnapshotStore store, @Nullable String path)
      throws IOException, CliException {
    if (path != null && !path.equals(NEWEST)) {
      return store.get(path);
    }
    List<StoredSnapshot> all = store.list();
    if (all.isEmpty()) {
      throw new CliException("there is no snapshot in " + store.description());
    }
    return all.getFirst();
  }
}
