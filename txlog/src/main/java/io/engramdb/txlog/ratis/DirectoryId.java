package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;

/** The copy of a directory's random id inside the log's folder. Body: the id, 16 bytes. */
final class DirectoryId {
  private static final int MAGIC = 0x45444944;

  private DirectoryId() {}

  static void write(Path file, UUID id) throws IOException {
    ByteBuffer body = ByteBuffer.allocate(16);
    body.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    ChecksummedFile.write(file, MAGIC, body.array());
  }

  static UUID read(Path file) throws IOException {
    ByteBuffer body = ChecksummedFile.read(file, MAGIC);
    return new UUID(body.getLong(), body.getLong());
  }
}
