package io.engramdb.snapshot.archive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * What a segment says of itself; the layout stands in the package document.
 *
 * @param shard whose log
 * @param incarnation which of the shard's histories
 * @param firstIndex first log index that it covers
 * @param lastIndex last one
 * @param afterIndex last index of the segment before; {@code firstIndex - 1} unless there is a gap
 * @param lastGapIndex first index behind the newest gap of the history; 0 if it has none
 * @param checksumBefore running checksum of the DATA records before it
 * @param checksumAfter the same behind its last record
 * @param recordsBefore DATA records before it
 * @param recordsAfter the same behind its last record
 * @param firstTimeMs time of its first DATA record; 0 if it has none
 * @param lastTimeMs time of the newest DATA record up to its end; 0 if there was none
 * @param coveredMs what was acknowledged before this time lies at or before {@code lastIndex}
 * @param entries how many it has
 * @param bodySizeBytes of all entries
 * @param bodyCrc32c over them
 */
public record SegmentHead(
    UUID shard,
    UUID incarnation,
    long firstIndex,
    long lastIndex,
    long afterIndex,
    long lastGapIndex,
    int checksumBefore,
    int checksumAfter,
    long recordsBefore,
    long recordsAfter,
    long firstTimeMs,
    long lastTimeMs,
    long coveredMs,
    int entries,
    int bodySizeBytes,
    int bodyCrc32c) {

  /** Bytes of a head. */
  static final int BYTES = 138;

  private static final byte[] MAGIC = "EngramAr".getBytes(StandardCharsets.US_ASCII);
  private static final short FORMAT_VERSION = 1;
  private static final int CRC_AT = BYTES - Integer.BYTES;

  /** Whether what stands in the log between the segment before and this one is in neither. */
  public boolean isBehindGap() {
    return afterIndex != firstIndex - 1;
  }

  /** Where it is in a store. */
  public String name() {
    return LogArchive.folder(shard, incarnation) + LogArchive.fileName(firstIndex);
  }

  /** Bytes of the whole segment. */
  public long sizeBytes() {
    return (long) BYTES + bodySizeBytes;
  }

  void encode(ByteBuffer to) {
    int from = to.position();
    to.put(MAGIC).putShort(FORMAT_VERSION);
    to.putLong(shard.getMostSignificantBits()).putLong(shard.getLeastSignificantBits());
    to.putLong(incarnation.getMostSignificantBits()).putLong(incarnation.getLeastSignificantBits());
    to.putLong(firstIndex).putLong(lastIndex).putLong(afterIndex).putLong(lastGapIndex);
    to.putInt(checksumBefore).putInt(checksumAfter);
    to.putLong(recordsBefore).putLong(recordsAfter);
    to.putLong(firstTimeMs).putLong(lastTimeMs).putLong(coveredMs);
    to.putInt(entries).putInt(bodySizeBytes).putInt(bodyCrc32c);
    to.putInt(SegmentBuilder.crc(to.array(), to.arrayOffset() + from, CRC_AT));
  }

  /**
   * Reads a head.
   *
   * @throws ArchiveException if it is damaged, or of a format that is not known
   */
  static SegmentHead decode(byte[] bytes, String name) throws ArchiveException {
    if (bytes.length < BYTES) {
      throw new ArchiveException(name + " ends after " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, BYTES);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new ArchiveException(name + " is no segment of an archived log");
    }
    short version = in.getShort();
    if (version != FORMAT_VERSION) {
      throw new ArchiveException(name + " has format " + version + ", known is " + FORMAT_VERSION);
    }
    if (SegmentBuilder.crc(bytes, 0, CRC_AT) != ByteBuffer.wrap(bytes).getInt(CRC_AT)) {
      throw new ArchiveException(name + " is damaged: the checksum of its head is wrong");
    }
    SegmentHead head =
        new SegmentHead(
            new UUID(in.getLong(), in.getLong()),
            new UUID(in.getLong(), in.getLong()),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getInt(),
            in.getInt(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getInt(),
            in.getInt(),
            in.getInt());
    if (!head.name().equals(name)) {
      throw new ArchiveException(name + " is the segment " + head.name() + " by its head");
    }
    if (head.lastIndex < head.firstIndex || head.bodySizeBytes < 0 || head.entries < 0) {
      throw new ArchiveException(name + " makes no sense: " + head);
    }
    return head;
  }
}
