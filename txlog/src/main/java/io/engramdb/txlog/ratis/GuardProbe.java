package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.server.RaftServer;

/**
 * Proves at start that the {@link AppendGuard} is in the path: sends, over the network, to the
 * member's own port, an append that only a guard refuses. A member in which it is acknowledged, or
 * answered by anybody else, does not start.
 */
final class GuardProbe {
  private static final long TIMEOUT_MS = 20_000;

  private GuardProbe() {}

  /**
   * Runs the test.
   *
   * @throws IOException if the guard did not do its work
   */
  static void run(RaftServer server, AppendGuard guard) throws IOException {
    if (!(server.getServerRpc() instanceof MemberRpc rpc)) {
      throw new IOException("the append guard is not in the path: " + server.getRpcType());
    }
    long before = guard.refusedProbeCount();
    long beginNs = System.nanoTime();
    while (true) {
      long leftMs = TIMEOUT_MS - (System.nanoTime() - beginNs) / 1_000_000;
      try {
        rpc.appendToSelf(request(server, guard)).get(Math.max(0, leftMs), TimeUnit.MILLISECONDS);
        throw new IOException("the append guard acknowledged an append of a past term");
      } catch (ExecutionException e) {
        if (guard.refusedProbeCount() > before) {
          return;
        }
        // A connection may break or, on a busy machine, come about too slowly.
        if (leftMs <= 0 || !(e.getCause() instanceof ConnectException)) {
          throw new IOException("the append guard is not in the path of appends", e.getCause());
        }
      } catch (TimeoutException e) {
        throw new IOException("the append guard did not answer within " + TIMEOUT_MS + " ms", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while testing the append guard", e);
      }
    }
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
}
