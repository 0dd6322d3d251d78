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
 * @param joining with {@code create}: the member is no part of the shard's birth; it waits, without
 *     a vote, until {@link TxLog#changeMembers} on the leader adds it. {@code members} need then
 *     contain only this member itself. The directory remembers it for later starts
 * @param snapshot position of the last record that the caller's snapshot contains, or {@link
 *     LogPosition#NONE}; the listener hears what comes after it
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
    boolean joining,
    LogPosition snapshot,
    int electionTimeoutMinMs,
    int electionTimeoutMaxMs,
    @Nullable Tls tls) {

  /** Checks what can be checked without the disk. */
  public TxLogConfig {
    members = List.copyOf(members);
    boolean known = false;
    for (Member member : members) {
      known |= member.name().equals(self);
    }
    if (!known) {
      throw new IllegalArgumentException("member " + self + " is not among " + members);
    }
    if (electionTimeoutMinMs <= 0 || electionTimeoutMaxMs < electionTimeoutMinMs) {
      throw new IllegalArgumentException(
          "election timeouts " + electionTimeoutMinMs + ".." + electionTimeoutMaxMs + " ms");
    }
  }

  /** A member of the shard's birth that has no snapshot. */
  public TxLogConfig(
      UUID clusterId,
      UUID shardId,
      String self,
      List<Member> members,
      Path directory,
      boolean create,
      int electionTimeoutMinMs,
      int electionTimeoutMaxMs,
      @Nullable Tls tls) {
    this(
        clusterId,
        shardId,
        self,
        members,
        directory,
        create,
        false,
        LogPosition.NONE,
        electionTimeoutMinMs,
        electionTimeoutMaxMs,
        tls);
  }

  /** The same member with another snapshot position. */
  public TxLogConfig withSnapshot(LogPosition position) {
    return with(create, position);
  }

  /** The same member once it has run: with a directory, behind what it has been told of. */
  public TxLogConfig again(LogPosition position) {
    return with(false, position);
  }

  private TxLogConfig with(boolean creates, LogPosition position) {
    return new TxLogConfig(
        clusterId,
        shardId,
        self,
        members,
        directory,
        creates,
        joining,
        position,
        electionTimeoutMinMs,
        electionTimeoutMaxMs,
        tls);
  }

  /** The entry of this member itself. */
  public Member selfMember() {
    for (Member member : members) {
      if (member.name().equals(self)) {
        return member;
      }
    }
    throw new IllegalStateException("member " + self + " is not among " + members);
  }

  /** Files (PEM) for mutual TLS between members; read when the member starts. */
  public record Tls(Path certificate, Path key, Path authority) {}
}
