package io.engramdb.node.durability;

import io.engramdb.node.command.CommandTable;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.shard.ReplayExecutor;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Memory that is made from what this member's disk holds, beside the memory that serves: the newest
 * snapshot that holds, or nothing, and the log behind it. One thread at a time.
 */
final class ReplayedMemory {

  /** What it takes to make one. */
  record Source(
      TxLog log,
      CommandTable table,
      Supplier<Keyspaces> emptyKeyspaces,
      @Nullable ShardRestorer restorer) {

    /**
     * Loads the newest snapshot.
     *
     * @param firstIndex oldest index of the log
     * @throws IOException if none holds and the log does not reach back to its beginning
     */
    ReplayedMemory begin(long firstIndex) throws IOException {
      LoadedSnapshot base = restorer == null ? null : restorer.newest();
      if (base == null && firstIndex > 1) {
        throw new IOException("memory began with a snapshot, and none holds any more");
      }
      Keyspaces fresh = base == null ? emptyKeyspaces.get() : base.keyspaces();
      ReplayExecutor replay = new ReplayExecutor(table, fresh);
      if (base == null) {
        return new ReplayedMemory(log, fresh, replay, firstIndex);
      }
      SnapshotHead head = base.head();
      replay.restore(head.runningChecksum(), head.timeMs(), head.records());
      return new ReplayedMemory(log, fresh, replay, head.index() + 1);
    }
  }

  private final TxLog log;
  private final Keyspaces keyspaces;
  private final ReplayExecutor replay;
  private long nextIndex;

  private ReplayedMemory(TxLog log, Keyspaces keyspaces, ReplayExecutor replay, long nextIndex) {
    this.log = log;
    this.keyspaces = keyspaces;
    this.replay = replay;
    this.nextIndex = nextIndex;
  }

  Keyspaces keyspaces() {
    return keyspaces;
  }

  ReplayExecutor replay() {
    return replay;
  }

  /** Applies the log up to an index, which is committed. */
  void readUpTo(long to) throws IOException {
    if (nextIndex > to) {
      return;
    }
    log.replay(
        nextIndex,
        to,
        (term, index, kind, payload) -> {
          if (kind == RecordKind.DATA) {
            replay.apply(term, payload);
          }
        });
    nextIndex = to + 1;
  }
}
