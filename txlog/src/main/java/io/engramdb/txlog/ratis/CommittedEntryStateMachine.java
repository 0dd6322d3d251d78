package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.RecordKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Thin bridge from Ratis to a {@link LogListener}: passes on, in order, and decides nothing but the
 * fence.
 *
 * <p>Ratis calls from several threads: the applying thread (committed entries, one after another,
 * no lock held), threads that hold its locks (elections, truncation), the disk thread (failure),
 * the proposer (start and fence of a transaction).
 */
class CommittedEntryStateMachine extends BaseStateMachine {
  private static final Logger LOG = LoggerFactory.getLogger(CommittedEntryStateMachine.class);
  private static final CompletableFuture<Message> DONE =
      CompletableFuture.completedFuture(Message.EMPTY);

  private final LogListener listener;
  private final NoticeLane lane;
  private final EpochGuard guard;
  private final LeadershipTracker leadership;
  private final LongSupplier currentTerm;

  /** Entries that all members rejected because their epoch is not their term; for display. */
  private final AtomicLong rejectedCount = new AtomicLong();

  private volatile LogPosition snapshot;
  private volatile boolean closing;

  /** First index of the leader's log when the listener was last told that it is too far behind. */
  private volatile long tooFarBehind;

  /** Runs on Ratis' disk thread before each flush; tests stall or break a disk with it. */
  private volatile Runnable beforeFlush = () -> {};

  /**
   * A bridge.
   *
   * @param currentTerm the term that Ratis is in; asked only while the group exists
   * @param snapshot what was applied before the first entry that is wanted
   */
  CommittedEntryStateMachine(
      LogListener listener,
      NoticeLane lane,
      EpochGuard guard,
      LeadershipTracker leadership,
      LongSupplier currentTerm,
      LogPosition snapshot) {
    this.listener = listener;
    this.lane = lane;
    this.guard = guard;
    this.leadership = leadership;
    this.currentTerm = currentTerm;
    this.snapshot = snapshot;
  }

  /** The member is being closed by its owner: what Ratis says of it from now on is no failure. */
  void closing() {
    closing = true;
  }

  /** Entries up to here are gone from the log, or will be. */
  void snapshot(LogPosition position) {
    snapshot = position;
  }

  long rejectedCount() {
    return rejectedCount.get();
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    super.initialize(server, group, storage);
    LogPosition position = snapshot;
    if (position.index() >= 0) {
      setLastAppliedTermIndex(TermIndex.valueOf(position.term(), position.index()));
    }
  }

  /** Position only: the files belong to the shard and are not moved by Ratis. */
  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    LogPosition position = snapshot;
    return position.index() < 0 ? null : new PositionOnly(position);
  }

  private record PositionOnly(LogPosition position) implements SnapshotInfo {
    @Override
    public TermIndex getTermIndex() {
      return TermIndex.valueOf(position.term(), position.index());
    }

    @Override
    public List<FileInfo> getFiles() {
      return List.of();
    }
  }

  // ---- proposing

  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    if (!(request.getMessage() instanceof ProposalMessage proposal)) {
      throw new IOException("only the shard's own process may propose");
    }
    TransactionContext context =
        TransactionContext.newBuilder()
            .setStateMachine(this)
            .setClientRequest(request)
            .setLogData(proposal.getContent())
            .setStateMachineContext(proposal)
            .build();
    proposal.context = context;
    return context;
  }

  @Override
  public TransactionContext preAppendTransaction(TransactionContext context)
      throws StateMachineException {
    ProposalMessage proposal = (ProposalMessage) context.getStateMachineContext();
    try {
      guard.admit(proposal.epoch, proposal.sequence, currentTerm.getAsLong());
    } catch (EpochGuard.Fenced e) {
      // Without the "false" Ratis would make the leader step down: the fence is no illness of it.
      throw new StateMachineException("fenced: " + e.getMessage(), e, false);
    }
    return context;
  }

  // ---- committed entries: the applying thread

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext context) {
    LogEntryProto entry = context.getLogEntry();
    long term = entry.getTerm();
    long index = entry.getIndex();
    guard.committed(term);
    try {
      deliver(term, index, entry.getStateMachineLogEntry().getLogData());
    } catch (IOException e) {
      // The disk gave other bytes than were written, or a newer version wrote them: the shard can't
      // go on, and must not go on without this record.
      IOException cause =
          new IOException("record " + term + ":" + index + ": " + e.getMessage(), e);
      failed(cause);
      throw new IllegalStateException(cause);
    }
    updateLastAppliedTermIndex(term, index);
    return DONE;
  }

  private void deliver(long term, long index, ByteString logData) throws IOException {
    RecordEnvelope record = RecordEnvelope.header(logData);
    if (record.epoch() != term) {
      long count = rejectedCount.incrementAndGet();
      LOG.error(
          "record {}:{} carries epoch {} and is rejected by all members; {} so far",
          term,
          index,
          record.epoch(),
          count);
      lane.deliver(() -> listener.onInternalEntry(term, index));
      return;
    }
    boolean mine = guard.isOwn(term);
    byte[] payload = mine ? null : payload(record.kind(), logData);
    lane.deliver(
        () ->
            listener.onCommitted(
                term, index, record.epoch(), record.sequence(), record.kind(), payload, mine));
  }

  /** The bytes that the listener gets. */
  byte[] payload(RecordKind kind, ByteString logData) throws IOException {
    return RecordEnvelope.payload(logData);
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    guard.committed(term);
    lane.deliver(() -> listener.onInternalEntry(term, index));
    leadership.internalEntryHeard(term, index);
  }

  @Override
  public void notifyLeaderReady() {
    leadership.ready();
  }

  // ---- role and truncation: under Ratis' locks

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader) {
    long term = currentTerm.getAsLong();
    if (leader.equals(self.getPeerId())) {
      leadership.elected(term);
    } else {
      leadership.leaderChanged(leader.toString(), term);
    }
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    leadership.lost();
  }

  /**
   * Called for each truncation, data or not. Ratis documents the argument as the last index that is
   * kept; it is the first one that is removed, and a test holds it to that.
   */
  @Override
  public CompletableFuture<Void> truncate(long index) {
    lane.hand(() -> listener.onTruncated(index));
    return CompletableFuture.completedFuture(null);
  }

  /**
   * The leader lacks what this member needs, or asks a new member as a matter of form. Nothing is
   * installed while the member runs: the answer is "no snapshot", and Ratis asks again.
   */
  @Override
  public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex firstAvailable) {
    long first = firstAvailable.getIndex();
    if (first > getLastAppliedTermIndex().getIndex() + 1 && first > tooFarBehind) {
      tooFarBehind = first;
      lane.hand(() -> listener.onTooFarBehind(first));
    }
    return CompletableFuture.completedFuture(null);
  }

  /** Nothing of ours to flush: there is no data beside the log. */
  @Override
  public CompletableFuture<Void> flush(long index) {
    try {
      beforeFlush.run();
    } catch (UncheckedIOException e) {
      return CompletableFuture.failedFuture(e.getCause());
    }
    return super.flush(index);
  }

  void beforeFlush(Runnable action) {
    beforeFlush = action;
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    failed(cause);
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean allServer) {
    closedByItself();
  }

  /** Ratis also closes a group alone, without the notice above, when one of its threads fails. */
  @Override
  public void close() throws IOException {
    closedByItself();
    super.close();
  }

  private void closedByItself() {
    if (!closing) {
      failed(new IOException("the consensus library closed the log by itself"));
    }
  }

  private void failed(Throwable cause) {
    if (!closing) {
      lane.hand(() -> listener.onLogFailed(cause));
    }
  }
}
