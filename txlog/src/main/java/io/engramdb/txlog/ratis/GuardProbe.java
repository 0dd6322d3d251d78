package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.grpc.GrpcUtil;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NegotiationType;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Proves at start that the {@link AppendGuard} is in the path: sends, over the network, to the
 * member's own port, an append that only a guard refuses. A member in which it is acknowledged, or
 * answered by anybody else, does not start.
 */
final class GuardProbe {
  private static final long TIMEOUT_MS = 10_000;

  private GuardProbe() {}

  /**
   * Runs the test.
   *
   * @param host name that the member's certificate must carry, whatever address it is bound to
   * @throws IOException if the guard did not do its work
   */
  static void run(RaftServer server, AppendGuard guard, String host, @Nullable GrpcTlsConfig tls)
      throws IOException {
    long before = guard.refusedProbeCount();
    ManagedChannel channel = channel(server.getServerRpc().getInetSocketAddress(), host, tls);
    CompletableFuture<AppendEntriesReplyProto> answer = new CompletableFuture<>();
    try {
      StreamObserver<AppendEntriesRequestProto> stream =
          RaftServerProtocolServiceGrpc.newStub(channel).appendEntries(observer(answer));
      stream.onNext(request(server, guard));
      answer.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
      throw new IOException("the append guard acknowledged an append of a past term");
    } catch (ExecutionException e) {
      if (guard.refusedProbeCount() == before) {
        throw new IOException("the append guard is not in the path of appends", e.getCause());
      }
    } catch (TimeoutException e) {
      throw new IOException("the append guard did not answer within " + TIMEOUT_MS + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while testing the append guard", e);
    } finally {
      channel.shutdownNow();
    }
  }

  private static ManagedChannel channel(
      InetSocketAddress bound, String host, @Nullable GrpcTlsConfig tls) {
    InetAddress address = bound.getAddress();
    if (address.isAnyLocalAddress()) {
      address = InetAddress.getLoopbackAddress();
    }
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(new InetSocketAddress(address, bound.getPort()));
    if (tls == null) {
      builder.negotiationType(NegotiationType.PLAINTEXT);
    } else {
      builder
          .overrideAuthority(host)
          .useTransportSecurity()
          .sslContext(GrpcUtil.buildSslContextForClient(tls));
    }
    return builder.proxyDetector(target -> null).build();
  }

  private static AppendEntriesRequestProto request(RaftServer server, AppendGuard guard) {
    return AppendEntriesRequestProto.newBuilder()
        .setServerRequest(
            RaftRpcRequestProto.newBuilder()
                .setRequestorId(server.getId().toByteString())
                .setReplyId(server.getId().toByteString())
                .setRaftGroupId(
                    RaftGroupIdProto.newBuilder().setId(guard.probeGroup().toByteString())))
        .setLeaderTerm(1)
        .addEntries(LogEntryProto.newBuilder().setTerm(1).setIndex(0))
        .build();
  }

  private static StreamObserver<AppendEntriesReplyProto> observer(
      CompletableFuture<AppendEntriesReplyProto> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(AppendEntriesReplyProto reply) {
        answer.complete(reply);
      }

      @Override
      public void onError(Throwable t) {
        answer.completeExceptionally(t);
      }

      @Override
      public void onCompleted() {
        answer.completeExceptionally(new IOException("stream ended without an answer"));
      }
    };
  }
}
