package io.engramdb.node.durability;

import io.engramdb.txlog.api.LogStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses who is to lead next. */
final class Successor {

  private Successor() {}

  /**
   * The data member whose log reaches furthest, as the leader sees it.
   *
   * @return null if none of them is known: then the consensus protocol chooses
   */
  static @Nullable String furthest(LogStatus status, List<String> dataMembers) {
    String best = null;
    long bestIndex = -1;
    for (LogStatus.Peer peer : status.peers()) {
      if (dataMembers.contains(peer.name()) && peer.matchIndex() > bestIndex) {
        best = peer.name();
        bestIndex = peer.matchIndex();
      }
    }
    return best;
  }
}
