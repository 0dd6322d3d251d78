package io.engramdb.node.engine.value;

/**
 * What a key holds. A value is changed in place by its own methods; whoever does so must first call
 * {@code Keyspace.edit(entry)}.
 */
public abstract class Value {

  public abstract ValueType type();

  /** The encoding as OBJECT ENCODING names it. */
  public abstract String encoding();

  /** Estimated bytes on the heap, without the entry that holds the value; O(1). */
  public abstract long sizeBytes();

  /** Reads the memory that most commands will read first; the result means nothing. */
  public int preload() {
    return 0;
  }

  /** An independent copy, for COPY. */
  public abstract Value copy();

  /** Checks counters and layout against the content; walks everything. For tests and tools. */
  public void validate() {}

  /**
   * How much work it is to free this value, in allocations; large ones are freed in the background
   * by UNLINK.
   */
  public int elementCount() {
    return 1;
  }
}
