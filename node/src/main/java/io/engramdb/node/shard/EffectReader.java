package io.engramdb.node.shard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives the effects of DATA records that are read from the log, for whoever is no shard. A split
 * run is given with its last part; one that was cut short is not given at all. One thread.
 */
public final class EffectReader {

  /** One effect: a command and its database. */
  public record Effect(int database, byte[][] words) {}

  private @Nullable OpenRun openRun;
  private long openRunEpoch;

  /**
   * The effects that end in a record, in their order.
   *
   * @param epoch the record's epoch
   * @param record belongs to this reader from here on
   */
  public List<Effect> read(long epoch, byte[] record) {
    if (!EffectCodec.isReadable(record)) {
      throw new IllegalStateException("a record of unknown format");
    }
    if (openRun != null && openRunEpoch != epoch) {
      openRun = null;
    }
    int parts = EffectCodec.parts(record);
    if (parts == EffectCodec.WHOLE) {
      return effects(record, EffectCodec.HEADER_BYTES);
    }
    if ((parts & EffectCodec.FIRST_PART) != 0) {
      openRun = new OpenRun();
      openRunEpoch = epoch;
    }
    OpenRun run = openRun;
    if (run == null) {
      throw new IllegalStateException("a part of a run whose beginning is missing");
    }
    run.add(record);
    if ((parts & EffectCodec.LAST_PART) == 0) {
      return List.of();
    }
    openRun = null;
    return effects(run.join(), 0);
  }

  private static List<Effect> effects(byte[] body, int from) {
    List<Effect> effects = new ArrayList<>();
    int at = from;
    while (at < body.length) {
      int database = EffectCodec.readVarint(body, at);
      at += EffectCodec.varintLength(database);
      byte[][] words = new byte[EffectCodec.readVarint(body, at)][];
      at += EffectCodec.varintLength(words.length);
      for (int i = 0; i < words.length; i++) {
        int length = EffectCodec.readVarint(body, at);
        at += EffectCodec.varintLength(length);
        words[i] = Arrays.copyOfRange(body, at, at + length);
        at += length;
      }
      effects.add(new Effect(database, words));
    }
    return effects;
  }
}
