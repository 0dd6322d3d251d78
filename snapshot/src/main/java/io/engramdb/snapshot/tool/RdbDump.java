package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * Shows what an RDB file holds: a line of JSON per key, every name and value in base64.
 *
 * <pre>
 * {"db":0,"key":…,"type":"string|list|set|zset|hash|stream","expireAtMs":ms or null,"value":…}
 *   string  the value                 list  elements from head to tail
 *   set     members                   zset  [member, score as %.17g] by score, then member
 *   hash    [field, value]; then "fieldExpireAtMs":{field: ms} if any expires
 *   stream  {"length","lastId","entries":[{"id","fields":[[field,value]…]}…],"groups":[{"name",
 *           "lastDeliveredId","entriesRead","pel":[{"id","consumer","deliveryTimeMs",
 *           "deliveryCount"}…],"consumers":[{"name","seenTimeMs","pel":[id…],"activeTimeMs"}…]}…],
 *           "entriesAdded","maxDeletedId","firstId"}
 * </pre>
 *
 * Before the value stands {@code lfuFreq} or {@code lruIdleSecondsApprox} if some key of the file
 * has one. {@code activeTimeMs} is left out below version 11. Sets, hashes, groups and consumers
 * are in the order of their bytes.
 */
public final class RdbDump {
  /** Part of the memory that the index of keys, or one value, may take. */
  private static final int HELD_SHARE = 4;

  private RdbDump() {}

  /** Order of the lines. */
  public enum Order {
    /**
     * By database and name of the key. Reads the file twice, and writes nothing if it is damaged.
     */
    KEY,
    /** As in the file, in one go and in little memory; what precedes a fault is written. */
    FILE
  }

  /**
   * Writes a line for each key.
   *
   * @throws RdbException the file is damaged
   */
  public static void dump(Path file, Order order, ModulePolicy modules, OutputStream target)
      throws IOException {
    long memorySizeBytes = Runtime.getRuntime().maxMemory();
    long maxHeldBytes = memorySizeBytes / HELD_SHARE;
    RdbLimits limits = ToolLimits.of(memorySizeBytes);
    JsonOutput out = JsonOutput.to(target);
    JsonKeys keys = new JsonKeys(out, maxHeldBytes);
    try (RdbReader reader = RdbReader.open(file, limits, modules)) {
      if (order == Order.FILE) {
        try {
          reader.read(keys);
        } catch (RdbException e) {
          out.dropUnfinishedLine();
          throw e;
        } finally {
          out.flush();
        }
        return;
      }
      KeyIndex index = new KeyIndex(maxHeldBytes);
      reader.read(index);
      keys.header(reader.version());
      keys.showIdle(index.anyIdle());
      keys.showFrequency(index.anyFrequency());
      for (KeyIndex.Place place : index.sorted()) {
        reader.readRecord(place.database(), place.offset(), keys);
      }
      out.flush();
    }
  }
}
