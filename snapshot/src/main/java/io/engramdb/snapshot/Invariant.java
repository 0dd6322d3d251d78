package io.engramdb.snapshot;

/** Checks that are always on. A failure is a programmer's error and ends the use of the object. */
public final class Invariant {
  private Invariant() {}

  /**
   * Fails with the numbers if the condition does not hold.
   *
   * @param format as {@link String#format}; evaluated only on failure
   */
  public static void check(boolean condition, String format, Object... args) {
    if (!condition) {
      throw new AssertionError(String.format(format, args));
    }
  }
}
