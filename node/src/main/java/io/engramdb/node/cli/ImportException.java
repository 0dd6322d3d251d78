package io.engramdb.node.cli;

import java.io.IOException;

/** Why an import can't go on, in one line; what the source and its connection do is another one. */
final class ImportException extends IOException {
  private static final long serialVersionUID = 1L;

  ImportException(String message) {
    super(message);
  }
}
