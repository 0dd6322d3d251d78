package io.engramdb.snapshot.archive;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A segment in memory.
 *
 * @param bytes head and entries; nobody changes them
 */
public record Segment(SegmentHead head, byte[] bytes) {

  /** Hears records in the order of the log. */
  @FunctionalInterface
  public interface Consumer {
    void record(ArchivedRecord record) throws IOException;
  }

  /**
   * Takes bytes that were read.
   *
   * @throws ArchiveException if they are not those that were written under that name
   */
  static Segment decode(byte[] bytes, String name) throws ArchiveException {
    SegmentHead head = SegmentHead.decode(bytes, name);
    if (bytes.length != head.sizeBytes()) {
      throw new ArchiveException(
          name + " has " + bytes.length + " bytes, its head says " + head.sizeBytes());
    }
    int crc = SegmentBuilder.crc(bytes, SegmentHead.BYTES, head.bodySizeBytes());
    if (crc != head.bodyCrc32c()) {
      throw new ArchiveException(
          "%s is damaged: the checksum of its entries is %08x, expected %08x"
              .formatted(name, crc, head.bodyCrc32c()));
    }
    return new Segment(head, bytes);
  }

  /** Shows the records. */
  public void read(Consumer to) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    in.position(SegmentHead.BYTES);
    long before = head.firstIndex() - 1;
    for (int i = 0; i < head.entries(); i++) {
      ArchivedRecord record = next(in);
      if (record.index() <= before || record.index() > head.lastIndex()) {
        throw new ArchiveException(
            head.name() + " is damaged: index " + record.index() + " behind " + before);
      }
      before = record.index();
      to.record(record);
    }
    if (in.hasRemaining()) {
      throw new ArchiveException(head.name() + " is damaged: bytes behind its last entry");
    }
  }

  private ArchivedRecord next(ByteBuffer in) throws ArchiveException {
    int from = in.position();
    int length = in.remaining() < SegmentBuilder.ENTRY_BYTES ? -1 : in.getInt();
    int rest = SegmentBuilder.ENTRY_BYTES - Integer.BYTES;
    if (length < 0 || length > in.remaining() - rest) {
      throw new ArchiveException(head.name() + " is damaged at byte " + from);
    }
    byte kind = in.get();
    long term = in.getLong();
    long index = in.getLong();
    long timeMs = in.getLong();
    byte[] payload = new byte[length];
    in.get(payload);
    if (SegmentBuilder.crc(bytes, from, in.position() - from) != in.getInt()) {
      throw new ArchiveException(head.name() + " is damaged at byte " + from);
    }
    return new ArchivedRecord(kind, term, index, timeMs, payload);
  }
}
