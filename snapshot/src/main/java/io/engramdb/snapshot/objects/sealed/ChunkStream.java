package io.engramdb.snapshot.objects.sealed;

import java.io.IOException;
import java.io.InputStream;

/** A stream whose bytes come chunk by chunk. One thread. */
abstract class ChunkStream extends InputStream {
  private final long endChunk;
  private long chunk;
  private byte[] bytes;
  private int used;

  /**
   * A stream.
   *
   * @param chunk the first one
   * @param endChunk the one behind the last one
   * @param first bytes that come before all chunks
   */
  ChunkStream(long chunk, long endChunk, byte[] first) {
    this.chunk = chunk;
    this.endChunk = endChunk;
    this.bytes = first;
  }

  /** The bytes of a chunk; may be none. */
  abstract byte[] next(long chunk) throws IOException;

  @Override
  public int read() throws IOException {
    return fill() ? bytes[used++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int some = Math.min(length, bytes.length - used);
    System.arraycopy(bytes, used, to, offset, some);
    used += some;
    return some;
  }

  private boolean fill() throws IOException {
    while (used == bytes.length) {
      if (chunk >= endChunk) {
        return false;
      }
      bytes = next(chunk++);
      used = 0;
    }
    return true;
  }
}
