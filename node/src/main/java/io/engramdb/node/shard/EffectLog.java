package io.engramdb.node.shard;

import org.jspecify.annotations.Nullable;

/** The way of records into the transaction log; implemented in {@code durability}. */
public interface EffectLog {

  /** What a record is for, as far as the shard cares. */
  enum Kind {
    DATA,
    GENESIS,
    LEASE_RENEWAL,
    LEASE_RELEASED,
    SNAPSHOT_FLOOR
  }

  /** Where a record was appended. */
  record Position(long term, long index) {}

  /**
   * Appends one record; never blocks.
   *
   * @param bytes the record; belongs to the log from here on
   * @return the position, or null if it was refused: then nothing more can be appended in this
   *     epoch
   */
  @Nullable Position append(
      long epoch, long sequence, Kind kind, byte[] bytes, int offset, int length);
}
