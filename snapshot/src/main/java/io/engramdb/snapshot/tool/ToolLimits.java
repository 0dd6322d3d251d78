package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.RdbLimits;

/** Limits of a reader that fit the memory of this process. */
final class ToolLimits {
  /** Part of the memory that one string may take, twice over when it was compressed. */
  private static final int STRING_SHARE = 8;

  /** Part of the memory that may go into watching keys for duplicates. */
  private static final int KEYS_SHARE = 4;

  /** As much for the members of one value. */
  private static final int MEMBERS_SHARE = 4;

  private ToolLimits() {}

  static RdbLimits of(long memorySizeBytes) {
    RdbLimits usual = RdbLimits.DEFAULT;
    long string = Math.min(usual.stringSizeBytes(), memorySizeBytes / STRING_SHARE);
    long keys = memorySizeBytes / KEYS_SHARE / RdbLimits.TRACKED_SIZE_BYTES;
    long members = memorySizeBytes / MEMBERS_SHARE / RdbLimits.TRACKED_SIZE_BYTES;
    return usual
        .withStringSizeBytes((int) string)
        .withTracked(
            (int) Math.min(members, usual.trackedMembers()),
            (int) Math.min(keys, RdbLimits.MAX_TRACKED));
  }

  static RdbLimits ofThisProcess() {
    return of(Runtime.getRuntime().maxMemory());
  }
}
