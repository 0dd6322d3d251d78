package io.engramdb.txlog.api;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a member needs to start.
 *
 * @param clusterId identity that the directory must carry
 * @param shardId identity of the shard within the cluster; also names its Raft group
 * @param self name of this member
 * @param members all members, this one included, at the birth of the shard
 * @param directory where log and identity live
 * @param create true only for a member that has never run; the directory must be absent or empty
 * @param electionTimeoutMinMs lower bound of the random election time-out
 * @param electionTimeoutMaxMs upper bound of it
 * @param tls null for plain connections between members
 */
public record TxLogConfig(
    UUID clusterId,
    UUID shardId,
    String self,
    List<Member> members,
    Path directory,
    boolean create,
    int electionTimeoutMinMs,
    int electionTimeoutMaxMs,
    @Nullable Tls tls) {

  /** Files (PEM) for mutual TLS between members; read again for each new connection. */
  public record Tls(Path certificate, Path key, Path authority) {}
}
