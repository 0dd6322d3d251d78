package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Writes and reads a small file as a whole: magic (4 bytes), body, CRC32C of both (4 bytes). A
 * write is atomic and durable: new file, force, rename, force of the directory.
 */
final class ChecksummedFile {
  /** No file of this kind is larger. */
  private static final int MAX_BYTES = 64 * 1024;

  private static final int MAGIC_BYTES = 4;
  private static final int CRC_BYTES = 4;

  private ChecksummedFile() {}

  static void write(Path file, int magic, byte[] body) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(MAGIC_BYTES + body.length + CRC_BYTES);
    content.putInt(magic).put(body);
    content.putInt(crc(content.array(), MAGIC_BYTES + body.length)).flip();
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (content.hasRemaining()) {
        channel.write(content);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceDirectory(file.toAbsolutePath().getParent());
  }

  /**
   * The body of a file.
   *
   * @throws IOException if it is not what was written
   */
  static ByteBuffer read(Path file, int magic) throws IOException {
    long size = Files.size(file);
    if (size < MAGIC_BYTES + CRC_BYTES || size > MAX_BYTES) {
      throw new IOException(file + " has " + size + " bytes");
    }
    byte[] content = Files.readAllBytes(file);
    ByteBuffer buffer = ByteBuffer.wrap(content);
    if (buffer.getInt(0) != magic) {
      throw new IOException(file + " is no such file");
    }
    if (buffer.getInt(content.length - CRC_BYTES) != crc(content, content.length - CRC_BYTES)) {
      throw new IOException(file + " is damaged: its checksum does not match");
    }
    return buffer.slice(MAGIC_BYTES, content.length - MAGIC_BYTES - CRC_BYTES);
  }

  /** Makes names in a directory durable. */
  static void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static int crc(byte[] content, int length) {
    CRC32C crc = new CRC32C();
    crc.update(content, 0, length);
    return (int) crc.getValue();
  }
}
