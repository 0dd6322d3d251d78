package io.engramdb.snapshot.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** A snapshot's file while it is written, under a name that means nothing. One thread. */
public final class SnapshotUpload {

  private final Path file;
  private final FileChannel channel;
  private final CRC32C sum = new CRC32C();
  private long sizeBytes;

  SnapshotUpload(Path file) throws IOException {
    this.file = file;
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Adds bytes at the end. */
  public void write(byte[] bytes, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    sum.update(bytes, 0, length);
    sizeBytes += length;
  }

  /** The file is complete: it is on disk when this returns. */
  public void complete() throws IOException {
    channel.force(true);
    channel.close();
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  /** CRC-32C of everything written. */
  public int crc32c() {
    return (int) sum.getValue();
  }

  Path file() {
    return file;
  }

  /** Gives the file up; idempotent, and without effect once it is published. */
  public void abort() {
    try {
      channel.close();
      Files.deleteIfExists(file);
    } catch (IOException leftBehind) {
      // The next start removes what has no name.
    }
  }
}
