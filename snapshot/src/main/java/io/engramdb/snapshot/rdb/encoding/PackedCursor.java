package io.engramdb.snapshot.rdb.encoding;

import java.util.Arrays;

/**
 * Walks the elements of one packed blob, from the first to the last. A cursor is used again for the
 * next blob, so that nothing but the elements themselves is allocated. One thread.
 *
 * <p>Every length is checked against the blob before it is used, and each step moves forward, so a
 * walk ends whatever the blob holds. What only shows at the end (a wrong count, for example) is
 * found by the {@link #next} that would return false: elements that were seen before are not to be
 * believed until then.
 */
public abstract class PackedCursor {
  /** Count of a blob whose header leaves it open. */
  static final int COUNT_UNKNOWN = -1;

  byte[] blob = new byte[0];
  int lengthBytes;
  int at;
  int seen;
  boolean number;
  long value;
  int textStart;
  int textLength;
  private int entryStart;

  PackedCursor() {}

  /**
   * Begins with a blob.
   *
   * @param bytes holds the blob at its start; must not change while the cursor walks
   * @param size bytes of the blob
   */
  public final void open(byte[] bytes, int size) throws PackedException {
    blob = bytes;
    lengthBytes = size;
    seen = 0;
    entryStart = 0;
    openHeader();
  }

  /** Goes to the next element; false at the end, which is then known to be right. */
  public final boolean next() throws PackedException {
    entryStart = at;
    if (!step()) {
      return false;
    }
    seen++;
    return true;
  }

  /** Reads and checks the header; leaves {@link #at} at the first element. */
  abstract void openHeader() throws PackedException;

  /** Reads the element at {@link #at}, or checks the end. */
  abstract boolean step() throws PackedException;

  /** What the header says about the number of elements, or {@link #COUNT_UNKNOWN}. */
  abstract int headerCount();

  /** Elements of the blob. Walks it if the header leaves that open, and starts from the first. */
  public final int count() throws PackedException {
    int count = headerCount();
    if (count != COUNT_UNKNOWN) {
      return count;
    }
    while (next()) {
      // Counted by next.
    }
    int walked = seen;
    open(blob, lengthBytes);
    return walked;
  }

  /** True if the current element is stored as a number. */
  public final boolean isNumber() {
    return number;
  }

  /** The current element, if it is stored as a number. */
  public final long number() {
    return value;
  }

  /** The current element as bytes of the caller's own. */
  public final byte[] bytes() {
    return number
        ? Decimal.bytes(value)
        : Arrays.copyOfRange(blob, textStart, textStart + textLength);
  }

  /** Bytes of the blob. */
  public final int sizeBytes() {
    return lengthBytes;
  }

  /** Byte of the blob at which the current element begins. */
  public final int offset() {
    return entryStart;
  }

  final void setNumber(long found) {
    number = true;
    value = found;
  }

  /** Makes a text the current element if it lies before {@code end}. */
  final void setText(int start, long length, int end) throws PackedException {
    if (length < 0 || length > end - start) {
      throw fault("an element of " + length + " bytes does not fit into the blob");
    }
    number = false;
    textStart = start;
    textLength = (int) length;
  }

  /** Fails unless {@code size} bytes from {@link #at} on lie before {@code end}. */
  final void need(int size, int end) throws PackedException {
    if (size > end - at) {
      throw fault("an element is cut off by the end of the blob");
    }
  }

  final PackedException fault(String reason) {
    return new PackedException(at, reason);
  }

  final int u8(int offset) {
    return blob[offset] & 0xff;
  }

  final int u16(int offset) {
    return u8(offset) | u8(offset + 1) << 8;
  }

  final long u32(int offset) {
    return u16(offset) | (long) u16(offset + 2) << 16;
  }

  /** A signed number of {@code size} bytes, little-endian. */
  final long signed(int offset, int size) {
    long sum = blob[offset + size - 1];
    for (int i = size - 2; i >= 0; i--) {
      sum = sum << 8 | u8(offset + i);
    }
    return sum;
  }
}
