package io.engramdb.snapshot.store;

import io.engramdb.snapshot.rdb.ReadWatcher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a stream to a file that is there whole, or not at all. */
public final class FileCopy {
  private static final int BUFFER_SIZE_BYTES = 1 << 18;

  /** Decides about a file before it gets its name. */
  public interface Check {
    void accept(long sizeBytes) throws IOException;
  }

  private FileCopy() {}

  /**
   * Writes it, forced, under another name first.
   *
   * @param in closed in any case
   * @param check called when everything is written; if it fails, there is no file
   */
  public static void write(InputStream in, Path file, Check check) throws IOException {
    write(in, file, check, ReadWatcher.NONE);
  }

  /** As {@link #write(InputStream, Path, Check)}, with somebody who hears how far it is. */
  public static void write(InputStream in, Path file, Check check, ReadWatcher watcher)
      throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try (in) {
      if (Files.exists(file)) {
        throw new FileAlreadyExistsException(file.toString());
      }
      check.accept(copy(in, temporary, watcher));
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static long copy(InputStream in, Path to, ReadWatcher watcher) throws IOException {
    long sizeBytes = 0;
    try (FileChannel channel =
        FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[BUFFER_SIZE_BYTES];
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, size);
        while (bytes.hasRemaining()) {
          sizeBytes += channel.write(bytes);
        }
        watcher.at(0, sizeBytes);
      }
      channel.force(true);
    }
    return sizeBytes;
  }
}
