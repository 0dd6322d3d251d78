package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.TxLogConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * Every option of Ratis that this module relies on, set by name with its reason, also where the
 * default happens to be the same: a default may change, a reason does not.
 */
final class RatisOptions {
  /** Largest entry, and largest batch to a follower. Also what the reader accepts: never lower. */
  static final SizeInBytes MAX_APPEND = SizeInBytes.valueOf("4MB");

  /** Idle time after which a leader that lost its majority may stand again, and pause limit. */
  private static final int STEP_DOWN_WAIT_MS = 1500;

  private RatisOptions() {}

  static RaftProperties of(TxLogConfig config, Path storage, Path removed) {
    RaftProperties properties = new RaftProperties();
    storage(properties, storage, removed);
    log(properties);
    elections(properties, config);
    // A class, made by reflection; where it listens is no property but MemberEndpoint's.
    properties.set("raft.rpc.type", GuardedRpc.class.getName());
    pools(properties);
    snapshots(properties);
    return properties;
  }

  private static void storage(RaftProperties properties, Path storage, Path removed) {
    // The default is below /tmp.
    RaftServerConfigKeys.setStorageDir(properties, List.of(storage.toFile()));
    RaftServerConfigKeys.setRemovedGroupsDir(properties, removed.toFile());
    // Free space is watched by the node while it runs; Ratis would look at start only.
    RaftServerConfigKeys.setStorageFreeSpaceMin(properties, SizeInBytes.valueOf("0"));
  }

  private static void log(RaftProperties properties) {
    RaftServerConfigKeys.Log.setUseMemory(properties, false);
    // Asynchronous flush can count bytes as durable that were written after the flush began.
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
    // Group commit: a flush when nothing more is queued, at the latest after so many entries.
    RaftServerConfigKeys.Log.setForceSyncNum(properties, 128);
    // Keeps an append out of the log until the flush before it is through: the wide form of the
    // hole that AppendGuard closes.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
    // Any damage stops the start; what a crash can leave behind is repaired by SegmentCheck before.
    RaftServerConfigKeys.Log.setCorruptionPolicy(properties, CorruptionPolicy.EXCEPTION);
    // One metadata entry per commit would double the entries of a quiet shard.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    // Entries of the open segment stay in the heap, and the collector copies what lives on.
    RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("8MB"));
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("4MB"));
    // Heap of a member: segments whose entries stay in memory for followers and for apply.
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 1);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf("8MB"));
    // One frame must fit: entry, length and checksum.
    RaftServerConfigKeys.Log.setWriteBufferSize(properties, SizeInBytes.valueOf("8MB"));
    // When full, Ratis blocks under its locks; the shard's budget of records in flight is far
    // below.
    RaftServerConfigKeys.Log.setQueueElementLimit(properties, 4096);
    RaftServerConfigKeys.Log.setQueueByteLimit(properties, SizeInBytes.valueOf("64MB"));
    // Backstop above the shard's budget; beyond it a proposal is refused, not delayed.
    RaftServerConfigKeys.Write.setElementLimit(properties, 16384);
    RaftServerConfigKeys.Write.setByteLimit(properties, SizeInBytes.valueOf("64MB"));
    // Purging is ours: exactly what is asked, no margin and no minimum of Ratis' own.
    RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
    RaftServerConfigKeys.Log.setPurgePreservationLogNum(properties, 0);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    // Each write stays so long in the cache of every member; we never repeat a call.
    RaftServerConfigKeys.RetryCache.setExpiryTime(properties, seconds(2));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, MAX_APPEND);
    // The default spaces appends by 1 ms.
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(properties, TimeDuration.ZERO);
    // A follower that was away for long is asked every quarter of a second whether it is back; by
    // default every five, and a member that restarts would serve that much later. The last figure
    // stands for "for ever": a leader that stopped asking would ask without any pause.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(
        properties, "10ms,10, 100ms,50, 250ms,1000000000");
  }

  private static void elections(RaftProperties properties, TxLogConfig config) {
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, millis(config.electionTimeoutMinMs()));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, millis(config.electionTimeoutMaxMs()));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(
        properties, millis(config.electionTimeoutMinMs()));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
        properties, millis(config.electionTimeoutMaxMs()));
    // A dead append is noticed, and sent again, after so long.
    RaftServerConfigKeys.Rpc.setRequestTimeout(properties, seconds(1));
    // Without it an isolated member would depose a healthy leader when it comes back.
    RaftServerConfigKeys.LeaderElection.setPreVote(properties, true);
    // Also bars a leader that lost its majority from standing for so long.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        properties, millis(STEP_DOWN_WAIT_MS));
    // One voter at a time, see Membership.
    RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(properties, false);
    // Longer pauses of the process: Ratis closes itself, and the node ends.
    RaftServerConfigKeys.setCloseThreshold(properties, seconds(60));
    // Ratis' reads are not linearizable and its lease has a hole: neither is used.
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.DEFAULT);
    RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, false);
    // A new member may have to fetch a snapshot first, which counts as no progress.
    RaftServerConfigKeys.setStagingTimeout(properties, TimeDuration.valueOf(10, TimeUnit.MINUTES));
    RaftServerConfigKeys.setStagingCatchupGap(properties, 10_000);
  }

  /** All pools bounded; sized for few cores. Pools whose tasks wait for others have more than 1. */
  private static void pools(RaftProperties properties) {
    RaftServerConfigKeys.ThreadPool.setServerCached(properties, true);
    RaftServerConfigKeys.ThreadPool.setServerSize(properties, 4);
    RaftServerConfigKeys.ThreadPool.setClientCached(properties, true);
    RaftServerConfigKeys.ThreadPool.setClientSize(properties, 2);
    RaftServerConfigKeys.ThreadPool.setProxyCached(properties, true);
    RaftServerConfigKeys.ThreadPool.setProxySize(properties, 2);
  }

  private static void snapshots(RaftProperties properties) {
    // Snapshots are the shard's, and the log never moves them.
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, false);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, false);
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
    RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(properties, false);
  }

  private static TimeDuration millis(int ms) {
    return TimeDuration.valueOf(ms, TimeUnit.MILLISECONDS);
  }

  private static TimeDuration seconds(int seconds) {
    return TimeDuration.valueOf(seconds, TimeUnit.SECONDS);
  }
}
