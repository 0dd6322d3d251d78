package io.engramdb.node.shard;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a command in DATA records, by the name that it has in the log, in whichever case. What
 * the log has are effects: SPOP stands there as SREM. One thread.
 */
public final class CommandSearch {

  private final String name;
  private @Nullable OpenRun openRun;
  private long openRunEpoch;
  private long openRunIndex;

  public CommandSearch(String name) {
    this.name = name;
  }

  /** The next record is another run's first one. */
  public void restart() {
    openRun = null;
  }

  /**
   * Looks at the next record.
   *
   * @return index of the first record of the run that ends here, if the command is in it; else -1
   */
  public long look(long epoch, long index, byte[] record) {
    int parts = EffectCodec.parts(record);
    if (parts == EffectCodec.WHOLE) {
      openRun = null;
      return holds(record, EffectCodec.HEADER_BYTES) ? index : -1;
    }
    if ((parts & EffectCodec.FIRST_PART) != 0) {
      openRun = new OpenRun();
      openRunEpoch = epoch;
      openRunIndex = index;
    }
    OpenRun run = openRun;
    if (run == null || openRunEpoch != epoch) {
      openRun = null;
      return -1;
    }
    run.add(record);
    if ((parts & EffectCodec.LAST_PART) == 0) {
      return -1;
    }
    openRun = null;
    return holds(run.join(), 0) ? openRunIndex : -1;
  }

  private boolean holds(byte[] body, int from) {
    int at = from;
    boolean found = false;
    while (at < body.length && !found) {
      at += EffectCodec.varintLength(EffectCodec.readVarint(body, at));
      int words = EffectCodec.readVarint(body, at);
      at += EffectCodec.varintLength(words);
      for (int i = 0; i < words; i++) {
        int length = EffectCodec.readVarint(body, at);
        at += EffectCodec.varintLength(length);
        if (i == 0) {
          found = new String(body, at, length, StandardCharsets.US_ASCII).equalsIgnoreCase(name);
        }
        at += length;
      }
    }
    return found;
  }
}
