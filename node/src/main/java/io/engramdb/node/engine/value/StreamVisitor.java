package io.engramdb.node.engine.value;

/**
 * Sees entries of a stream: first id and size, then as many fields and values, alternating, as an
 * {@link ElementVisitor}. The stream must not change meanwhile.
 */
public interface StreamVisitor extends ElementVisitor {

  /**
   * An entry begins.
   *
   * @return false to see neither this entry nor any other
   */
  boolean entry(long ms, long seq, int pairs);
}
