package io.engramdb.node.base;

/**
 * Checks that are always on: a violated invariant is a programmer's error, and going on would put
 * data at risk.
 */
public final class Invariant {

  private Invariant() {}

  /** Throws with the message if the condition does not hold. */
  public static void check(boolean condition, String message) {
    if (!condition) {
      throw new InvariantViolation(message);
    }
  }

  /** As {@link #check(boolean, String)} with numbers for the message's {@code %d} places. */
  public static void check(boolean condition, String format, long first) {
    if (!condition) {
      throw new InvariantViolation(String.format(format, first));
    }
  }

  /** As {@link #check(boolean, String)} with numbers for the message's {@code %d} places. */
  public static void check(boolean condition, String format, long first, long second) {
    if (!condition) {
      throw new InvariantViolation(String.format(format, first, second));
    }
  }

  /** As {@link #check(boolean, String)} with numbers for the message's {@code %d} places. */
  public static void check(boolean condition, String format, long first, long second, long third) {
    if (!condition) {
      throw new InvariantViolation(String.format(format, first, second, third));
    }
  }

  /** The process must not go on after this. */
  public static final class InvariantViolation extends Error {
    InvariantViolation(String message) {
      super(message);
    }
  }
}
