package io.engramdb.snapshot.rdb.encoding;

/** A packed blob that breaks its own rules. Carries no stack: whoever reads the file makes one. */
public final class PackedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int offset;

  PackedException(int offset, String reason) {
    super(reason, null, false, false);
    this.offset = offset;
  }

  /** Byte of the blob at which it was seen. */
  public int offset() {
    return offset;
  }
}
