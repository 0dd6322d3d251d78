package io.engramdb.txlog.ratis;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the network and a member's Ratis server and decides what may be acknowledged.
 *
 * <p><b>Term.</b> A follower of Ratis checks the term of an append, waits for its disk, may vote in
 * a later term meanwhile, and then acknowledges with the old term; the old leader counts that as a
 * majority and an acknowledged record is lost. Here an append with entries is acknowledged only if,
 * once it is on disk, the term is still the leader's. Refusals of Ratis itself pass unchanged: the
 * old leader learns of the new term from them.
 *
 * <p><b>Disk.</b> A reply leaves only when the flushed part of the log reaches as far as it says
 * ({@link #mayLeave}).
 *
 * <p><b>Commit.</b> Appends that begin the log get the commit index that they prove ({@link
 * #withProvenCommit}).
 *
 * <p>Thread-safe; a check costs two reads.
 */
final class AppendGuard {
  private static final Logger LOG = LoggerFactory.getLogger(AppendGuard.class);

  /** Group of the self-test: no real group has it. */
  private final RaftGroupId probeGroup = RaftGroupId.randomId();

  private final AtomicLong refusedCount = new AtomicLong();
  private final AtomicLong refusedProbeCount = new AtomicLong();
  private volatile boolean enabled = true;

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

  /** Gives an append with entries to the server. */
  CompletableFuture<AppendEntriesReplyProto> append(
      RaftServer server, AppendEntriesRequestProto request) throws IOException {
    if (group(request).equals(probeGroup)) {
      // The self-test: an append that reached the disk of a member which has voted meanwhile.
      return CompletableFuture.completedFuture(
          AppendEntriesReplyProto.newBuilder().setResult(AppendResult.SUCCESS).build());
    }
    return server.appendEntriesAsync(withProvenCommit(request));
  }

  /**
   * Whether a reply may leave; to be asked after all appends before it were answered. False: what
   * it acknowledges is not on disk yet. Ratis takes entries for done that are in its log already,
   * while they may still wait for the disk, and after a truncation also new ones at indexes that
   * were flushed before it.
   *
   * @throws IOException if it may never leave, because the term moved on meanwhile
   */
  boolean mayLeave(
      RaftServer server, AppendEntriesRequestProto request, AppendEntriesReplyProto reply)
      throws IOException {
    if (reply.getResult() != AppendResult.SUCCESS || !enabled) {
      return true;
    }
    RaftGroupId group = group(request);
    boolean probe = group.equals(probeGroup);
    RaftServer.Division division = probe ? null : server.getDivision(group);
    boolean onDisk =
        division == null || division.getRaftLog().getFlushIndex() >= reply.getMatchIndex();
    // Only now: a vote that was given before the entries were on disk shows here. And what a later
    // leader removed meanwhile will never be there: it is not waited for.
    long sent = request.getLeaderTerm();
    long term = division == null ? sent + 1 : division.getInfo().getCurrentTerm();
    if (term == sent) {
      return onDisk;
    }
    if (probe) {
      refusedProbeCount.incrementAndGet();
    } else {
      refusedCount.incrementAndGet();
      LOG.info("append of term {} is done in term {} and not acknowledged", sent, term);
    }
    throw new IOException("term moved from " + sent + " to " + term);
  }

  private static RaftGroupId group(AppendEntriesRequestProto request) {
    return RaftGroupId.valueOf(request.getServerRequest().getRaftGroupId().getId());
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
}
