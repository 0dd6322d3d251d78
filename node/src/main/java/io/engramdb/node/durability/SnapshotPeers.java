package io.engramdb.node.durability;

import io.engramdb.txlog.api.MemberMessages;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * The other members of the shard, as far as snapshots go between them.
 *
 * @param messages the way to them; what they send reaches {@link DurableShard#received}
 * @param dataMembers names of those that hold data, snapshotters included
 * @param snapshotters those of them that are there for nothing but snapshots
 * @param alone whether there are no others at all, with data or without
 * @param votes whether this member has a vote; one that has none may begin without anything
 * @param reader reads files for others, one piece after the other
 * @param bytesPerSecond how fast a snapshot is fetched at most
 * @param restart begins the node anew, with what its directory holds then; any thread
 */
public record SnapshotPeers(
    MemberMessages messages,
    List<String> dataMembers,
    List<String> snapshotters,
    boolean alone,
    boolean votes,
    Executor reader,
    LongSupplier bytesPerSecond,
    Runnable restart) {

  /** A voter among data nodes alone. */
  public SnapshotPeers(
      MemberMessages messages,
      List<String> dataMembers,
      boolean alone,
      Executor reader,
      LongSupplier bytesPerSecond,
      Runnable restart) {
    this(messages, dataMembers, List.of(), alone, true, reader, bytesPerSecond, restart);
  }

  /** Whether this member copies snapshots of snapshotters while it does not lead. */
  boolean copiesAsReplica() {
    return votes && !snapshotters.isEmpty();
  }
}
