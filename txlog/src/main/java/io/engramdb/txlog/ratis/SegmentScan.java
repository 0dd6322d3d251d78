package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads one segment file of Ratis, frame by frame, without Ratis.
 *
 * <p>Format (Ratis 3.3.0, {@code SegmentedRaftLogOutputStream}): the 8 bytes "RaftLog1", then
 * frames of: length of the entry as a variable-length number, the entry, CRC32C of both (4 bytes,
 * big-endian). A zero byte where a frame would begin ends the log; only zeros follow it.
 *
 * <p>A segment is read as a whole, at most {@link #MAX_SEGMENT_BYTES}.
 */
public final class SegmentScan {
  private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.UTF_8);
  private static final int CRC_BYTES = 4;
  private static final int MAX_LENGTH_BYTES = 5;

  /** Largest segment file that is read; segments roll at 32 MB. */
  static final long MAX_SEGMENT_BYTES = 256L << 20;

  /** Hears each good entry. */
  @FunctionalInterface
  public interface EntryConsumer {
    /** One entry and the place of its frame in the file. */
    void entry(LogEntryProto entry, long offset) throws IOException;
  }

  private final SegmentFile segment;
  private final byte[] bytes;
  private int position;
  private long lastIndex;
  private @Nullable String problem;
  private boolean torn;

  private SegmentScan(SegmentFile segment, byte[] bytes) {
    this.segment = segment;
    this.bytes = bytes;
    this.lastIndex = segment.startIndex() - 1;
  }

  /** Reads a segment to its end or to its first problem. */
  public static SegmentScan of(SegmentFile segment, EntryConsumer consumer) throws IOException {
    long size = Files.size(segment.path());
    if (size > MAX_SEGMENT_BYTES) {
      throw new IOException(segment.path() + " has " + size + " bytes");
    }
    SegmentScan scan = new SegmentScan(segment, Files.readAllBytes(segment.path()));
    scan.run(consumer);
    return scan;
  }

  /** Last index of the good entries; start index - 1 if there is none. */
  public long lastIndex() {
    return lastIndex;
  }

  /** Where the good part of the file ends. */
  public long goodBytes() {
    return position;
  }

  /** What ended the reading, or null if the segment is good to its end. */
  public @Nullable String problem() {
    return problem;
  }

  /** Whether the problem is one that a crash in the middle of a write leaves behind. */
  public boolean torn() {
    return torn;
  }

  private void run(EntryConsumer consumer) throws IOException {
    if (!readHeader()) {
      return;
    }
    while (problem == null && position < bytes.length) {
      if (bytes[position] == 0) {
        if (!onlyZerosFrom(position)) {
          problem = "bytes after the end of the log at " + position;
        }
        return;
      }
      readFrame(consumer);
    }
  }

  private boolean readHeader() {
    int matching = 0;
    while (matching < HEADER.length
        && matching < bytes.length
        && bytes[matching] == HEADER[matching]) {
      matching++;
    }
    if (matching == HEADER.length) {
      position = HEADER.length;
      return true;
    }
    // The file was just begun: Ratis itself starts it anew.
    if (!onlyZerosFrom(matching)) {
      problem = "no segment header";
    }
    return false;
  }

  private void readFrame(EntryConsumer consumer) throws IOException {
    long length = 0;
    int lengthBytes = 0;
    boolean complete = false;
    while (!complete && lengthBytes < MAX_LENGTH_BYTES && position + lengthBytes < bytes.length) {
      byte b = bytes[position + lengthBytes];
      length |= (long) (b & 0x7f) << (7 * lengthBytes);
      complete = b >= 0;
      lengthBytes++;
    }
    if (!complete || length > RatisOptions.MAX_APPEND.getSize()) {
      fail("length of the frame", (long) position + lengthBytes);
      return;
    }
    long end = (long) position + lengthBytes + length + CRC_BYTES;
    if (end > bytes.length) {
      fail("frame ends after the file", end);
      return;
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, position, lengthBytes + (int) length);
    if ((int) crc.getValue() != ByteBuffer.wrap(bytes).getInt((int) end - CRC_BYTES)) {
      fail("checksum", end);
      return;
    }
    LogEntryProto entry =
        LogEntryProto.parseFrom(
            CodedInputStream.newInstance(bytes, position + lengthBytes, (int) length));
    if (entry.getIndex() != lastIndex + 1) {
      problem = "index " + entry.getIndex() + " after " + lastIndex + " at " + position;
      return;
    }
    consumer.entry(entry, position);
    lastIndex = entry.getIndex();
    position = (int) end;
  }

  private void fail(String what, long frameEnd) {
    problem = "bad frame after index " + lastIndex + " at " + position + ": " + what;
    torn = segment.isOpen() && onlyZerosFrom((int) Math.min(frameEnd, bytes.length));
  }

  private boolean onlyZerosFrom(int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
