package io.engramdb.node.engine.value;

/** Sees the members of a sorted set with their scores; the set must not change meanwhile. */
@FunctionalInterface
public interface ScoredVisitor {

  /**
   * One member. The bytes are valid until the set changes.
   *
   * @return whether to go on
   */
  boolean member(byte[] array, int offset, int length, double score);
}
