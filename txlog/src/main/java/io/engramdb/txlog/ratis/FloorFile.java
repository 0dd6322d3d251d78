package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What of the log was purged, or is about to be: position of the last entry that is gone. Written
 * before the purge, so that a start never finds a log that begins later than the file says.
 *
 * <p>Body: version (4 bytes, 1), term (8), index (8), big-endian.
 */
final class FloorFile {
  private static final int MAGIC = 0x45464C52;
  private static final int VERSION = 1;
  private static final int BODY_BYTES = 20;

  private FloorFile() {}

  static void write(Path file, LogPosition floor) throws IOException {
    ByteBuffer body = ByteBuffer.allocate(BODY_BYTES);
    body.putInt(VERSION).putLong(floor.term()).putLong(floor.index());
    ChecksummedFile.write(file, MAGIC, body.array());
  }

  /** The floor, or {@link LogPosition#NONE} if nothing was ever purged. */
  static LogPosition read(Path file) throws IOException {
    if (Files.notExists(file)) {
      return LogPosition.NONE;
    }
    ByteBuffer body = ChecksummedFile.read(file, MAGIC);
    int version = body.getInt();
    if (version != VERSION || body.remaining() != BODY_BYTES - 4) {
      throw new IOException(file + " has version " + version + ", known is " + VERSION);
    }
    return new LogPosition(body.getLong(), body.getLong());
  }
}
