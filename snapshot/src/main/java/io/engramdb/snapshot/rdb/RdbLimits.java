package io.engramdb.snapshot.rdb;

/**
 * How much a file may ask of its reader. Memory of a reader is at most: two strings (a compressed
 * one and what becomes of it), {@value #TRACKED_SIZE_BYTES} bytes for each tracked member or key,
 * {@value #PENDING_SIZE_BYTES} for each pending entry, and never more than a fixed multiple of the
 * bytes that were really there.
 *
 * @param stringSizeBytes longest string: key, element, or packed blob after it was decompressed
 * @param valueSizeBytes most bytes of elements of one key
 * @param trackedMembers so many members of one set, sorted set, or hash that is not packed are
 *     watched for duplicates; a visitor that keeps the members sees those itself
 * @param trackedKeys so many keys of the file are watched for duplicates; 0 leaves that to the
 *     visitor
 * @param pendingEntries most pending entries of one consumer group
 */
public record RdbLimits(
    int stringSizeBytes,
    long valueSizeBytes,
    int trackedMembers,
    int trackedKeys,
    int pendingEntries) {

  /** Memory of one tracked member or key while its table grows, which is when it takes most. */
  public static final int TRACKED_SIZE_BYTES = 80;

  /** Most members, or keys, that can be watched at all. */
  public static final int MAX_TRACKED = MemberSet.MAX_MEMBERS;

  /** Memory of one pending entry while its tables grow. */
  public static final int PENDING_SIZE_BYTES = 120;

  private static final int MIB = 1 << 20;

  /** Strings as long as servers take by default, and nothing that a server would load refused. */
  public static final RdbLimits DEFAULT =
      new RdbLimits(512 * MIB, Long.MAX_VALUE, 4 * MIB, 0, 16 * MIB);

  /** These limits with another one for strings. */
  public RdbLimits withStringSizeBytes(int sizeBytes) {
    return new RdbLimits(sizeBytes, valueSizeBytes, trackedMembers, trackedKeys, pendingEntries);
  }

  /** These limits with another one for the elements of a key. */
  public RdbLimits withValueSizeBytes(long sizeBytes) {
    return new RdbLimits(stringSizeBytes, sizeBytes, trackedMembers, trackedKeys, pendingEntries);
  }

  /** These limits with another number of members and keys that are watched for duplicates. */
  public RdbLimits withTracked(int members, int keys) {
    return new RdbLimits(stringSizeBytes, valueSizeBytes, members, keys, pendingEntries);
  }
}
