package io.engramdb.node.cli;

import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.objects.StoredObject;
import io.engramdb.snapshot.store.FileCopy;
import io.engramdb.snapshot.store.ObjectStores;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code engram up --restore} begins with: an RDB file, if the address ends in {@code .rdb},
 * else a snapshot in that store.
 */
final class RestoreSource {
  private static final String RDB = ".rdb";

  private RestoreSource() {}

  /**
   * Brings it to this machine, whole and compared, or not at all.
   *
   * @param snapshot which one of the store; null: the newest
   * @param to the file, which must not exist
   * @return what it is, in words
   */
  static String fetch(StoreUrl url, @Nullable String snapshot, Path to, OutputOptions output)
      throws IOException, CliException {
    return isFile(url) ? file(url, to, output) : snapshot(url, snapshot, to, output);
  }

  private static ProgressLine fetching(OutputOptions output, long sizeBytes) {
    return output.steps("fetching", "", sizeBytes);
  }

  /** Whether the address is that of an RDB file. */
  static boolean isFile(StoreUrl url) {
    return url.lastName().endsWith(RDB);
  }

  private static String file(StoreUrl url, Path to, OutputOptions output)
      throws IOException, CliException {
    try (ObjectStore store = ObjectStores.open(url.parent())) {
      StoredObject object = store.find(url.lastName());
      if (object == null) {
        throw new StoreException(StoreFault.NOT_FOUND, "there is no " + url);
      }
      ClusterDisk.requireRoom(to, object.sizeBytes());
      try (ProgressLine progress = fetching(output, object.sizeBytes())) {
        FileCopy.write(
            store.open(url.lastName(), 0, Long.MAX_VALUE),
            to,
            sizeBytes -> {
              if (sizeBytes != object.sizeBytes()) {
                throw new StoreException(
                    StoreFault.DAMAGED,
                    "%s has %d bytes, %d came".formatted(url, object.sizeBytes(), sizeBytes));
              }
            },
            progress);
      }
      return url + ", " + object.sizeBytes() + " bytes";
    }
  }

  private static String snapshot(
      StoreUrl url, @Nullable String wanted, Path to, OutputOptions output)
      throws IOException, CliException {
    try (SnapshotStore store = SnapshotStore.open(url)) {
      store.objects().check();
      StoredSnapshot chosen = choose(store, wanted);
      ClusterDisk.requireRoom(to, chosen.manifest().sizeBytes());
      try (ProgressLine progress = fetching(output, chosen.manifest().sizeBytes())) {
        store.download(chosen, to, progress);
      }
      return "%s of %s, %d keys, from %s"
          .formatted(
              chosen.path(),
              Instant.ofEpochMilli(chosen.manifest().createdMs()),
              chosen.manifest().keys(),
              store.description());
    }
  }

  /** The snapshot that is meant; without a path the newest one, if there is one shard only. */
  static StoredSnapshot choose(SnapshotStore store, @Nullable String wanted)
      throws IOException, CliException {
    if (wanted != null) {
      return store.get(wanted);
    }
    List<StoredSnapshot> all = store.list();
    long shards = all.stream().map(each -> each.manifest().shard()).distinct().count();
    if (shards > 1) {
      throw new CliException(
          "%s holds snapshots of %d shards; choose one of engram snapshot list by"
                  .formatted(store.description(), shards)
              + " --restore-snapshot");
    }
    return SnapshotOptions.find(store, null);
  }
}
