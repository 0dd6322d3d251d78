package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.WireLoop;
import io.engramdb.txlog.wire.WireProbe;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.ProtoUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices at once that the leader's process has ended, where Ratis would wait for an election
 * time-out.
 *
 * <p>The kernel closes the connections of a process that ends, and refuses new ones to its port: a
 * follower that sees both stands for election without waiting. This is about speed alone. Elections
 * are safe at any time, and a new leader waits for the old one's lease whatever made it stand. A
 * leader that hangs, or whose machine or network is gone, closes and refuses nothing: that is what
 * the time-out is for. Control thread, but for the election itself.
 */
final class LeaderWatch {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderWatch.class);

  /** Followers stand one after the other, so that they do not take each other's votes. */
  private static final long TURN_MS = 100;

  private final WireLoop control;
  private final Executor requests;
  private final RaftServer server;

  /**
   * Watches over the leaders of the server's groups.
   *
   * @param requests where Ratis may keep its caller waiting
   */
  LeaderWatch(WireLoop control, Executor requests, RaftServer server) {
    this.control = control;
    this.requests = requests;
    this.server = server;
  }

  /** A connection that this member had made to us has ended. */
  void closedBy(String member) {
    for (RaftGroupId group : server.getGroupIds()) {
      try {
        RaftServer.Division division = server.getDivision(group);
        if (follows(division, member)) {
          probe(division, member);
        }
      } catch (IOException e) {
        LOG.debug("no member of {} any more", group, e);
      }
    }
  }

  private static boolean follows(RaftServer.Division division, String leader) {
    RaftPeerId known = division.getInfo().getLeaderId();
    return division.getInfo().isFollower() && known != null && known.toString().equals(leader);
  }

  private void probe(RaftServer.Division division, String leader) {
    List<RaftPeer> others =
        division.getRaftConf().getCurrentPeers().stream()
            .filter(peer -> !peer.getId().toString().equals(leader))
            .sorted(turns())
            .toList();
    RaftPeer gone = division.getRaftConf().getPeer(RaftPeerId.valueOf(leader));
    int turn = others.indexOf(division.getPeer());
    if (gone == null || turn < 0) {
      return;
    }
    long term = division.getInfo().getCurrentTerm();
    WireProbe.ifRefused(
        control,
        gone.getAddress(),
        () -> {
          LOG.info("{} is gone: its port refuses connections", leader);
          control.schedule(
              () -> standForElection(division, leader, term),
              turn * TURN_MS,
              TimeUnit.MILLISECONDS);
        });
  }

  private void later(Runnable request) {
    try {
      requests.execute(request);
    } catch (RejectedExecutionException e) {
      LOG.debug("this member ends too, or is flooded: the time-out will do");
    }
  }

  /** Members that keep data first; then the same order for everybody. */
  private static Comparator<RaftPeer> turns() {
    return Comparator.comparingInt(RaftPeer::getPriority)
        .reversed()
        .thenComparing(peer -> peer.getId().toString());
  }

  private void standForElection(RaftServer.Division division, String leader, long term) {
    TermIndex last = division.getRaftLog().getLastEntryTermIndex();
    boolean unchanged = follows(division, leader) && division.getInfo().getCurrentTerm() == term;
    if (!unchanged || last == null) {
      return;
    }
    // What a leader says to the follower that is to take over; nobody else is there to say it.
    var request =
        StartLeaderElectionRequestProto.newBuilder()
            .setServerRequest(
                RaftRpcRequestProto.newBuilder()
                    .setRequestorId(RaftPeerId.valueOf(leader).toByteString())
                    .setReplyId(division.getId().toByteString())
                    .setRaftGroupId(
                        ProtoUtils.toRaftGroupIdProtoBuilder(division.getGroup().getGroupId())))
            .setLeaderLastEntry(last.toProto())
            .build();
    try {
      boolean stands = server.startLeaderElection(request).getServerReply().getSuccess();
      LOG.info("an election without waiting for the time-out: {}", stands ? "begun" : "refused");
    } catch (IOException e) {
      LOG.warn("no election without waiting for the time-out: {}", e.getMessage());
    }
  }
}
