package io.engramdb.node.script;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes, for libraries that build strings. */
final class ByteSink {

  private static final int INITIAL_BYTES = 256;

  private byte[] array = new byte[INITIAL_BYTES];
  private int size;

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
    if (array.length - size < more) {
      array = Arrays.copyOf(array, Math.max(2 * array.length, Math.addExact(size, more)));
    }
  }
}
