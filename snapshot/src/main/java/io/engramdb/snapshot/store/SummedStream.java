package io.engramdb.snapshot.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Checksum;

/** Counts and sums what is read. One thread; nothing is skipped. */
final class SummedStream extends FilterInputStream {
  private final Checksum sum;
  private long sizeBytes;

  SummedStream(InputStream in, Checksum sum) {
    super(in);
    this.sum = sum;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int size = in.read(bytes, offset, length);
    if (size > 0) {
      sum.update(bytes, offset, size);
      sizeBytes += size;
    }
    return size;
  }

  @Override
  public long skip(long count) throws IOException {
    return readNBytes((int) Math.min(count, 1 << 16)).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
