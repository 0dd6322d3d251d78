package io.engramdb.node.command;

/**
 * What this node knows of its shard's archived log.
 *
 * @param configured whether the log is archived
 * @param index newest log index that is in the archive; -1 if that is not known
 * @param coveredMs what was acknowledged before this time is in it, Unix milliseconds; 0: unknown
 * @param lagMs for how long this node has known of something that is not in it
 * @param lagBytes bytes of records that are not in it, about
 * @param segments how many this process has brought there
 * @param gaps that are known in the archive and not older than it reaches back; one if it was
 *     another process that left the newest
 * @param letGo the log is, or was last, cut although it is not archived
 * @param lastError what went wrong last; empty if the last attempt succeeded
 */
public record ArchiveStatus(
    boolean configured,
    long index,
    long coveredMs,
    long lagMs,
    long lagBytes,
    long segments,
    long gaps,
    boolean letGo,
    String lastError) {

  /** The same with another lag. */
  public ArchiveStatus withLagMs(long newLagMs) {
    return new ArchiveStatus(
        configured, index, coveredMs, newLagMs, lagBytes, segments, gaps, letGo, lastError);
  }

  /** Of a node that archives nothing. */
  public static final ArchiveStatus NONE = new ArchiveStatus(false, -1, 0, 0, 0, 0, 0, false, "");

  /** One word: {@code off}, {@code ok}, {@code failing}, or {@code degraded} if there are gaps. */
  public String word() {
    if (!configured) {
      return "off";
    }
    if (letGo || gaps > 0) {
      return "degraded";
    }
    return lastError.isEmpty() ? "ok" : "failing";
  }
}
