package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.protocol.AdminAsynchronousProtocol;
import org.apache.ratis.protocol.AdminProtocol;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientProtocol;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the network and a member's Ratis server, for these reasons.
 *
 * <p><b>Appends.</b> A follower of Ratis checks the term of an append, waits for its disk, may vote
 * in a later term meanwhile, and then acknowledges with the old term; the old leader counts that as
 * a majority and an acknowledged record is lost. Here an append with entries is acknowledged only
 * if, once it is on disk, the term is still the leader's. Refusals of Ratis itself pass unchanged:
 * the old leader learns of the new term from them. Appends that begin the log get the commit index
 * that they prove ({@link #withProvenCommit}).
 *
 * <p><b>Everything else.</b> Ratis serves its client and admin protocols on the same port: whoever
 * reaches it could write or change the membership. Nothing of that is served here.
 *
 * <p>Thread-safe; appends complete on Ratis' disk thread, the check costs one read.
 */
final class AppendGuard {
  private static final Logger LOG = LoggerFactory.getLogger(AppendGuard.class);

  private static final Set<Class<?>> NOT_SERVED =
      Set.of(
          RaftClientProtocol.class,
          RaftClientAsynchronousProtocol.class,
          AdminProtocol.class,
          AdminAsynchronousProtocol.class);

  /** Group of the self-test: no real group has it. */
  private final RaftGroupId probeGroup = RaftGroupId.randomId();

  private final AtomicLong refusedCount = new AtomicLong();
  private final AtomicLong refusedProbeCount = new AtomicLong();
  private volatile boolean enabled = true;

  /** A term that can be asked for; throws if the group is gone. */
  private interface CurrentTerm {
    long get() throws IOException;
  }

  /** Group id to which a probe must be addressed. */
  RaftGroupId probeGroup() {
    return probeGroup;
  }

  /** Appends that were on disk but not acknowledged; for display and tests. */
  long refusedCount() {
    return refusedCount.get();
  }

  /** Probes that were refused as they must be. */
  long refusedProbeCount() {
    return refusedProbeCount.get();
  }

  /** For the test that shows what happens without it. */
  void disableForTest() {
    enabled = false;
  }

  RaftServer around(RaftServer server) {
    return (RaftServer)
        Proxy.newProxyInstance(
            RaftServer.class.getClassLoader(),
            new Class<?>[] {RaftServer.class},
            (proxy, method, args) -> invoke(server, method, args));
  }

  private @Nullable Object invoke(RaftServer server, Method method, Object @Nullable [] args)
      throws Throwable {
    if (NOT_SERVED.contains(method.getDeclaringClass())) {
      throw new IOException(method.getName() + " is not served over the network");
    }
    if (args != null
        && args.length == 1
        && args[0] instanceof AppendEntriesRequestProto request
        && method.getName().startsWith("appendEntries")) {
      if (!method.getName().equals("appendEntriesAsync")) {
        throw new IOException("only asynchronous appends are guarded");
      }
      return append(server, request);
    }
    try {
      return method.invoke(server, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private CompletableFuture<AppendEntriesReplyProto> append(
      RaftServer server, AppendEntriesRequestProto request) throws IOException {
    RaftGroupId group = RaftGroupId.valueOf(request.getServerRequest().getRaftGroupId().getId());
    if (group.equals(probeGroup)) {
      // The self-test: an append that reached the disk of a member which has voted meanwhile.
      AppendEntriesReplyProto success =
          AppendEntriesReplyProto.newBuilder().setResult(AppendResult.SUCCESS).build();
      CompletableFuture<AppendEntriesReplyProto> done = CompletableFuture.completedFuture(success);
      return check(request, done, () -> request.getLeaderTerm() + 1, refusedProbeCount);
    }
    return check(
        request,
        server.appendEntriesAsync(withProvenCommit(request)),
        () -> server.getDivision(group).getInfo().getCurrentTerm(),
        refusedCount);
  }

  /**
   * Lowers the commit index of an append at the beginning of the log to what that append proves.
   *
   * <p>Ratis counts the entries of such an append from index 0 as if the one before them had index
   * 0, not -1, and so takes one entry too many as committed: at a heartbeat, entry 0, whatever the
   * follower has there. A follower whose entry 0 comes from a leader that lost then holds it for
   * committed and refuses the true one for ever; an entry that is none of the leader's could be
   * applied.
   */
  static AppendEntriesRequestProto withProvenCommit(AppendEntriesRequestProto request) {
    long proven = request.getEntriesCount() - 1L;
    if (request.hasPreviousLog() || request.getLeaderCommit() <= proven) {
      return request;
    }
    return request.toBuilder().setLeaderCommit(proven).build();
  }

  private CompletableFuture<AppendEntriesReplyProto> check(
      AppendEntriesRequestProto request,
      CompletableFuture<AppendEntriesReplyProto> appended,
      CurrentTerm currentTerm,
      AtomicLong counter) {
    if (request.getEntriesCount() == 0 || !enabled) {
      return appended;
    }
    return appended.thenApply(
        reply -> {
          if (reply.getResult() != AppendResult.SUCCESS) {
            return reply;
          }
          try {
            long term = currentTerm.get();
            if (term == request.getLeaderTerm()) {
              return reply;
            }
            counter.incrementAndGet();
            if (counter != refusedProbeCount) {
              LOG.info(
                  "append of term {} reached the disk in term {} and is not acknowledged",
                  request.getLeaderTerm(),
                  term);
            }
            throw new CompletionException(
                new IOException("term moved from " + request.getLeaderTerm() + " to " + term));
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        });
  }
}
