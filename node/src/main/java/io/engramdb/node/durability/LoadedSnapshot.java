package io.engramdb.node.durability;

import io.engramdb.node.engine.KeyspaceObserver;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.rdb.RdbTee;
import io.engramdb.node.rdb.RdbToKeyspace;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.LogPosition;
import java.io.IOException;

/** A snapshot in memory, and where the log goes on. Belongs to whoever takes it. */
public record LoadedSnapshot(SnapshotHead head, Keyspaces keyspaces) {

  /** Shows the keys of a snapshot's file, which is compared with its manifest on the way. */
  interface File {
    void read(RdbVisitor to) throws IOException;
  }

  /**
   * Loads a snapshot and compares what was loaded with its manifest.
   *
   * @param into where the keys go, empty; worth nothing if this fails
   * @param maxSizeBytes estimated bytes that they may take
   */
  static LoadedSnapshot load(
      SnapshotManifest manifest, File file, Keyspaces into, ValueLimits limits, long maxSizeBytes)
      throws IOException {
    into.observe(KeyspaceObserver.NONE);
    RdbDigest digest = new RdbDigest();
    SnapshotHead.Reader remarks = new SnapshotHead.Reader();
    RdbToKeyspace loader =
        new RdbToKeyspace(into, limits, RdbToKeyspace.KEEP_EXPIRED, maxSizeBytes);
    file.read(new RdbTee(loader, digest, remarks::aux));
    into.endCommand();
    into.users().load(remarks.users());
    remarks.scripts().forEach(into.scripts()::addScript);
    SnapshotDirectory.compare(manifest, digest);
    SnapshotHead head = remarks.head();
    SnapshotHead said = SnapshotHead.of(manifest);
    if (!head.equals(said) || loader.keys() != manifest.keys()) {
      throw new IOException("the snapshot says " + head + ", its manifest " + said);
    }
    return new LoadedSnapshot(head, into);
  }

  /** Position of the newest entry that it contains. */
  public LogPosition position() {
    return new LogPosition(head.term(), head.index());
  }
}
