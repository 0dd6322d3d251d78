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
   * How large a chunk of a list may get (list-max-listpack-size): elements if positive, otherwise
   * -1 to -5 for 4 to 64 KiB.
   */
  public volatile int listChunkLimit = -2;

  /** Integers of a packed set of integers at most (set-max-intset-entries). */
  public volatile int setIntegerEntries = 512;

  /** Members of a packed set at most (set-max-listpack-entries). */
  public volatile int setPackedEntries = 128;

  /** Bytes of a member of a packed set at most (set-max-listpack-value). */
  public volatile int setPackedValueBytes = 64;

  /** Members of a packed sorted set at most (zset-max-listpack-entries). */
  public volatile int sortedSetPackedEntries = 128;

  /** Bytes of a member of a packed sorted set at most (zset-max-listpack-value). */
  public volatile int sortedSetPackedValueBytes = 64;

  /** Bytes of a block of a stream at most (stream-node-max-bytes); 0: as many as there can be. */
  public volatile long streamBlockBytes = 4096;

  /** Entries of a block of a stream at most (stream-node-max-entries); 0: no limit. */
  public volatile long streamBlockEntries = 100;

  /** Bytes of a sparse HyperLogLog at most (hll-sparse-max-bytes). */
  public volatile long hyperLogLogSparseBytes = 3000;

  /**
   * Bytes that a string may grow to (proto-max-bulk-len); never more than {@link
   * StringValue#MAX_BYTES}.
   */
  public volatile long stringBytes = 512L * 1024 * 1024;
}
