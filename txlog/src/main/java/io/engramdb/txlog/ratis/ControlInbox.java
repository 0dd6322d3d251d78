package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.FrameListener;
import io.engramdb.txlog.wire.WireConnection;
import io.engramdb.txlog.wire.WireLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Heartbeats, votes and the other small requests of other members. Nothing else of Ratis is
 * reachable over the network: not its client's protocol, which would write, nor its
 * administrator's, which would change members.
 *
 * <p>Read on the thread of {@link io.engramdb.txlog.wire.Lane#CONTROL}, done on a thread of their
 * own, one at a time: Ratis lets a candidate that gives up wait until its own election has heard
 * its replies, and those come over the control lane.
 */
final class ControlInbox implements FrameListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlInbox.class);

  /** Requests that wait; who sends more loses its connection. */
  private static final int MAX_WAITING = 256;

  private final WireLoop loop;
  private final RaftServer server;
  private final ThreadPoolExecutor requests;
  private final LeaderWatch watch;

  ControlInbox(String self, WireLoop loop, RaftServer server) {
    this.loop = loop;
    this.server = server;
    this.requests =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().name("log-requests-" + self).daemon().factory());
    this.watch = new LeaderWatch(loop, requests, server);
  }

  @Override
  public void closed(WireConnection connection) {
    watch.closedBy(connection.hello().from());
  }

  @Override
  public void received(WireConnection from, byte type, long callId, byte[] body) {
    try {
      requests.execute(() -> serve(from, type, callId, body));
    } catch (RejectedExecutionException e) {
      from.closeAsBroken("more than " + MAX_WAITING + " requests wait");
    }
  }

  private void serve(WireConnection from, byte type, long callId, byte[] body) {
    try {
      switch (type) {
        case WireMessage.APPEND -> heartbeat(from, callId, body);
        case WireMessage.VOTE -> {
          var request = WireMessage.parse(RequestVoteRequestProto.parser(), body);
          if (checkFrom(from, request.getServerRequest())) {
            reply(from, WireMessage.VOTE_REPLY, callId, server.requestVote(request));
          }
        }
        case WireMessage.START_ELECTION -> {
          var request = WireMessage.parse(StartLeaderElectionRequestProto.parser(), body);
          if (checkFrom(from, request.getServerRequest())) {
            reply(
                from,
                WireMessage.START_ELECTION_REPLY,
                callId,
                server.startLeaderElection(request));
          }
        }
        case WireMessage.SNAPSHOT_NOTICE -> {
          var request = WireMessage.parse(InstallSnapshotRequestProto.parser(), body);
          if (!request.hasNotification()) {
            from.closeAsBroken("a snapshot, not the notice of one");
          } else if (checkFrom(from, request.getServerRequest())) {
            reply(from, WireMessage.SNAPSHOT_NOTICE_REPLY, callId, server.installSnapshot(request));
          }
        }
        default -> from.closeAsBroken("frame of type " + type + " on the control lane");
      }
    } catch (InvalidProtocolBufferException e) {
      from.closeAsBroken("no message: " + e.getMessage());
    } catch (IOException | RuntimeException e) {
      failed(from, callId, e);
    }
  }

  private void heartbeat(WireConnection from, long callId, byte[] body) throws IOException {
    AppendEntriesRequestProto request = WireMessage.parse(AppendEntriesRequestProto.parser(), body);
    if (request.getEntriesCount() != 0) {
      from.closeAsBroken("entries on the control lane");
      return;
    }
    if (!checkFrom(from, request.getServerRequest())) {
      return;
    }
    server
        .appendEntriesAsync(AppendGuard.withProvenCommit(request))
        .whenComplete(
            (reply, failure) -> {
              if (failure == null) {
                reply(from, WireMessage.APPEND_REPLY, callId, reply);
              } else {
                failed(from, callId, failure);
              }
            });
  }

  private static boolean checkFrom(WireConnection from, RaftRpcRequestProto request) {
    boolean same = isFrom(from, request);
    if (!same) {
      from.closeAsBroken("a message in the name of somebody else");
    }
    return same;
  }

  /** Whether a request comes from the member that its connection belongs to. */
  static boolean isFrom(WireConnection from, RaftRpcRequestProto request) {
    return request.getRequestorId().toString(StandardCharsets.UTF_8).equals(from.hello().from());
  }

  private void reply(WireConnection to, byte type, long callId, MessageLite reply) {
    loop.execute(
        () -> {
          to.send(type, callId, new WireMessage(reply));
          to.flush();
        });
  }

  private void failed(WireConnection to, long callId, Throwable failure) {
    Throwable root = rootOf(failure);
    LOG.debug("request of {} failed", to.hello().from(), root);
    loop.execute(
        () -> {
          to.sendFailure(callId, String.valueOf(root));
          to.flush();
        });
  }

  static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root instanceof CompletionException && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  @Override
  public void close() {
    requests.shutdown();
  }
}
