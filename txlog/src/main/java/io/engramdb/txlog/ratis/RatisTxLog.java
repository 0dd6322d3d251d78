package io.engramdb.txlog.ratis;

import io.engramdb.txlog.Invariant;
import io.engramdb.txlog.api.FlushListener;
import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.MemberMessages;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member's log on Apache Ratis: the translation between the contract and a Ratis server with
 * one group, and nothing else.
 *
 * <p>Threads: {@link #propose} belongs to the shard's thread. {@link #status}, {@link #replay},
 * {@link #purge}, {@link #transferLeadership} and {@link #changeMembers} may come from any other;
 * {@link #start} and {@link #close} once each. Callbacks come through the {@link NoticeLane}.
 */
public final class RatisTxLog implements TxLog {
  private static final Logger LOG = LoggerFactory.getLogger(RatisTxLog.class);

  private volatile TxLogConfig config;
  private final FlushListener flushListener;
  private final AppendGuard appendGuard = new AppendGuard();
  private final EpochGuard epochGuard = new EpochGuard();
  private final Consumer<RaftProperties> overrides;
  private final MessageLanes messages;
  private volatile @Nullable Running running;

  /** Answers what the term is; unlike {@code running} it stays, for callbacks during the end. */
  private volatile RaftServer.@Nullable Division termSource;

  /** Before this Ratis has no log to be asked about, while the shard's thread asks already. */
  private volatile boolean serverStarted;

  private boolean used;

  /** Everything that exists only while the member runs. */
  private record Running(
      MemberDirectory directory,
      NoticeLane lane,
      CommittedEntryStateMachine bridge,
      RaftServer server,
      RaftServer.Division division,
      DirectSubmission submission,
      Membership membership,
      LogDisk disk) {}

  /** A member that is not started yet; nothing is touched. */
  public RatisTxLog(TxLogConfig config) {
    this(config, FlushListener.NONE);
  }

  /** The same, with somebody who hears of each flush of its log. */
  public RatisTxLog(TxLogConfig config, FlushListener flushListener) {
    this(config, flushListener, properties -> {});
  }

  /** For tests that need Ratis to behave otherwise. */
  RatisTxLog(TxLogConfig config, FlushListener flushListener, Consumer<RaftProperties> overrides) {
    this.config = config;
    this.flushListener = flushListener;
    this.overrides = overrides;
    this.messages = new MessageLanes(config.self());
  }

  @Override
  public synchronized void start(LogListener listener, LogPosition snapshot) throws IOException {
    config = config.withSnapshot(snapshot);
    start(listener);
  }

  @Override
  public synchronized void start(LogListener listener) throws IOException {
    Invariant.check(!used, "log of %s was started before", config.self());
    used = true;
    MemberDirectory directory = MemberDirectory.open(config);
    boolean started = false;
    try {
      running = start(directory, listener);
      GuardProbe.run(server(), appendGuard);
      started = true;
    } finally {
      if (!started) {
        close();
        directory.close();
      }
    }
  }

  private Running start(MemberDirectory directory, LogListener listener) throws IOException {
    LogPosition floor = floor(directory);
    LogPosition begin = config.snapshot().index() >= floor.index() ? config.snapshot() : floor;
    SegmentCheck.run(directory.root(), directory.segments(), begin);
    NoticeLane lane = new NoticeLane(config.self(), failure -> listenerFailed(listener, failure));
    CommitWatch commits = new CommitWatch(listener);
    LeadershipTracker leadership = new LeadershipTracker(lane, listener, commits);
    CommittedEntryStateMachine bridge =
        config.selfMember().role() == Member.Role.LOG_VOTER
            ? new LogOnlyStateMachine(listener, lane, epochGuard, leadership, this::term, begin)
            : new CommittedEntryStateMachine(
                listener, lane, epochGuard, leadership, this::term, begin);
    RaftServer server = build(directory, bridge, commits);
    RaftServer.Division division;
    try {
      division = server.getDivision(group());
    } catch (IOException | RuntimeException e) {
      server.close();
      lane.shutDown();
      throw e;
    }
    Running all =
        new Running(
            directory,
            lane,
            bridge,
            server,
            division,
            new DirectSubmission(division),
            new Membership(server, division, commits),
            new LogDisk(directory, division, bridge, floor));
    termSource = division;
    commits.begin(division);
    running = all;
    server.start();
    serverStarted = true;
    return all;
  }

  /**
   * A member without data has its position nowhere but here, so it must be on disk before the log
   * is made to fit it; others have it in their snapshot.
   */
  private LogPosition floor(MemberDirectory directory) throws IOException {
    boolean kept = config.selfMember().role() != Member.Role.LOG_VOTER;
    if (kept || config.snapshot().index() <= directory.floor().index()) {
      return directory.floor();
    }
    FloorFile.write(directory.floorFile(), config.snapshot());
    return config.snapshot();
  }

  private long term() {
    RaftServer.Division division = termSource;
    Invariant.check(division != null, "callback of %s before its start", config.self());
    return division.getInfo().getCurrentTerm();
  }

  private void listenerFailed(LogListener listener, Throwable failure) {
    LOG.error("{}: the listener failed, the log can't go on", config.self(), failure);
    listener.onLogFailed(failure);
  }

  private RaftGroupId group() {
    return RaftGroupId.valueOf(config.shardId());
  }

  private RaftGroupMemberId memberId() {
    return RaftGroupMemberId.valueOf(RaftPeerId.valueOf(config.self()), group());
  }

  private CompletableFuture<Void> closedFuture() {
    return CompletableFuture.failedFuture(
        new IOException("log of " + config.self() + " is closed"));
  }

  private RaftServer build(
      MemberDirectory directory, CommittedEntryStateMachine bridge, CommitWatch commits)
      throws IOException {
    RaftProperties properties = RatisOptions.of(config, directory.storage(), directory.removed());
    overrides.accept(properties);
    LogMetrics.listen(memberId(), flushListener, commits::look);
    Parameters parameters = new Parameters();
    MemberEndpoint endpoint = MemberEndpoint.of(config);
    for (Member member : config.members()) {
      if (!member.name().equals(config.self())) {
        messages.add(member.name(), member.host() + ":" + member.port(), endpoint);
      }
    }
    GuardedRpc.install(parameters, endpoint, appendGuard, messages, commits);
    // A member that joins must not know anybody, or it could elect itself.
    RaftGroup group =
        directory.joined()
            ? RaftGroup.valueOf(group())
            : RaftGroup.valueOf(group(), config.members().stream().map(Membership::peer).toList());
    return RaftServer.newBuilder()
        .setServerId(RaftPeerId.valueOf(config.self()))
        .setGroup(group)
        .setProperties(properties)
        .setParameters(parameters)
        .setStateMachine(bridge)
        // The directory was formatted by us; never by Ratis, which would do so to a lost disk too.
        .setOption(StartupOption.RECOVER)
        .build();
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
    Invariant.check(length >= 0 && length <= MAX_RECORD_BYTES, "record of %d bytes", length);
    Running now = running;
    return now == null
        ? ProposeResult.UNAVAILABLE
        : now.submission.propose(epoch, sequence, kind, payload, offset, length, position);
  }

  @Override
  public LogStatus status() {
    Running now = running;
    return now == null || !serverStarted
        ? new LogStatus(0, null, false, 0, -1, -1, -1, 0, List.of())
        : DivisionStatus.of(now.division, now.membership, now.disk);
  }

  @Override
  public CompletableFuture<Void> transferLeadership(@Nullable String target, long timeoutMs) {
    Running now = running;
    return now == null ? closedFuture() : now.membership.transfer(target, timeoutMs);
  }

  @Override
  public CompletableFuture<Void> changeMembers(List<Member> members) {
    Running now = running;
    return now == null ? closedFuture() : now.membership.change(members);
  }

  @Override
  public void replay(long firstIndex, long lastIndex, ReplayConsumer consumer) throws IOException {
    Running now = running;
    if (now == null) {
      throw new IOException("log of " + config.self() + " is closed");
    }
    now.disk.replay(firstIndex, lastIndex, consumer);
  }

  @Override
  public void purge(long lastIndex) {
    Running now = running;
    if (now != null) {
      now.disk.purge(lastIndex);
    }
  }

  @Override
  public synchronized void close() {
    Running now = running;
    if (now == null) {
      return;
    }
    running = null;
    LogMetrics.forget(memberId());
    now.bridge.closing();
    now.lane.close();
    try {
      now.server.close();
    } catch (IOException e) {
      LOG.warn("{}: closing the server", config.self(), e);
    }
    messages.close();
    now.lane.shutDown();
    try {
      now.directory.close();
    } catch (IOException e) {
      LOG.warn("{}: closing the directory", config.self(), e);
    }
  }

  /** Messages to and from the other members; they are part of no log. */
  public MemberMessages messages() {
    return messages;
  }

  /** Appends that the guard refused to acknowledge; for display. */
  public long refusedAppendCount() {
    return appendGuard.refusedCount();
  }

  CommittedEntryStateMachine bridge() {
    Running now = running;
    Invariant.check(now != null, "log of %s is closed", config.self());
    return now.bridge;
  }

  AppendGuard appendGuard() {
    return appendGuard;
  }

  RaftServer server() {
    Running now = running;
    Invariant.check(now != null, "log of %s is closed", config.self());
    return now.server;
  }

  RaftServer.Division division() {
    Running now = running;
    Invariant.check(now != null, "log of %s is closed", config.self());
    return now.division;
  }
}
