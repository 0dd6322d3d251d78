package io.engramdb.node.engine.value;

/** What objects weigh on the heap, with compact object headers and compressed references. */
public final class HeapSize {

  /** Header of an object, bytes. */
  static final int OBJECT_HEADER_BYTES = 8;

  /** Objects and arrays begin at multiples of this. */
  private static final int ALIGNMENT_BYTES = 8;

  private static final int ARRAY_HEADER_BYTES = 12;

  private HeapSize() {}

  /** Bytes of an array of that many references. */
  public static long ofReferences(long length) {
    return aligned(ARRAY_HEADER_BYTES + 4L * length);
  }

  /** Bytes of an array of that many longs. */
  public static long ofLongs(int length) {
    return ARRAY_HEADER_BYTES + 4 + (long) Long.BYTES * length;
  }

  /** Bytes of a byte array of that length. */
  public static long ofArray(int length) {
    return aligned(ARRAY_HEADER_BYTES + (long) length);
  }

  /** The longest byte array that weighs no more than one of that length. */
  static int roomOf(int length) {
    return (int) (ofArray(length) - ARRAY_HEADER_BYTES);
  }

  private static long aligned(long sizeBytes) {
    return (sizeBytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
  }
}
