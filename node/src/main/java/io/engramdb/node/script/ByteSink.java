package io.engramdb.node.script;

import io.engramdb.node.command.CommandError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes, for libraries that build strings. */
final class ByteSink {

  static final CommandError TOO_LONG =
      CommandError.err("string exceeds maximum allowed size (proto-max-bulk-len)");

  private static final int INITIAL_BYTES = 256;

  private final int maxBytes;
  private byte[] array = new byte[INITIAL_BYTES];
  private int size;

  /** Throws {@link #TOO_LONG} instead of growing further than that. */
  ByteSink(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  void write(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void write(byte[] bytes) {
    write(bytes, 0, bytes.length);
  }

  void write(byte[] bytes, int offset, int length) {
    reserve(length);
    System.arraycopy(bytes, offset, array, size, length);
    size += length;
  }

  void write(String ascii) {
    write(ascii.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Writes the lowest bytes of a value, the highest of them first. */
  void writeBigEndian(long value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) {
      write((int) (i >= Long.BYTES ? 0 : value >>> 8 * i));
    }
  }

  int size() {
    return size;
  }

  byte[] bytes() {
    return Arrays.copyOf(array, size);
  }

  private void reserve(int more) {
    if (more > maxBytes - size) {
      throw TOO_LONG;
    }
    if (array.length - size < more) {
      int doubled = (int) Math.min(maxBytes, 2L * array.length);
      array = Arrays.copyOf(array, Math.max(doubled, size + more));
    }
  }
}
