package io.engramdb.txlog.ratis;

import java.util.concurrent.Executor;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallExecutorSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The transport that Ratis is told to use: its gRPC, with an {@link AppendGuard} between the
 * network and the server.
 *
 * <p>Ratis makes one by reflection from the class name in its properties; the guard comes with the
 * parameters, so that the member that started the server can test it.
 */
public final class GuardedRpc implements RpcType {
  private static final String GUARD_KEY = AppendGuard.class.getName();

  private static final String APPEND_METHOD =
      RaftServerProtocolServiceGrpc.getAppendEntriesMethod().getFullMethodName();

  /** Puts the guard where {@link #newFactory} finds it. */
  static void install(Parameters parameters, AppendGuard guard) {
    parameters.put(GUARD_KEY, guard, AppendGuard.class);
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters, (builder, types) -> builder.callExecutor(new AppendsOnEventLoop()));
  }

  @Override
  public String name() {
    return GuardedRpc.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    AppendGuard guard = parameters.getNonNull(GUARD_KEY, AppendGuard.class);
    return new GrpcFactory(parameters) {
      @Override
      public GrpcServices newRaftServerRpc(RaftServer server) {
        return super.newRaftServerRpc(guard.around(server));
      }

      @Override
      public LogAppender newLogAppender(
          RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
        return new FrugalLogAppender(server, leader, follower);
      }
    };
  }

  /**
   * Appends are taken on the thread that read them: one change of thread less per record. All that
   * they wait for there is Ratis' lock, for which the next append of that leader would wait anyway;
   * its disk has a thread of its own, and heartbeats a connection and, with two loops, a thread.
   * Votes, which write to the disk, stay with gRPC's pool.
   */
  private static final class AppendsOnEventLoop implements ServerCallExecutorSupplier {
    @Override
    public <Q, A> @Nullable Executor getExecutor(ServerCall<Q, A> call, Metadata metadata) {
      String method = call.getMethodDescriptor().getFullMethodName();
      return method.equals(APPEND_METHOD) ? Runnable::run : null;
    }
  }
}
