package io.engramdb.node.engine;

/**
 * Walks every database of a shard and checks the engine's own invariants: hash tables, expiry
 * index, slot counts, memory account, layout of values. Between commands only; O(data).
 */
public final class KeyspaceValidator {

  private KeyspaceValidator() {}

  /** Throws {@code InvariantViolation} with the numbers if anything is wrong. */
  public static void validate(Keyspaces keyspaces) {
    for (int i = 0; i < keyspaces.count(); i++) {
      keyspaces.database(i).validate();
    }
  }
}
