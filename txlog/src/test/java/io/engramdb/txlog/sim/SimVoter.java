package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.SnapshotFloor;
import org.jspecify.annotations.Nullable;

/** Listener of a simulated log-only voter: gives leadership to the data member that is furthest. */
final class SimVoter implements LogListener {
  private static final long RETRY_NS = 100_000_000;
  private static final long TRANSFER_TIMEOUT_MS = 300;

  private final SimLogCluster cluster;
  private final SimTxLog log;

  SimVoter(SimLogCluster cluster, SimTxLog log) {
    this.cluster = cluster;
    this.log = log;
  }

  @Override
  public void onLeaderReady(long term, long startIndex) {
    cluster.schedule(0, () -> yieldTerm(term));
  }

  private void yieldTerm(long term) {
    LogStatus status = log.status();
    if (!status.leading() || status.term() != term) {
      return;
    }
    LogStatus.Peer best = null;
    for (LogStatus.Peer peer : status.peers()) {
      boolean data = cluster.knownMember(peer.name()).role() == Member.Role.DATA;
      if (data && (best == null || peer.matchIndex() > best.matchIndex())) {
        best = peer;
      }
    }
    if (best != null) {
      var unused = log.transferLeadership(best.name(), TRANSFER_TIMEOUT_MS);
    }
    cluster.schedule(RETRY_NS, () -> yieldTerm(term));
  }

  @Override
  public void onCommitted(
      long term,
      long index,
      long epoch,
      long sequence,
      RecordKind kind,
      byte @Nullable [] payload,
      boolean mine) {
    if (kind == RecordKind.SNAPSHOT_FLOOR && payload != null) {
      long floor = SnapshotFloor.position(payload).index();
      cluster.schedule(0, () -> log.purge(floor));
    }
  }

  /** What a voter needs of a snapshot is its position: it starts again behind what is gone. */
  @Override
  public void onTooFarBehind(long firstAvailableIndex) {
    cluster.schedule(
        RETRY_NS,
        () -> {
          if (log.isRunning()) {
            log.close();
            cluster.startLogVoter(log.name(), cluster.agreed(firstAvailableIndex - 1));
          }
        });
  }

  @Override
  public void onInternalEntry(long term, long index) {}

  @Override
  public void onTruncated(long firstRemovedIndex) {}

  @Override
  public void onElected(long term) {}

  @Override
  public void onLeadershipLost(long term) {}

  @Override
  public void onLeaderChanged(@Nullable String leader, long term) {}

  @Override
  public void onLogFailed(Throwable cause) {}
}
