package io.engramdb.node.durability;

import io.engramdb.node.command.ShardControl.Reload;
import io.engramdb.node.engine.Keyspaces;
import java.io.IOException;
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
  private final ReplayedMemory.Source source;

  MemoryReload(Keyspaces memory, ReplayedMemory.Source source) {
    this.memory = memory;
    this.source = source;
  }

  /**
   * Reads everything before it changes anything.
   *
   * @param firstIndex oldest index of the log
   * @param to index of what memory holds, all of it committed
   */
  Reload run(long firstIndex, long to) {
    try {
      ReplayedMemory fresh = source.begin(firstIndex);
      fresh.readUpTo(to);
      memory.takeOver(fresh.keyspaces());
      LOG.warn("memory is made anew from the disk: {} keys", memory.keyCount());
      return Reload.DONE;
    } catch (IOException | RuntimeException failure) {
      LOG.error("memory could not be made anew from the disk, it stays as it was", failure);
      return Reload.FAILED;
    }
  }
}
