package io.engramdb.txlog.ratis;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * The transport that Ratis is told to use: its gRPC, with an {@link AppendGuard} between the
 * network and the server.
 *
 * <p>Ratis makes one by reflection from the class name in its properties; the guard comes with the
 * parameters, so that the member that started the server can test it.
 */
public final class GuardedRpc implements RpcType {
  private static final String GUARD_KEY = AppendGuard.class.getName();

  /** Puts the guard where {@link #newFactory} finds it. */
  static void install(Parameters parameters, AppendGuard guard) {
    parameters.put(GUARD_KEY, guard, AppendGuard.class);
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
}
