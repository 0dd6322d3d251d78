package io.engramdb.snapshot.rdb;

import java.io.IOException;

/**
 * Thrown by a visitor that does not take what it is given: a key that it has already, a value that
 * is too large for it. The reader adds place and key and makes an {@link RdbException} of it.
 */
public final class RdbRefusal extends IOException {
  private static final long serialVersionUID = 1L;

  private final RdbFault fault;

  /** A refusal in the visitor's words. */
  public RdbRefusal(String reason) {
    this(RdbFault.REFUSED, reason);
  }

  /** A refusal that is one of the faults which the reader itself finds in other cases. */
  public RdbRefusal(RdbFault fault, String reason) {
    super(reason);
    this.fault = fault;
  }

  RdbFault fault() {
    return fault;
  }
}
