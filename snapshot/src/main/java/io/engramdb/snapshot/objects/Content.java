package io.engramdb.snapshot.objects;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Bytes that can be read more than once, and are the same each time. */
public interface Content {

  long sizeBytes();

  /** A stream of the bytes from this one to the last. */
  InputStream open(long fromByte) throws IOException;

  /** The bytes of a file that nobody changes. */
  static Content of(Path file) throws IOException {
    long sizeBytes = Files.size(file);
    return new Content() {
      @Override
      public long sizeBytes() {
        return sizeBytes;
      }

      @Override
      public InputStream open(long fromByte) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        channel.position(fromByte);
        return Channels.newInputStream(channel);
      }
    };
  }

  /** Bytes in memory; they must not be changed any more. */
  static Content of(byte[] bytes) {
    return new Content() {
      @Override
      public long sizeBytes() {
        return bytes.length;
      }

      @Override
      public InputStream open(long fromByte) {
        int from = Math.toIntExact(fromByte);
        return new ByteArrayInputStream(bytes, from, bytes.length - from);
      }
    };
  }
}
