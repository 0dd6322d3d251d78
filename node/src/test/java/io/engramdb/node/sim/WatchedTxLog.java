package io.engramdb.node.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Holds a shard to what it owes its log: nothing is proposed while a transfer runs. */
final class WatchedTxLog implements TxLog {

  private final TxLog log;
  private final SimNode node;
  private final SimWorld world;
  private @Nullable CompletableFuture<Void> transfer;

  WatchedTxLog(TxLog log, SimNode node, SimWorld world) {
    this.log = log;
    this.node = node;
    this.world = world;
  }

  @Override
  public ProposeResult propose(
      long epoch,
      long sequence,
      RecordKind kind,
      byte[] payload,
      int offset,
      int length,
      PositionHolder position) {
    if (transfer != null && !transfer.isDone()) {
      world.violation(node.name() + " proposes while a transfer runs");
    }
    return log.propose(epoch, sequence, kind, payload, offset, length, position);
  }

  @Override
  public void start(LogListener listener, LogPosition snapshot) throws IOException {
    log.start(listener, snapshot);
  }

  @Override
  public void start(LogListener listener) throws IOException {
    log.start(listener);
  }

  @Override
  public LogStatus status() {
    return log.status();
  }

  @Override
  public CompletableFuture<Void> transferLeadership(@Nullable String target, long timeoutMs) {
    if (node.shard().state().leads() && node.shard().pipeline().inFlightCount() > 0) {
      world.violation(node.name() + " transfers with records that are not committed");
    }
    transfer = log.transferLeadership(target, timeoutMs);
    return transfer;
  }

  @Override
  public void replay(long firstIndex, long lastIndex, ReplayConsumer consumer) throws IOException {
    log.replay(firstIndex, lastIndex, consumer);
  }

  @Override
  public void purge(long lastIndex) {
    log.purge(lastIndex);
  }

  @Override
  public CompletableFuture<Void> changeMembers(List<Member> members) {
    return log.changeMembers(members);
  }

  @Override
  public void close() {
    log.close();
  }
}
