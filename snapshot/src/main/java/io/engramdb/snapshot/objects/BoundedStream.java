package io.engramdb.snapshot.objects;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The first bytes of a stream. One thread. */
public final class BoundedStream extends FilterInputStream {
  private long leftBytes;

  /** As much as this of a stream, which is closed with this one. */
  public BoundedStream(InputStream in, long sizeBytes) {
    super(in);
    leftBytes = sizeBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (leftBytes <= 0) {
      return length == 0 ? 0 : -1;
    }
    int size = in.read(bytes, offset, (int) Math.min(length, leftBytes));
    leftBytes -= Math.max(0, size);
    return size;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = in.skip(Math.min(count, leftBytes));
    leftBytes -= skipped;
    return skipped;
  }

  @Override
  public int available() throws IOException {
    return (int) Math.min(in.available(), leftBytes);
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
