package io.engramdb.node.engine.value;

/**
 * A border between members of a sorted set. Whatever is below it must stand before whatever is not.
 */
@FunctionalInterface
public interface RankBound {

  /** Whether a member stands below the border. */
  boolean isAbove(double score, byte[] array, int offset, int length);
}
