package io.engramdb.node.engine.value;

/** What objects weigh on the heap, with compact object headers and compressed references. */
final class HeapSize {

  /** Header of an object, bytes. */
  static final int OBJECT_HEADER_BYTES = 8;

  private static final int ARRAY_HEADER_BYTES = 12;

  private HeapSize() {}

  /** Bytes of an array of that many references. */
  static long ofReferences(int length) {
    return (ARRAY_HEADER_BYTES + 4L * length + 7) & ~7L;
  }

  /** Bytes of a byte array of that length. */
  static long ofArray(int length) {
    return (ARRAY_HEADER_BYTES + (long) length + 7) & ~7L;
  }
}
