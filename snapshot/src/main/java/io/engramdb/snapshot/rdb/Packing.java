package io.engramdb.snapshot.rdb;

/**
 * Up to what size a writer packs. The numbers are the defaults of servers, so that what is loaded
 * need not be packed anew.
 */
final class Packing {
  /** Members or fields of a packed collection. */
  static final int MAX_ELEMENTS = 128;

  /** Longest member, field or value in one. */
  static final int MAX_ELEMENT_BYTES = 64;

  /** Members of an intset. */
  static final int MAX_INTSET_MEMBERS = 512;

  /** Bytes of a list's node; a longer element has one of its own. */
  static final int LIST_NODE_SIZE_BYTES = 8 << 10;

  /** Bytes of a stream's node, about. */
  static final int STREAM_NODE_SIZE_BYTES = 4 << 10;

  /** Entries of a stream's node. */
  static final int STREAM_NODE_ENTRIES = 100;

  /** Of a list or stream whose count is known, so much is held in order to count its nodes. */
  static final int HELD_SIZE_BYTES = 16 << 20;

  /** Most that is held of a value whose count is not known, or whose layout needs all of it. */
  static final long MAX_HELD_SIZE_BYTES = 1L << 30;

  private Packing() {}

  /** Fails if more is held than may be. */
  static void checkHeld(long sizeBytes) throws RdbRefusal {
    if (sizeBytes > MAX_HELD_SIZE_BYTES) {
      throw new RdbRefusal(
          RdbFault.LIMIT,
          "a value of more than "
              + MAX_HELD_SIZE_BYTES
              + " bytes whose size was not said before can't be written");
    }
  }
}
