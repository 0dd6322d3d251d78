package io.engramdb.txlog.ratis;

import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a leader makes of a follower's answer to the notice of a snapshot. */
final class SnapshotVerdict {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotVerdict.class);

  private SnapshotVerdict() {}

  /** On the thread of appends. */
  static void hear(FollowerSender sender, byte type, byte[] body) {
    InstallSnapshotReplyProto reply;
    try {
      if (type != WireMessage.SNAPSHOT_NOTICE_REPLY) {
        throw new InvalidProtocolBufferException("type " + type);
      }
      reply = WireMessage.parse(InstallSnapshotReplyProto.parser(), body);
    } catch (InvalidProtocolBufferException e) {
      LOG.warn("{}: no answer to the notice of a snapshot: {}", sender, e.getMessage());
      return;
    }
    FollowerInfo follower = sender.getFollower();
    follower.updateLastRpcResponseTime();
    switch (reply.getResult()) {
      case SUCCESS -> follower.setAttemptedToInstallSnapshot();
      case SNAPSHOT_UNAVAILABLE -> {
        follower.setAttemptedToInstallSnapshot();
        tell(sender, InstallSnapshotResult.SNAPSHOT_UNAVAILABLE, RaftLog.INVALID_LOG_INDEX);
      }
      case ALREADY_INSTALLED -> sender.followerHasSnapshot(reply.getSnapshotIndex());
      case SNAPSHOT_INSTALLED -> {
        long index = reply.getSnapshotIndex();
        sender.followerHasSnapshot(index);
        if (index + 1 >= sender.getRaftLog().getStartIndex()) {
          tell(sender, InstallSnapshotResult.SUCCESS, index);
        }
      }
      case NOT_LEADER -> sender.onFollowerTerm(reply.getTerm());
      case CONF_MISMATCH ->
          LOG.error("{}: the follower wants whole snapshots, this leader gives notices", sender);
      case IN_PROGRESS, SNAPSHOT_EXPIRED -> LOG.info("{}: {}", sender, reply.getResult());
      default -> LOG.error("{}: snapshot reply {}", sender, reply.getResult());
    }
  }

  private static void tell(FollowerSender sender, InstallSnapshotResult result, long index) {
    sender
        .getServer()
        .getStateMachine()
        .event()
        .notifySnapshotInstalled(result, index, sender.getFollower().getPeer());
  }
}
