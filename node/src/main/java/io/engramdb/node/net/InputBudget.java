package io.engramdb.node.net;

/**
 * What the requests of all connections that are not complete yet may take together, so that a value
 * that this heap can't bear costs its sender an error and not the process its life. Event loop
 * only.
 */
final class InputBudget {

  /** Requests up to this size are small: large ones must not keep them out, bytes. */
  static final int SMALL_BYTES = RequestInput.MAX_READ_BYTES;

  /** Of the budget, in percent, for small requests when large ones have filled it. */
  private static final int SMALL_PERCENT = 25;

  private long heldBytes;

  /** Bytes of all arrays. */
  long heldBytes() {
    return heldBytes;
  }

  /**
   * Whether a request may grow.
   *
   * @param ownBytes what its connection holds already
   * @param neededBytes what it needs in all, as far as its client has announced it
   * @param limitBytes the budget
   */
  boolean allows(long ownBytes, long neededBytes, long limitBytes) {
    long more = neededBytes <= SMALL_BYTES ? limitBytes / 100 * SMALL_PERCENT : 0;
    return heldBytes - ownBytes + neededBytes <= limitBytes + more;
  }

  void changed(long bytes) {
    heldBytes += bytes;
  }
}
