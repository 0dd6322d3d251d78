package io.engramdb.node.durability;

import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the newest snapshot of this node that is whole. Not for the shard's thread: it reads a file
 * of the size of the data.
 *
 * <p>Everything is compared twice: the file with its manifest, the keys with the digest that was
 * taken of the memory when the file was written. One that does not hold is passed over, loudly, for
 * the one before it, which only means more log. If none holds, the log must have everything; a log
 * that was cut refuses to start without a snapshot, so nobody ever begins empty by mistake.
 */
public final class ShardRestorer {

  private static final Logger LOG = LoggerFactory.getLogger(ShardRestorer.class);
  private static final long NANOS_PER_MS = 1_000_000;

  private final SnapshotDirectory directory;
  private final UUID shard;
  private final Supplier<Keyspaces> emptyKeyspaces;
  private final ValueLimits limits;

  /**
   * A restorer.
   *
   * @param shard whose snapshots are taken
   * @param limits how values are packed
   */
  public ShardRestorer(
      SnapshotDirectory directory,
      UUID shard,
      Supplier<Keyspaces> emptyKeyspaces,
      ValueLimits limits) {
    this.directory = directory;
    this.shard = shard;
    this.emptyKeyspaces = emptyKeyspaces;
    this.limits = limits;
  }

  /**
   * The newest snapshot that holds; null if there is none.
   *
   * @throws IOException if the directory can't be read at all
   */
  public @Nullable LoadedSnapshot newest() throws IOException {
    List<SnapshotManifest> all = directory.list();
    UUID incarnation = null;
    for (SnapshotManifest each : all) {
      if (!each.shard().equals(shard)) {
        LOG.warn("snapshot {} belongs to shard {}, it is passed over", each.name(), each.shard());
        continue;
      }
      // Histories can't be told apart by their positions: the newest file says which is ours.
      if (incarnation == null) {
        incarnation = newestHistory(all);
      }
      if (!each.incarnation().equals(incarnation)) {
        LOG.warn("snapshot {} is of another history, it is passed over", each.name());
        continue;
      }
      LoadedSnapshot loaded = tryLoad(each);
      if (loaded != null) {
        return loaded;
      }
    }
    for (SnapshotManifest each : all) {
      if (each.index() == ShardSeed.INDEX && each.shard().equals(shard)) {
        throw new IOException(
            "the file that this shard began with is damaged: "
                + directory.file(each)
                + "; the log does not have what is in it");
      }
    }
    if (!all.isEmpty()) {
      LOG.error("none of {} snapshots holds: all of the log is needed", all.size());
    }
    return null;
  }

  private @Nullable UUID newestHistory(List<SnapshotManifest> all) {
    SnapshotManifest newest = null;
    for (SnapshotManifest each : all) {
      if (each.shard().equals(shard) && (newest == null || each.createdMs() > newest.createdMs())) {
        newest = each;
      }
    }
    return newest == null ? null : newest.incarnation();
  }

  private @Nullable LoadedSnapshot tryLoad(SnapshotManifest manifest) {
    long startNanos = System.nanoTime();
    try {
      LoadedSnapshot loaded = load(manifest);
      LOG.info(
          "snapshot {} is loaded: {} keys in {} ms",
          manifest.name(),
          manifest.keys(),
          (System.nanoTime() - startNanos) / NANOS_PER_MS);
      return loaded;
    } catch (IOException e) {
      directory.reject(manifest);
      LOG.error("SNAPSHOT {} IS DAMAGED, the one before it is tried", manifest.name(), e);
      return null;
    }
  }

  private LoadedSnapshot load(SnapshotManifest manifest) throws IOException {
    return LoadedSnapshot.load(
        manifest, to -> directory.read(manifest, to), emptyKeyspaces.get(), limits, Long.MAX_VALUE);
  }
}
