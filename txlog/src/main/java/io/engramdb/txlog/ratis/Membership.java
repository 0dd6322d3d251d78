package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * Changes who is in the group and who leads it; both only on the leader. Thread-safe.
 *
 * <p>Priorities: data members 1, all others 0. Ratis hands leadership only to a member of the
 * highest priority, and prefers such a one when logs are equal.
 */
final class Membership {
  /** How much longer than its own time-out a transfer of Ratis may take to say so. */
  private static final long TRANSFER_GRACE_MS = 2_000;

  private final RaftServer server;
  private final RaftServer.Division division;
  private final CommitWatch commits;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong lastCallId = new AtomicLong();

  Membership(RaftServer server, RaftServer.Division division, CommitWatch commits) {
    this.server = server;
    this.division = division;
    this.commits = commits;
  }

  static RaftPeer peer(Member member) {
    return RaftPeer.newBuilder()
        .setId(member.name())
        .setAddress(member.host() + ":" + member.port())
        .setPriority(member.role() == Member.Role.DATA ? 1 : 0)
        .setStartupRole(
            member.role() == Member.Role.LISTENER ? RaftPeerRole.LISTENER : RaftPeerRole.FOLLOWER)
        .build();
  }

  /** Names of all members of the newest configuration but this one. */
  List<String> others() {
    List<String> names = new ArrayList<>();
    RaftConfiguration configuration = division.getRaftConf();
    for (RaftPeerRole role : List.of(RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER)) {
      for (RaftPeer peer : configuration.getAllPeers(role)) {
        if (!peer.getId().equals(division.getId())) {
          names.add(peer.getId().toString());
        }
      }
    }
    return names;
  }

  /** Names of those that hear the log and have no vote. */
  Set<String> listeners() {
    Set<String> names = new HashSet<>();
    for (RaftPeer peer : division.getRaftConf().getAllPeers(RaftPeerRole.LISTENER)) {
      names.add(peer.getId().toString());
    }
    return names;
  }

  CompletableFuture<Void> change(List<Member> wanted) {
    RaftConfiguration current = division.getRaftConf();
    Collection<RaftPeer> voters = current.getAllPeers(RaftPeerRole.FOLLOWER);
    Collection<RaftPeer> listeners = current.getAllPeers(RaftPeerRole.LISTENER);
    List<RaftPeer> newVoters = new ArrayList<>();
    List<RaftPeer> newListeners = new ArrayList<>();
    for (Member member : wanted) {
      (member.role() == Member.Role.LISTENER ? newListeners : newVoters).add(peer(member));
    }
    int changed = changedCount(voters, newVoters);
    if (changed > 1) {
      return CompletableFuture.failedFuture(
          new IOException("one voter at a time, this would change " + changed));
    }
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            client,
            division.getId(),
            division.getMemberId().getGroupId(),
            lastCallId.incrementAndGet(),
            SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .setServersInCurrentConf(List.copyOf(voters))
                .setListenersInCurrentConf(List.copyOf(listeners))
                .setServersInNewConf(newVoters)
                .setListenersInNewConf(newListeners)
                .build());
    commits.membershipChanges();
    try {
      return server
          .setConfigurationAsync(request)
          .whenComplete((reply, failure) -> commits.membershipChanged())
          .thenCompose(Membership::verdict);
    } catch (IOException e) {
      commits.membershipChanged();
      return CompletableFuture.failedFuture(e);
    }
  }

  private static int changedCount(Collection<RaftPeer> before, Collection<RaftPeer> after) {
    Set<RaftPeerId> gone = ids(before);
    Set<RaftPeerId> fresh = ids(after);
    fresh.removeAll(gone);
    gone.removeAll(ids(after));
    return gone.size() + fresh.size();
  }

  private static Set<RaftPeerId> ids(Collection<RaftPeer> peers) {
    Set<RaftPeerId> ids = new HashSet<>();
    for (RaftPeer peer : peers) {
      ids.add(peer.getId());
    }
    return ids;
  }

  private static CompletableFuture<Void> verdict(RaftClientReply reply) {
    return reply.isSuccess()
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(reply.getException());
  }

  /** Hands leadership over, or gives it up if there is no target. */
  CompletableFuture<Void> transfer(@Nullable String target, long timeoutMs) {
    if (!division.getInfo().isLeader()) {
      return CompletableFuture.completedFuture(null);
    }
    TransferLeadershipRequest request =
        new TransferLeadershipRequest(
            client,
            division.getId(),
            division.getMemberId().getGroupId(),
            lastCallId.incrementAndGet(),
            target == null ? null : RaftPeerId.valueOf(target),
            timeoutMs);
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = server.transferLeadershipAsync(request);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return reply
        .orTimeout(timeoutMs + TRANSFER_GRACE_MS, TimeUnit.MILLISECONDS)
        .handle((answer, failure) -> failure != null ? failure : answer.getException())
        .thenCompose(this::outcome);
  }

  /** What counts is who leads, not what the reply says. */
  private CompletableFuture<Void> outcome(@Nullable Throwable failure) {
    if (!division.getInfo().isLeader()) {
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.failedFuture(
        failure != null ? failure : new IOException(division.getId() + " still leads"));
  }
}
