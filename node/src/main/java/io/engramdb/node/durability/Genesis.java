package io.engramdb.node.durability;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The first record of a shard: what must be one value for all its nodes for ever.
 *
 * <pre>
 * offset size  meaning (big-endian)
 *      0    1  format version: 1, or 2 if the shard began with a file
 *      1   16  incarnation: random, new with each restore
 *     17    8  lease duration D, milliseconds
 * </pre>
 *
 * @param seeded the shard began with a snapshot before its first record; see {@link ShardSeed}
 */
public record Genesis(UUID incarnation, long leaseDurationMs, boolean seeded) {

  private static final byte FORMAT_VERSION = 1;
  private static final byte SEEDED_VERSION = 2;
  private static final int BYTES = 25;

  /** Of a shard that began empty. */
  public Genesis(UUID incarnation, long leaseDurationMs) {
    this(incarnation, leaseDurationMs, false);
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .put(seeded ? SEEDED_VERSION : FORMAT_VERSION)
        .putLong(incarnation.getMostSignificantBits())
        .putLong(incarnation.getLeastSignificantBits())
        .putLong(leaseDurationMs)
        .array();
  }

  /**
   * Reads a record's bytes.
   *
   * @throws IllegalArgumentException if they are none of this format
   */
  static Genesis decode(byte[] bytes) {
    if (bytes.length != BYTES || (bytes[0] != FORMAT_VERSION && bytes[0] != SEEDED_VERSION)) {
      throw new IllegalArgumentException("a genesis record of unknown format");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, BYTES - 1);
    UUID incarnation = new UUID(in.getLong(), in.getLong());
    return new Genesis(incarnation, in.getLong(), bytes[0] == SEEDED_VERSION);
  }
}
