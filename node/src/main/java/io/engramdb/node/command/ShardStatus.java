package io.engramdb.node.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Port: where this node's shard stands, for INFO, ROLE, CLUSTER and their like. Implemented by the
 * wiring. Shard thread only; every method answers at once from what is known.
 */
public interface ShardStatus {

  /** Progress of a planned hand-over, as INFO names it. */
  enum Failover {
    NONE("no-failover"),
    WAITING_FOR_SYNC("waiting-for-sync"),
    IN_PROGRESS("failover-in-progress");

    private final String wireName;

    Failover(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  /** This node. */
  ShardMember self();

  /** All voters, this node and log-only voters included, in configured order. */
  List<ShardMember> members();

  /** The voter that is primary as far as this node knows; null if there is none just now. */
  @Nullable ShardMember primary();

  /** Whether this node accepts writes: elected, caught up, waited out. */
  boolean isPrimary();

  /** Lower-case name of the shard's state: {@code leading}, {@code following}, … */
  String stateName();

  /** Whether this node can't serve its data yet (restoring, rebuilding). */
  boolean loading();

  /** Raft term. */
  long term();

  /** Epoch of the newest record that this node wrote or applied. */
  long epoch();

  /** Newest log index known to be committed. */
  long commitIndex();

  /** Newest log index that the data holds; on the primary records in flight are beyond it. */
  long appliedIndex();

  /** Newest log index that this node has appended. */
  long lastIndex();

  /** Oldest log index that this node still has. */
  long firstIndex();

  /** Sequence of the newest record written (primary) or applied (replica). */
  long recordSequence();

  /** Records that are appended and not committed. */
  int recordsInFlight();

  /** Bytes of the records in flight. */
  long bytesInFlight();

  /** Clients whose last command answers later, or whose next one may not run yet. */
  int waitingClients();

  /** Replies that wait for a commit. */
  int parkedReplies();

  /** Milliseconds for which the primary may still answer reads; 0 without a lease. */
  long leaseRemainingMs();

  /** Shard time of the primary's last sign of life, Unix milliseconds; 0 if there was none. */
  long primaryContactMs();

  /** What the primary knows of every other voter; empty on a replica. */
  List<PeerPosition> peers();

  /** Bytes of the log on this node's disk. */
  long logSizeBytes();

  /** Whether the log disk is below its reserve. */
  boolean logDiskLow();

  Failover failover();

  /** What goes between this node's snapshots and the others'. */
  default SnapshotTraffic snapshotTraffic() {
    return SnapshotTraffic.NONE;
  }

  /** Snapshots of this node. */
  default SnapshotStatus snapshots() {
    return SnapshotStatus.NONE;
  }

  /** Snapshots of this shard in a store. */
  default SnapshotStoreStatus snapshotStore() {
    return SnapshotStoreStatus.NONE;
  }

  /** The shard's archived log. */
  default ArchiveStatus archive() {
    return ArchiveStatus.NONE;
  }
}
