package io.engramdb.snapshot.rdb.encoding;

import java.util.Arrays;

/**
 * Builds one packed blob, and the next one in the same memory. What it costs is the size of the
 * blob; whoever appends decides when that is enough. One thread.
 */
public abstract class PackedBuilder {
  private static final int INITIAL_SIZE_BYTES = 512;

  /** Memory that is kept from one blob to the next; a larger one is given back. */
  private static final int MAX_KEPT_SIZE_BYTES = 1 << 20;

  byte[] blob = new byte[INITIAL_SIZE_BYTES];
  int at;
  int count;
  private final int headerSizeBytes;

  PackedBuilder(int headerSizeBytes) {
    this.headerSizeBytes = headerSizeBytes;
    this.at = headerSizeBytes;
  }

  /** Forgets everything. */
  public void clear() {
    at = headerSizeBytes;
    count = 0;
    if (blob.length > MAX_KEPT_SIZE_BYTES) {
      blob = new byte[INITIAL_SIZE_BYTES];
    }
  }

  /** Appends an element, as a number if it is the text of one. */
  public final void append(byte[] element) {
    if (Decimal.isNumber(element)) {
      append(Decimal.parse(element));
    } else {
      appendText(element);
    }
  }

  /** Appends a number. */
  public abstract void append(long number);

  abstract void appendText(byte[] text);

  /**
   * Writes header and end mark; the blob is then the first {@link #sizeBytes} of {@link #array}.
   */
  public abstract void finish();

  /** Number of elements. */
  public final int count() {
    return count;
  }

  /** Bytes so far; the whole blob after {@link #finish}. */
  public final int sizeBytes() {
    return at;
  }

  /** The memory of the blob; good until the builder is used again. */
  public final byte[] array() {
    return blob;
  }

  /** The finished blob as an array of the caller's own. */
  public final byte[] toByteArray() {
    return Arrays.copyOf(blob, at);
  }

  /** Makes room for {@code more} bytes. */
  final void room(int more) {
    int needed = Math.addExact(at, more);
    if (needed > blob.length) {
      blob = Arrays.copyOf(blob, Math.max(needed, (int) Math.min(2L * blob.length, 1 << 30)));
    }
  }

  final void put(int oneByte) {
    blob[at++] = (byte) oneByte;
  }

  final void put(byte[] bytes) {
    System.arraycopy(bytes, 0, blob, at, bytes.length);
    at += bytes.length;
  }

  /** The low {@code size} bytes of a number, little-endian. */
  final void putLittle(long number, int size) {
    for (int i = 0; i < size; i++) {
      put((int) (number >> 8 * i));
    }
  }

  final void setLittle(int offset, long number, int size) {
    int end = at;
    at = offset;
    putLittle(number, size);
    at = end;
  }

  /** True if a signed number of that many bytes can hold it. */
  static boolean fits(long number, int size) {
    int unused = Long.SIZE - 8 * size;
    return number << unused >> unused == number;
  }
}
