package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;

/** Reads a member's status from Ratis; its parts are read one after another and may not match. */
final class DivisionStatus {
  private DivisionStatus() {}

  static LogStatus of(RaftServer.Division division, Membership membership, LogDisk disk) {
    DivisionInfo info = division.getInfo();
    RaftLog log = division.getRaftLog();
    RaftPeerId leader = info.getLeaderId();
    return new LogStatus(
        info.getCurrentTerm(),
        leader == null ? null : leader.toString(),
        info.isLeader(),
        log.getStartIndex(),
        log.getLastCommittedIndex(),
        info.getLastAppliedIndex(),
        log.getFlushIndex(),
        disk.sizeBytes(),
        info.isLeader() ? asLeader(info, membership) : asFollower(membership));
  }

  private static List<LogStatus.Peer> asFollower(Membership membership) {
    Set<String> listeners = membership.listeners();
    List<LogStatus.Peer> peers = new ArrayList<>();
    for (String name : membership.others()) {
      peers.add(new LogStatus.Peer(name, -1, -1, !listeners.contains(name)));
    }
    return peers;
  }

  /** Ratis lists followers and their match indexes in the same order. */
  private static List<LogStatus.Peer> asLeader(DivisionInfo info, Membership membership) {
    Set<String> listeners = membership.listeners();
    RoleInfoProto role = info.getRoleInfoProto();
    long @Nullable [] matches = info.getFollowerMatchIndices();
    List<ServerRpcProto> followers = role.getLeaderInfo().getFollowerInfoList();
    boolean paired = matches != null && matches.length == followers.size();
    List<LogStatus.Peer> peers = new ArrayList<>();
    for (int i = 0; i < followers.size(); i++) {
      ServerRpcProto follower = followers.get(i);
      String name = follower.getId().getId().toStringUtf8();
      peers.add(
          new LogStatus.Peer(
              name,
              paired ? matches[i] : -1,
              follower.getLastRpcElapsedTimeMs(),
              !listeners.contains(name)));
    }
    return peers;
  }
}
