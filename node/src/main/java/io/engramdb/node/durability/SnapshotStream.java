package io.engramdb.node.durability;

import io.engramdb.snapshot.rdb.RdbChecksum;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotUpload;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries the bytes of a snapshot from the shard's thread, which encodes, to the thread of
 * snapshots, which sums and writes: in chunks, counted until they are written. It never blocks: who
 * encodes looks at {@link #waitingBytes} before it goes on.
 */
final class SnapshotStream extends OutputStream {

  private static final int CHUNK_BYTES = 1 << 16;

  private final SnapshotDirectory directory;
  private final Executor writer;
  private final AtomicLong waitingBytes = new AtomicLong();
  private byte[] chunk = new byte[CHUNK_BYTES];
  private int used;

  /** What went wrong; nothing is written any more. Thread of snapshots. */
  private @Nullable IOException failure;

  /** Over all bytes; thread of snapshots. */
  private long checksum;

  /** Made with the first bytes; thread of snapshots. */
  private @Nullable SnapshotUpload upload;

  SnapshotStream(SnapshotDirectory directory, Executor writer) {
    this.directory = directory;
    this.writer = writer;
  }

  /** Bytes that were given to the writing thread and are not written yet. */
  long waitingBytes() {
    return waitingBytes.get();
  }

  @Override
  public void write(int oneByte) {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    while (left > 0) {
      int some = Math.min(left, chunk.length - used);
      System.arraycopy(bytes, from, chunk, used, some);
      used += some;
      from += some;
      left -= some;
      if (used == chunk.length) {
        send();
      }
    }
  }

  /** Everything so far goes to the writing thread. */
  @Override
  public void flush() {
    if (used > 0) {
      send();
    }
  }

  private void send() {
    byte[] full = used == chunk.length ? chunk : Arrays.copyOf(chunk, used);
    int length = used;
    chunk = new byte[CHUNK_BYTES];
    used = 0;
    waitingBytes.addAndGet(length);
    writer.execute(() -> store(full, length));
  }

  private void store(byte[] bytes, int length) {
    try {
      if (failure == null) {
        checksum = RdbChecksum.update(checksum, bytes, 0, length);
        upload().write(bytes, length);
      }
    } catch (IOException e) {
      failure = e;
    } finally {
      waitingBytes.addAndGet(-length);
    }
  }

  private SnapshotUpload upload() throws IOException {
    SnapshotUpload present = upload;
    if (present == null) {
      present = directory.begin();
      upload = present;
    }
    return present;
  }

  /**
   * Adds the checksum and forces the file; on the thread of snapshots, behind everything that was
   * flushed.
   */
  SnapshotUpload complete() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the snapshot can't be written: " + failed.getMessage(), failed);
    }
    SnapshotUpload file = upload();
    file.write(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(checksum).array(),
        Long.BYTES);
    file.complete();
    return file;
  }

  /** Removes the file; on the thread of snapshots. */
  void abort() {
    SnapshotUpload present = upload;
    if (present != null) {
      present.abort();
    }
    if (failure == null) {
      failure = new IOException("the snapshot was given up");
    }
  }
}
