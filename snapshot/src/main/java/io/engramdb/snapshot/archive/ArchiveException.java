package io.engramdb.snapshot.archive;

import java.io.IOException;

/**
 * An archive does not hold what it should: something is damaged, missing, or of another history.
 */
public final class ArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure.
   *
   * @param message a whole sentence without its full stop, for people
   */
  public ArchiveException(String message) {
    super(message);
  }
}
