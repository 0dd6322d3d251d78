package io.engramdb.node.cli;

/** Exit codes of the {@code engram} command; part of its interface. */
final class ExitCode {
  /** Done; for {@code status}: every member is up and a primary serves. */
  static final int OK = 0;

  /** The work could not be done. */
  static final int FAILED = 1;

  /** {@code status}: a primary serves, but a member is missing. */
  static final int DEGRADED = 1;

  /** {@code status}: no primary serves. */
  static final int DOWN = 2;

  /** Used by the launcher script: no Java 25, no Maven, or the build failed. */
  static final int LAUNCHER = 3;

  /** The command line itself is wrong. */
  static final int USAGE = 64;

  private ExitCode() {}
}
