package io.engramdb.txlog.ratis;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * The transport that Ratis is told to use: {@link MemberRpc}, with an {@link AppendGuard} between
 * the network and the server.
 *
 * <p>Ratis makes one by reflection from the class name in its properties; endpoint, guard and lane
 * of messages come with the parameters, so that the member that started the server can test the
 * guard.
 */
public class GuardedRpc implements RpcType {
  private static final String GUARD_KEY = AppendGuard.class.getName();
  private static final String ENDPOINT_KEY = MemberEndpoint.class.getName();

  private static final String MESSAGES_KEY = MessageLanes.class.getName();
  private static final String COMMITS_KEY = CommitWatch.class.getName();

  /** Puts all of them where {@link #newFactory} finds them. */
  static void install(
      Parameters parameters,
      MemberEndpoint endpoint,
      AppendGuard guard,
      MessageLanes messages,
      CommitWatch commits) {
    parameters.put(ENDPOINT_KEY, endpoint, MemberEndpoint.class);
    parameters.put(GUARD_KEY, guard, AppendGuard.class);
    parameters.put(MESSAGES_KEY, messages, MessageLanes.class);
    parameters.put(COMMITS_KEY, commits, CommitWatch.class);
  }

  @Override
  public String name() {
    return getClass().getName();
  }

  /** The guard that its servers get; a test has another one. */
  AppendGuard guard(Parameters parameters) {
    return parameters.getNonNull(GUARD_KEY, AppendGuard.class);
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    MemberEndpoint endpoint = parameters.getNonNull(ENDPOINT_KEY, MemberEndpoint.class);
    MessageLanes messages = parameters.getNonNull(MESSAGES_KEY, MessageLanes.class);
    CommitWatch commits = parameters.getNonNull(COMMITS_KEY, CommitWatch.class);
    return new Factory(this, endpoint, guard(parameters), messages, commits);
  }

  private record Factory(
      RpcType type,
      MemberEndpoint endpoint,
      AppendGuard guard,
      MessageLanes messages,
      CommitWatch commits)
      implements ServerFactory {
    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new MemberRpc(type, server, endpoint, guard, messages, commits);
    }

    @Override
    public LogAppender newLogAppender(
        RaftServer.Division division, LeaderState leader, FollowerInfo follower) {
      MemberRpc rpc = (MemberRpc) division.getRaftServer().getServerRpc();
      return rpc.newSender(division, leader, follower);
    }
  }
}
