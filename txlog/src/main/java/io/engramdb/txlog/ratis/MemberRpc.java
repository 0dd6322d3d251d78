package io.engramdb.txlog.ratis;

import io.engramdb.txlog.Invariant;
import io.engramdb.txlog.wire.Lane;
import io.engramdb.txlog.wire.WireLink;
import io.engramdb.txlog.wire.WireListener;
import io.engramdb.txlog.wire.WireListener.Reader;
import io.engramdb.txlog.wire.WireLoop;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;

/**
 * How Ratis' servers of a shard talk: our own frames over two connections per direction and pair,
 * on three threads per process whatever the number of members. Thread-safe.
 *
 * <p>The thread of appends takes the entries that others send, sends those of this leader and hears
 * what became of them. The thread of control sends and reads all that is small; what it reads for
 * Ratis is done by a third one, see {@link ControlInbox}. Ratis' locks may hold up any: a vote must
 * not wait behind an append, nor the other way round.
 */
final class MemberRpc implements RaftServerRpc {
  private final RpcType type;
  private final RaftServer server;
  private final MemberEndpoint endpoint;
  private final long requestTimeoutMs;
  private final WireLoop appends;
  private final WireLoop control;
  private final ControlInbox controlInbox;
  private final WireListener listener;
  private final SenderRound round;
  private final Map<RaftPeerId, PeerLinks> peers = new ConcurrentHashMap<>();

  MemberRpc(
      RpcType type,
      RaftServer server,
      MemberEndpoint endpoint,
      AppendGuard guard,
      MessageLanes messages,
      CommitWatch commits) {
    this.type = type;
    this.server = server;
    this.endpoint = endpoint;
    this.requestTimeoutMs =
        RaftServerConfigKeys.Rpc.requestTimeout(server.getProperties())
            .toLong(TimeUnit.MILLISECONDS);
    this.appends = new WireLoop("log-appends-" + endpoint.self());
    this.control = new WireLoop("log-control-" + endpoint.self());
    this.round = new SenderRound(appends, control, commits);
    this.controlInbox = new ControlInbox(endpoint.self(), control, server);
    this.listener =
        new WireListener(
            endpoint.tls(),
            endpoint::refusal,
            Map.of(
                Lane.CONTROL,
                new Reader(control, controlInbox),
                Lane.APPENDS,
                new Reader(appends, new AppendInbox(appends, server, guard)),
                Lane.MESSAGES,
                new Reader(messages.loop(), messages)));
  }

  @Override
  public RpcType getRpcType() {
    return type;
  }

  @Override
  public void start() throws IOException {
    listener.open(endpoint.address(), endpoint.port());
  }

  @Override
  public InetSocketAddress getInetSocketAddress() {
    return listener.address();
  }

  @Override
  public void addRaftPeers(Collection<RaftPeer> members) {
    for (RaftPeer member : members) {
      if (!member.getId().toString().equals(endpoint.self())) {
        links(member).address(member.getAddress());
      }
    }
  }

  private PeerLinks links(RaftPeer peer) {
    return peers.computeIfAbsent(peer.getId(), id -> newLinks(id.toString(), peer.getAddress()));
  }

  private PeerLinks newLinks(String name, String address) {
    PeerAsks asks = new PeerAsks(round);
    return new PeerLinks(
        new WireLink(appends, endpoint.hello(Lane.APPENDS, name), address, endpoint.tls(), round),
        new WireLink(control, endpoint.hello(Lane.CONTROL, name), address, endpoint.tls(), asks),
        asks);
  }

  /** For the factory of Ratis: who sends to one follower. */
  LogAppender newSender(RaftServer.Division division, LeaderState leader, FollowerInfo follower) {
    return new FollowerSender(
        division, leader, follower, round, links(follower.getPeer()), requestTimeoutMs);
  }

  /** Bytes that wait to be sent to the member for which most wait; for display. */
  long waitingBytes() {
    long most = 0;
    for (PeerLinks links : peers.values()) {
      most = Math.max(most, links.appends().waitingBytes());
    }
    return most;
  }

  // ---- requests of Ratis to other members; they wait on the caller's thread

  @Override
  public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
    return ask(
        request.getServerRequest(),
        WireMessage.VOTE,
        request,
        WireMessage.VOTE_REPLY,
        RequestVoteReplyProto.parser());
  }

  @Override
  public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
      throws IOException {
    return ask(
        request.getServerRequest(),
        WireMessage.START_ELECTION,
        request,
        WireMessage.START_ELECTION_REPLY,
        StartLeaderElectionReplyProto.parser());
  }

  @Override
  public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) {
    throw new UnsupportedOperationException("appends go through FollowerSender");
  }

  @Override
  public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) {
    throw new UnsupportedOperationException("snapshots are told of by FollowerSender");
  }

  @Override
  public void handleException(RaftPeerId member, Exception e, boolean reconnect) {
    // Links look after themselves.
  }

  private <T> T ask(
      RaftRpcRequestProto header, byte type, MessageLite request, byte replyType, Parser<T> parser)
      throws IOException {
    PeerLinks links = peers.get(RaftPeerId.valueOf(header.getReplyId()));
    if (links == null) {
      throw new IOException("no address of " + header.getReplyId().toStringUtf8());
    }
    Invariant.check(!control.isInside() && !appends.isInside(), "a loop would wait for itself");
    PeerAsks.Ask ask = new PeerAsks.Ask(type, new WireMessage(request), replyType);
    control.execute(() -> links.asks().put(links.control(), ask));
    return WireMessage.parse(parser, await(ask.answer()));
  }

  private byte[] await(CompletableFuture<byte[]> answer) throws IOException {
    try {
      return answer.get(requestTimeoutMs, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(false);
      throw new IOException("no answer within " + requestTimeoutMs + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a member was asked");
    }
  }

  /**
   * Sends an append to this very member, as another one would.
   *
   * @return the reply; fails if there comes none
   */
  CompletableFuture<AppendEntriesReplyProto> appendToSelf(AppendEntriesRequestProto request) {
    InetSocketAddress bound = listener.address();
    String host =
        bound.getAddress().isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress().getHostAddress()
            : bound.getAddress().getHostAddress();
    PeerAsks asks = new PeerAsks(WireLink.Watcher.NOBODY);
    WireLink link =
        new WireLink(
            appends,
            endpoint.hello(Lane.APPENDS, endpoint.self()),
            host + ":" + bound.getPort(),
            endpoint.tls(),
            asks);
    link.certificateName(endpoint.host());
    PeerAsks.Ask ask =
        new PeerAsks.Ask(WireMessage.APPEND, new WireMessage(request), WireMessage.APPEND_REPLY);
    appends.execute(() -> asks.put(link, ask));
    return ask.answer()
        .whenComplete((reply, failure) -> appends.execute(link::close))
        .thenCompose(MemberRpc::parsed);
  }

  private static CompletableFuture<AppendEntriesReplyProto> parsed(byte[] body) {
    try {
      return CompletableFuture.completedFuture(
          WireMessage.parse(AppendEntriesReplyProto.parser(), body));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    listener.close();
    appends.execute(() -> peers.values().forEach(links -> links.appends().close()));
    control.execute(() -> peers.values().forEach(links -> links.control().close()));
    controlInbox.close();
    appends.close();
    control.close();
  }
}
