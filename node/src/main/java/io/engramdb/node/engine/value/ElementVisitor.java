package io.engramdb.node.engine.value;

/**
 * Sees the elements of a collection in the form in which they are kept; the collection must not
 * change meanwhile. The bytes are valid until the collection changes.
 */
public interface ElementVisitor {

  /**
   * An element as text.
   *
   * @return whether to go on
   */
  boolean text(byte[] array, int offset, int length);

  /**
   * An element that is an integer, whose text is its strict decimal form.
   *
   * @return whether to go on
   */
  boolean integer(long value);
}
