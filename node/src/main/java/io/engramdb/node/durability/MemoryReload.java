package io.engramdb.node.durability;

import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ShardControl.Reload;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.shard.ReplayExecutor;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges the memory of a primary for what its disk gives: the newest snapshot that holds and the
 * log behind it, as a restart would. For those who want to see that both are the same; a shard
 * whose memory is ahead of the log has {@link Rebuilder}. Shard thread only, which stands still for
 * as long as it takes.
 */
final class MemoryReload {

  private static final Logger LOG = LoggerFactory.getLogger(MemoryReload.class);

  private final Keyspaces memory;
  private final TxLog log;
  private final CommandTable table;
  private final Supplier<Keyspaces> emptyKeyspaces;
  private final @Nullable ShardRestorer restorer;

  MemoryReload(
      Keyspaces memory,
      TxLog log,
      CommandTable table,
      Supplier<Keyspaces> emptyKeyspaces,
      @Nullable ShardRestorer restorer) {
    this.memory = memory;
    this.log = log;
    this.table = table;
    this.emptyKeyspaces = emptyKeyspaces;
    this.restorer = restorer;
  }

  /**
   * Reads everything before it changes anything.
   *
   * @param firstIndex oldest index of the log
   * @param to index of what memory holds, all of it committed
   */
  Reload run(long firstIndex, long to) {
    try {
      LoadedSnapshot base = restorer == null ? null : restorer.newest();
      if (base == null && firstIndex > 1) {
        throw new IOException("memory began with a snapshot, and none holds any more");
      }
      Keyspaces fresh = base == null ? emptyKeyspaces.get() : base.keyspaces();
      ReplayExecutor into = new ReplayExecutor(table, fresh);
      long from = firstIndex;
      if (base != null) {
        SnapshotHead head = base.head();
        into.restore(head.runningChecksum(), head.timeMs(), head.records());
        from = head.index() + 1;
      }
      if (from <= to) {
        log.replay(
            from,
            to,
            (term, index, kind, payload) -> {
              if (kind == RecordKind.DATA) {
                into.apply(term, payload);
              }
            });
      }
      memory.takeOver(fresh);
      LOG.warn("memory is made anew from the disk: {} keys", memory.keyCount());
      return Reload.DONE;
    } catch (IOException | RuntimeException failure) {
      LOG.error("memory could not be made anew from the disk, it stays as it was", failure);
      return Reload.FAILED;
    }
  }
}
