package io.engramdb.node.shard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of a DATA record. Big-endian; epoch and sequence stand in the log's own envelope.
 *
 * <pre>
 * offset size  meaning
 *      0    1  format version, {@value #FORMAT_VERSION}
 *      1    1  parts: bit 0 first part of a run, bit 1 last part; 3 = the run is whole
 *      2    4  effects that end in this record
 *      6    8  shard time of the record, Unix milliseconds
 *     14    4  running checksum: CRC32C of the previous DATA record's running checksum (4 bytes)
 *              and this record's body
 *     18    n  body: effects one after another, or a piece of them if the run is split
 *
 * effect:   varint database, varint words, then for each word varint length and the bytes;
 *           the first word is the command's name
 * varint:   seven bits a byte, lowest first, bit 7 set if more follow
 * </pre>
 *
 * A run larger than one record is cut at any byte and applied only when its last part is there.
 * Effects of different clients' commands may share a record: it is applied whole.
 */
public final class EffectCodec {

  static final int FORMAT_VERSION = 1;
  static final int HEADER_BYTES = 18;
  static final int FIRST_PART = 1;
  static final int LAST_PART = 2;
  static final int WHOLE = FIRST_PART | LAST_PART;

  private static final int PARTS_AT = 1;
  private static final int COUNT_AT = 2;
  private static final int TIME_AT = 6;
  private static final int CHECKSUM_AT = 14;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private EffectCodec() {}

  /**
   * Fills the header in front of a body that stands behind it.
   *
   * @param previousChecksum running checksum of the DATA record before
   * @return the running checksum of this record
   */
  static int seal(
      byte[] record, int length, int parts, int effectCount, long timeMs, int previousChecksum) {
    int checksum = checksum(previousChecksum, record, length);
    writeHeader(record, parts, effectCount, timeMs, checksum);
    return checksum;
  }

  /**
   * Fills the header in front of a body.
   *
   * @param checksum running checksum of this very record
   */
  static void writeHeader(byte[] record, int parts, int effectCount, long timeMs, int checksum) {
    record[0] = FORMAT_VERSION;
    record[PARTS_AT] = (byte) parts;
    INTS.set(record, COUNT_AT, effectCount);
    LONGS.set(record, TIME_AT, timeMs);
    INTS.set(record, CHECKSUM_AT, checksum);
  }

  /** The running checksum after a record with this header and body. */
  public static int checksum(int previousChecksum, byte[] record, int length) {
    return checksum(previousChecksum, record, HEADER_BYTES, length - HEADER_BYTES);
  }

  /** The running checksum after a record with this body. */
  static int checksum(int previousChecksum, byte[] body, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(previousChecksum >>> 24);
    crc.update(previousChecksum >>> 16 & 0xFF);
    crc.update(previousChecksum >>> 8 & 0xFF);
    crc.update(previousChecksum & 0xFF);
    crc.update(body, offset, length);
    return (int) crc.getValue();
  }

  /** Whether the bytes can be a record of this format at all. */
  public static boolean isReadable(byte[] record) {
    return record.length >= HEADER_BYTES && record[0] == FORMAT_VERSION;
  }

  static int parts(byte[] record) {
    return record[PARTS_AT];
  }

  static int effectCount(byte[] record) {
    return (int) INTS.get(record, COUNT_AT);
  }

  /** Shard time of a record, Unix milliseconds. */
  public static long timeMs(byte[] record) {
    return (long) LONGS.get(record, TIME_AT);
  }

  /** The running checksum that a record states. */
  public static int runningChecksum(byte[] record) {
    return (int) INTS.get(record, CHECKSUM_AT);
  }

  /** Bytes of a varint. */
  static int varintLength(int value) {
    return value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
  }

  /** Writes a varint of a non-negative int; returns the offset behind it. */
  static int writeVarint(int value, byte[] buffer, int offset) {
    int at = offset;
    int rest = value;
    while (rest > 0x7F) {
      buffer[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[at++] = (byte) rest;
    return at;
  }

  /** Reads a varint; {@link #varintLength} of it is how far it reaches. */
  static int readVarint(byte[] buffer, int offset) {
    int value = 0;
    int shift = 0;
    int at = offset;
    byte b;
    do {
      b = buffer[at++];
      value |= (b & 0x7F) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }
}
