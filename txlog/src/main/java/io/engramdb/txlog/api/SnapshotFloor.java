package io.engramdb.txlog.api;

import java.nio.ByteBuffer;

/**
 * The part of a {@link RecordKind#SNAPSHOT_FLOOR} record that the log understands. What follows it
 * belongs to the shard.
 *
 * <table>
 * <caption>Layout, big-endian</caption>
 * <tr><th>offset</th><th>size</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>term of the last record that is no longer needed</td></tr>
 * <tr><td>8</td><td>8</td><td>its index</td></tr>
 * <tr><td>16</td><td>…</td><td>the shard's own</td></tr>
 * </table>
 */
public final class SnapshotFloor {
  /** Bytes of the part that the log understands. */
  public static final int BYTES = 16;

  private SnapshotFloor() {}

  /** A payload that allows the log to be cut up to and including a position. */
  public static byte[] payload(LogPosition floor, byte[] shardBytes) {
    return ByteBuffer.allocate(BYTES + shardBytes.length)
        .putLong(floor.term())
        .putLong(floor.index())
        .put(shardBytes)
        .array();
  }

  /**
   * The position in a payload.
   *
   * @throws IllegalArgumentException if it is too short
   */
  public static LogPosition position(byte[] payload) {
    if (payload.length < BYTES) {
      throw new IllegalArgumentException("snapshot floor of " + payload.length + " bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(payload);
    return new LogPosition(buffer.getLong(), buffer.getLong());
  }
}
