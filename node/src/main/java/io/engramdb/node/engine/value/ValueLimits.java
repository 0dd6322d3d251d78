package io.engramdb.node.engine.value;

/**
 * Sizes up to which collections stay packed, and how long a string may get. CONFIG SET changes them
 * on any thread; a shard that sees a change a little later only packs a value otherwise, which no
 * client can tell but by OBJECT ENCODING.
 */
public final class ValueLimits {

  /** Fields of a packed hash at most (hash-max-listpack-entries). */
  public volatile int hashPackedEntries = 512;

  /** Bytes of a field or value in a packed hash at most (hash-max-listpack-value). */
  public volatile int hashPackedValueBytes = 64;

  /**
   * Bytes that a string may grow to (proto-max-bulk-len); never more than {@link
   * StringValue#MAX_BYTES}.
   */
  public volatile long stringBytes = 512L * 1024 * 1024;
}
