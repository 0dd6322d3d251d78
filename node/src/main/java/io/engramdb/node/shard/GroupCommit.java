package io.engramdb.node.shard;

/**
 * Decides when the record that is being filled leaves, so that few records carry much.
 *
 * <p>A record costs the log about the same whether it carries one effect or a thousand: a flush,
 * two messages and some thirty changes of thread on three members. Two rules, and neither makes a
 * client wait that is alone:
 *
 * <ul>
 *   <li>While records are in flight, the next one leaves only if it carries at least as much as
 *       they do together. Lone writers do not hinder each other, and a few stragglers do not cost a
 *       record: they come along when the others have returned.
 *   <li>When the last record in flight has committed, its clients are about to ask again. The next
 *       record waits for them, until most of what was under way before is there again, at most for
 *       a fraction of what a commit takes. Whoever comes later would wait for a whole commit.
 * </ul>
 *
 * <p>Databases with a disk log know the second rule as commit delay; here the delay and the number
 * of siblings are not configured but measured. Shard thread only.
 */
final class GroupCommit {

  /** Part of what was under way that must have returned, percent. */
  static final int GATHERED_PERCENT = 75;

  /** Longest wait for clients to return, as a part of the time that commits take. */
  static final int COMMITS_PER_WAIT = 4;

  /** Longest wait for clients to return, nanoseconds. */
  static final long MAX_WAIT_NANOS = 2_000_000;

  /** Weight of the newest commit in the measured time: one in so many. */
  private static final int SMOOTHING = 8;

  private static final long NANOS_PER_MICRO = 1000;

  private long commitNanos;
  private long effectsInFlight;
  private long effectsExpected;
  private boolean gathering;
  private long gatherEndNanos;

  /** Whether a record with so many effects leaves now. */
  boolean mayLeave(int effects, int recordsInFlight, long nowNanos) {
    if (recordsInFlight > 0) {
      return effects >= effectsInFlight;
    }
    return !gathering
        || effects * 100L >= effectsExpected * GATHERED_PERCENT
        || nowNanos - gatherEndNanos >= 0;
  }

  /** Microseconds until the wait for clients ends, at least one. */
  long waitMicros(long nowNanos) {
    return Math.max(1, (gatherEndNanos - nowNanos) / NANOS_PER_MICRO + 1);
  }

  void sent(int effects) {
    effectsInFlight += effects;
    gathering = false;
  }

  /**
   * A record is committed.
   *
   * @param effects what it carried
   * @param tookNanos from its submit until now
   * @param recordsInFlight those that are left
   * @param effectsOpen what waits already in the record that is being filled
   */
  void committed(int effects, long tookNanos, int recordsInFlight, int effectsOpen, long nowNanos) {
    effectsInFlight -= effects;
    commitNanos += (tookNanos - commitNanos) / SMOOTHING;
    if (recordsInFlight == 0 && effects > 0) {
      effectsExpected = (long) effects + effectsOpen;
      gathering = true;
      gatherEndNanos = nowNanos + Math.min(MAX_WAIT_NANOS, commitNanos / COMMITS_PER_WAIT);
    }
  }

  /** What was in flight is given up. */
  void clear() {
    effectsInFlight = 0;
    gathering = false;
  }
}
