package io.engramdb.it.history;

import org.jspecify.annotations.Nullable;

/**
 * One operation on one key, as its client saw it.
 *
 * @param value WRITE: the value; READ: what was read, null for a missing key; ADD: the token
 * @param result ADD: what the store answered; null otherwise or if unknown
 * @param invokedNs when the client sent it
 * @param returnedNs when the answer came; {@link #NEVER} if none came (outcome unknown)
 */
public record Operation(
    int client,
    String key,
    Kind kind,
    @Nullable String value,
    @Nullable Long result,
    long invokedNs,
    long returnedNs) {
  public static final long NEVER = Long.MAX_VALUE;

  /** What it does to its key. */
  public enum Kind {
    /** Replaces the value. */
    WRITE,
    /** Changes nothing. */
    READ,
    /** Adds to a counter, a set or a list. */
    ADD
  }

  public boolean isKnown() {
    return returnedNs != NEVER;
  }

  @Override
  public String toString() {
    return "client %d %s %s %s%s [%s .. %s]"
        .formatted(
            client,
            kind,
            key,
            value,
            result == null ? "" : " -> " + result,
            invokedNs,
            isKnown() ? "" + returnedNs : "unknown");
  }
}
