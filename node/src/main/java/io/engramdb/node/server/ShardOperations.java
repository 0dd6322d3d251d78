package io.engramdb.node.server;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardMember;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.shard.CommitPipeline;
import io.engramdb.node.shard.Shard;
import io.engramdb.txlog.api.LogStatus;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What administrators' commands do to the shard and its process. Shard thread only. */
final class ShardOperations implements ShardControl {
  /** A hand-over without a time limit of its own, milliseconds. */
  private static final long DEFAULT_HAND_OVER_MS = 10_000;

  private final Supplier<DurableShard> durable;
  private final LogSampler sampler;
  private final Stopper stopper;
  private final Supplier<ReplicaFeeds> replicas;

  /** Ends the process in order, on a thread of its own. */
  interface Stopper {
    /** Begins to stop; a primary hands over first unless {@code now}. */
    void begin(boolean now);

    /** Whether a stop runs. */
    boolean isRunning();

    /** Takes it back; false if it has gone too far or none runs. Shard thread only. */
    boolean abort();
  }

  ShardOperations(
      Supplier<DurableShard> durable,
      LogSampler sampler,
      Stopper stopper,
      Supplier<ReplicaFeeds> replicas) {
    this.durable = durable;
    this.sampler = sampler;
    this.stopper = stopper;
    this.replicas = replicas;
  }

  @Override
  public int copiesElsewhere(long epoch, long sequence) {
    LogStatus sample = sampler.newest();
    long index = index(epoch, sequence);
    if (index < 0 || !sample.leading()) {
      return 0;
    }
    int copies = 0;
    int voters = 0;
    for (LogStatus.Peer peer : sample.peers()) {
      voters += peer.votes() ? 1 : 0;
      copies += peer.votes() && peer.matchIndex() >= index ? 1 : 0;
    }
    if (copies < voters) {
      sampler.refresh();
    }
    return copies;
  }

  @Override
  public @Nullable String startSnapshot() {
    return durable.get().startSnapshot();
  }

  @Override
  public @Nullable String replicateTo(ClientState client) {
    return replicas.get().attach(client);
  }

  @Override
  public void expireInBackground(boolean on) {
    durable.get().shard().limits().backgroundExpiry = on;
  }

  @Override
  public void pauseBackground(boolean paused) {
    durable.get().shard().limits().backgroundPaused = paused;
  }

  @Override
  public void allowAllInScripts(boolean on) {
    durable.get().shard().limits().scriptsMayAll = on;
  }

  @Override
  public Reload reload() {
    return durable.get().reload();
  }

  @Override
  public boolean onOwnDisk(long epoch, long sequence) {
    long index = index(epoch, sequence);
    if (index < 0) {
      return false;
    }
    if (sampler.newest().flushedIndex() >= index) {
      return true;
    }
    sampler.refresh();
    return false;
  }

  /** Index of a record of ours; -1 if it was lost with its epoch or has none yet. */
  private long index(long epoch, long sequence) {
    CommitPipeline pipeline = durable.get().shard().pipeline();
    if (sequence == 0) {
      // Nothing was written: every voter has that.
      return 0;
    }
    return pipeline.epoch() == epoch ? pipeline.indexOf(sequence) : -1;
  }

  @Override
  public void startFailover(@Nullable ShardMember target, long timeoutMs, boolean force) {
    long limitMs = timeoutMs > 0 ? timeoutMs : DEFAULT_HAND_OVER_MS;
    durable.get().handOver(target == null ? null : target.name(), limitMs, handedOver -> {});
  }

  @Override
  public boolean abortFailover() {
    return durable.get().abortHandOver();
  }

  @Override
  public void startShutdown(boolean now, boolean force) {
    stopper.begin(now);
  }

  @Override
  public boolean abortShutdown() {
    return stopper.abort();
  }

  @Override
  public ReadPoint readPoint() {
    return durable.get().shard().readPoint();
  }

  @Override
  public boolean mayTell(ReadPoint point) {
    return durable.get().shard().mayTell(point);
  }

  @Override
  public void holdKeys(int database, List<Bytes> keys) {
    durable.get().shard().heldKeys().hold(database, keys);
  }

  @Override
  public void releaseKeys(int database, List<Bytes> keys) {
    Shard shard = durable.get().shard();
    shard.heldKeys().release(database, keys);
    // Later: whoever releases may be in the middle of its reply.
    shard.resumeHeldSoon();
  }

  @Override
  public boolean shuttingDown() {
    return stopper.isRunning();
  }
}
