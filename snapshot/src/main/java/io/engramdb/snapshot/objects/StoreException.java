package io.engramdb.snapshot.objects;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A store could not do what it was asked to; says which kind of fault, and of what. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  private final StoreFault fault;

  /**
   * A failure.
   *
   * @param message a whole sentence without its full stop, for people
   */
  public StoreException(StoreFault fault, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.fault = fault;
  }

  /** A failure that nothing else caused. */
  public StoreException(StoreFault fault, String message) {
    this(fault, message, null);
  }

  public StoreFault fault() {
    return fault;
  }
}
