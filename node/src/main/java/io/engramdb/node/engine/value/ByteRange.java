package io.engramdb.node.engine.value;

import java.util.Arrays;

/**
 * Some bytes of an array that belongs to somebody else: of a request, or of a value until that
 * value changes. Short-lived; whoever keeps the bytes copies them.
 */
public final class ByteRange {

  private final byte[] array;
  private final int offset;
  private final int length;

  public ByteRange(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** A whole array. */
  public static ByteRange of(byte[] array) {
    return new ByteRange(array, 0, array.length);
  }

  public byte[] array() {
    return array;
  }

  public int offset() {
    return offset;
  }

  public int length() {
    return length;
  }

  /** An array of their own with these bytes. */
  public byte[] copy() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** Whether {@code length} bytes of another array from {@code otherOffset} on are the same. */
  boolean matches(byte[] other, int otherOffset, int otherLength) {
    return length == otherLength
        && Arrays.equals(
            array, offset, offset + length, other, otherOffset, otherOffset + otherLength);
  }
}
