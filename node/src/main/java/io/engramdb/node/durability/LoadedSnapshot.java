package io.engramdb.node.durability;

import io.engramdb.node.engine.Keyspaces;
import io.engramdb.txlog.api.LogPosition;

/** A snapshot in memory, and where the log goes on. Belongs to whoever takes it. */
public record LoadedSnapshot(SnapshotHead head, Keyspaces keyspaces) {

  /** Position of the newest entry that it contains. */
  public LogPosition position() {
    return new LogPosition(head.term(), head.index());
  }
}
