package io.engramdb.snapshot.store;

/**
 * A snapshot in a store.
 *
 * @param path common beginning of the names of its objects
 * @param manifest what it says of itself
 */
public record StoredSnapshot(String path, SnapshotManifest manifest) {

  /** Whether retention may delete it. */
  public boolean isAutomatic() {
    return path.startsWith(SnapshotSeries.AUTOMATIC.folder() + "/");
  }

  String rdb() {
    return path + SnapshotStore.RDB;
  }

  String manifestName() {
    return path + SnapshotStore.MANIFEST;
  }
}
