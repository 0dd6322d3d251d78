package io.engramdb.txlog.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member knows about its log; a moment's picture for display.
 *
 * @param leader name of the leader, or null if unknown
 * @param firstIndex oldest index still in the log
 * @param sizeBytes bytes of the log on disk
 * @param flushedIndex last index on this member's disk
 */
public record LogStatus(
    long term,
    @Nullable String leader,
    boolean leading,
    long firstIndex,
    long commitIndex,
    long appliedIndex,
    long flushedIndex,
    long sizeBytes,
    List<Peer> peers) {

  /**
   * One other member, as the leader sees it.
   *
   * @param matchIndex last index known to be on that member's disk; -1 if this member does not lead
   * @param lastHeardMs milliseconds since that member last answered; -1 if unknown
   * @param votes whether what it has counts for a majority; a listener's does not
   */
  public record Peer(String name, long matchIndex, long lastHeardMs, boolean votes) {

    /** A voter. */
    public Peer(String name, long matchIndex, long lastHeardMs) {
      this(name, matchIndex, lastHeardMs, true);
    }
  }
}
