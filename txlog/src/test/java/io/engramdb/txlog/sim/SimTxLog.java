package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One run of a simulated member's process, as its shard sees the log. A restart is a new object on
 * the same disk; the object of a crashed run is dead: it refuses everything and calls nobody.
 *
 * <p>Runs on the one thread of the simulation. Callbacks come from {@link SimLogCluster#step()} and
 * from the fault methods of the cluster, never from inside a call of this class.
 */
public final class SimTxLog implements TxLog {
  private final SimLogCluster cluster;
  private final String name;
  private LogPosition snapshot;
  private @Nullable SimMember member;
  private boolean closed;

  /** Epoch of which one proposal was refused: the rest of it is refused too. 0 = none. */
  private long refusedEpoch;

  SimTxLog(SimLogCluster cluster, String name, LogPosition snapshot) {
    this.cluster = cluster;
    this.name = name;
    this.snapshot = snapshot;
  }

  /** Whether the process lives. */
  boolean isRunning() {
    return member != null;
  }

  /** Name of the member. */
  public String name() {
    return name;
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
    if (length > MAX_RECORD_BYTES) {
      throw new IllegalArgumentException("record of " + length + " bytes");
    }
    if (epoch == refusedEpoch) {
      return ProposeResult.FENCED;
    }
    ProposeResult result =
        member == null
            ? ProposeResult.UNAVAILABLE
            : member.propose(
                epoch,
                sequence,
                kind,
                Arrays.copyOfRange(payload, offset, offset + length),
                position);
    if (result != ProposeResult.APPENDED) {
      refusedEpoch = epoch;
    }
    return result;
  }

  @Override
  public void start(LogListener listener, LogPosition newSnapshot) throws IOException {
    snapshot = newSnapshot;
    start(listener);
  }

  @Override
  public void start(LogListener listener) throws IOException {
    if (closed || member != null) {
      throw new IllegalStateException("log of " + name + " was started before");
    }
    member = cluster.boot(this, name, snapshot, listener);
  }

  @Override
  public LogStatus status() {
    SimMember running = member;
    if (running == null) {
      return new LogStatus(0, null, false, 0, -1, -1, -1, 0, List.of());
    }
    return running.status();
  }

  @Override
  public CompletableFuture<Void> transferLeadership(@Nullable String target, long timeoutMs) {
    if (member == null) {
      return CompletableFuture.failedFuture(new IOException("log of " + name + " is closed"));
    }
    return member.transferLeadership(target, timeoutMs * 1_000_000);
  }

  @Override
  public void replay(long firstIndex, long lastIndex, ReplayConsumer consumer) throws IOException {
    if (member == null) {
      throw new IOException("log of " + name + " is closed");
    }
    member.replay(firstIndex, lastIndex, consumer);
  }

  @Override
  public void purge(long lastIndex) {
    if (member != null) {
      member.purge(lastIndex);
    }
  }

  @Override
  public CompletableFuture<Void> changeMembers(List<Member> members) {
    if (member == null) {
      return CompletableFuture.failedFuture(new IOException("log of " + name + " is closed"));
    }
    return member.changeMembers(new ArrayList<>(members));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      cluster.shutDown(name, this);
    }
  }

  /** The process behind this object is gone. */
  void died() {
    closed = true;
    member = null;
  }

  @Override
  public String toString() {
    return "SimTxLog(" + name + ")";
  }
}
