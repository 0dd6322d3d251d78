package io.engramdb.node.engine.value;

/**
 * Texts in an array, each as its length and its bytes. A length: seven bits a byte, the lowest
 * first, the high bit set if another byte follows.
 */
final class PackedText {

  private static final int CONTINUES = 0x80;
  private static final int LENGTH_BITS = 7;

  private PackedText() {}

  /** The length that stands at that place. */
  static int lengthAt(byte[] bytes, int at) {
    int first = bytes[at];
    if (first >= 0) {
      return first;
    }
    int length = 0;
    int shift = 0;
    int place = at;
    int b;
    do {
      b = bytes[place++];
      length |= (b & (CONTINUES - 1)) << shift;
      shift += LENGTH_BITS;
    } while ((b & CONTINUES) != 0);
    return length;
  }

  /** Bytes that a length takes. */
  static int lengthSize(int length) {
    int size = 1;
    for (int rest = length >>> LENGTH_BITS; rest != 0; rest >>>= LENGTH_BITS) {
      size++;
    }
    return size;
  }

  /** Bytes that a text takes, its length included. */
  static int sizeOf(int length) {
    return lengthSize(length) + length;
  }

  /** Bytes that the text at that place takes, its length included. */
  static int sizeAt(byte[] bytes, int at) {
    return sizeOf(lengthAt(bytes, at));
  }

  /** The text at that place. */
  static ByteRange at(byte[] bytes, int at) {
    int length = lengthAt(bytes, at);
    return new ByteRange(bytes, at + lengthSize(length), length);
  }

  /** Writes length and bytes of a text; returns the place behind it. */
  static int write(byte[] bytes, int at, byte[] array, int offset, int length) {
    int place = at;
    int rest = length;
    while (rest >= CONTINUES) {
      bytes[place++] = (byte) (rest | CONTINUES);
      rest >>>= LENGTH_BITS;
    }
    bytes[place++] = (byte) rest;
    System.arraycopy(array, offset, bytes, place, length);
    return place + length;
  }
}
