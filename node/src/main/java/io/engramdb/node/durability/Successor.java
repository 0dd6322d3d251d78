package io.engramdb.node.durability;

import io.engramdb.txlog.api.LogStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses who is to lead next. */
final class Successor {

  /** A member that has not answered for so long is not asked to lead. */
  private static final long SILENT_MS = 1000;

  private Successor() {}

  /**
   * The data member that answers and whose log reaches furthest, as the leader sees it.
   *
   * @return null if none of them is known: then the consensus protocol chooses
   */
  static @Nullable String furthest(LogStatus status, List<String> dataMembers) {
    String best = null;
    long bestIndex = -1;
    for (LogStatus.Peer peer : status.peers()) {
      boolean answers = peer.lastHeardMs() <= SILENT_MS;
      if (answers && dataMembers.contains(peer.name()) && peer.matchIndex() > bestIndex) {
        best = peer.name();
        bestIndex = peer.matchIndex();
      }
    }
    return best;
  }
}
