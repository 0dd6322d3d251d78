package io.engramdb.txlog.ratis;

import io.engramdb.txlog.Invariant;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends a record on the caller's own thread.
 *
 * <p>{@code RaftServer.submitClientRequestAsync} hands each request to a pool and waits for it: two
 * changes of thread per record. The division does the same work on the calling thread, but its
 * method is reachable only by a cast to an interface that its class happens to implement. That
 * assumption lives here alone, and a test holds it.
 *
 * <p>One thread only, the shard's.
 */
final class DirectSubmission {
  private static final Logger LOG = LoggerFactory.getLogger(DirectSubmission.class);

  private final RaftServer.Division division;
  private final RaftClientAsynchronousProtocol entrance;

  /** Ratis recognises repetitions by client and call; neither is ever used twice. */
  private ClientId client = ClientId.randomId();

  private long clientEpoch;
  private long lastCallId;

  /** Epoch of which a proposal was refused: all later ones of it are, too. 0 = none. */
  private long refusedEpoch;

  DirectSubmission(RaftServer.Division division) {
    Invariant.check(
        division instanceof RaftClientAsynchronousProtocol,
        "%s takes no requests on the caller's thread",
        division.getClass());
    this.division = division;
    this.entrance = (RaftClientAsynchronousProtocol) division;
  }

  ProposeResult propose(
      long epoch,
      long sequence,
      RecordKind kind,
      byte[] payload,
      int offset,
      int length,
      TxLog.PositionHolder position) {
    if (epoch == refusedEpoch) {
      return ProposeResult.FENCED;
    }
    ProposalMessage proposal =
        new ProposalMessage(
            epoch, sequence, RecordEnvelope.encode(kind, epoch, sequence, payload, offset, length));
    ProposeResult result = submit(proposal, position);
    if (result != ProposeResult.APPENDED) {
      // Ratis lost a permit by this; it must not lose another one in the same term.
      refusedEpoch = epoch;
    }
    return result;
  }

  private ProposeResult submit(ProposalMessage proposal, TxLog.PositionHolder position) {
    CompletableFuture<RaftClientReply> reply = null;
    Throwable thrown = null;
    try {
      reply = entrance.submitClientRequestAsync(request(proposal));
    } catch (IOException | RuntimeException e) {
      thrown = e;
    }
    LogEntryProto entry = proposal.context == null ? null : proposal.context.getLogEntry();
    if (entry != null) {
      // It has its place in the log, whatever the reply says: its fate is open.
      position.term = entry.getTerm();
      position.index = entry.getIndex();
      return ProposeResult.APPENDED;
    }
    if (reply == null) {
      LOG.warn("proposal was not taken: {}", String.valueOf(thrown));
      return ProposeResult.UNAVAILABLE;
    }
    Invariant.check(
        reply.isDone(),
        "proposal %d of epoch %d is neither appended nor refused",
        proposal.sequence,
        proposal.epoch);
    return refusal(reply);
  }

  private RaftClientRequest request(ProposalMessage proposal) {
    if (proposal.epoch != clientEpoch) {
      clientEpoch = proposal.epoch;
      client = ClientId.randomId();
    }
    return RaftClientRequest.newBuilder()
        .setClientId(client)
        .setCallId(++lastCallId)
        .setServerId(division.getId())
        .setGroupId(division.getMemberId().getGroupId())
        .setMessage(proposal)
        .setType(RaftClientRequest.writeRequestType())
        .build();
  }

  private static ProposeResult refusal(CompletableFuture<RaftClientReply> done) {
    Throwable cause = done.isCompletedExceptionally() ? done.exceptionNow() : null;
    if (cause == null) {
      cause = done.join().getException();
    }
    return refusal(cause);
  }

  private static ProposeResult refusal(@Nullable Throwable cause) {
    if (cause instanceof NotLeaderException
        || cause instanceof LeaderNotReadyException
        || cause instanceof LeaderSteppingDownException) {
      return ProposeResult.NOT_LEADER;
    }
    if (cause instanceof StateMachineException && cause.getCause() instanceof EpochGuard.Fenced) {
      return ProposeResult.FENCED;
    }
    LOG.warn("proposal was refused: {}", String.valueOf(cause));
    return ProposeResult.UNAVAILABLE;
  }
}
