package io.engramdb.node.cli;

/** Something the user must know, in one line; ends the command with {@link ExitCode#FAILED}. */
final class CliException extends Exception {
  private static final long serialVersionUID = 1L;

  CliException(String message) {
    super(message);
  }

  CliException(String message, Throwable cause) {
    super(message, cause);
  }
}
