package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.WireLink;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppenderBase;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a leader's log to one member, for one term of this leader.
 *
 * <p>Ratis makes one per follower and wants a thread in each; here none runs. Entries leave on the
 * thread of appends, the same for all followers, and the thread on which this member would take
 * entries of another leader: so what was read from the log for one request is of one leader's log,
 * and Ratis' own check of the term, at the end of its making, holds for all of it. Heartbeats leave
 * on the thread of control by the clock, whatever the appends are doing.
 *
 * <p>Several appends are under way at a time, bounded by count and bytes. When one fails, or the
 * connection does, everything from it on is sent again; replies to what was sent before that count
 * only for what they acknowledge. A reply belongs to the sender that made the call: what a follower
 * said to an earlier term of this leader never counts.
 */
final class FollowerSender extends LogAppenderBase {
  private static final Logger LOG = LoggerFactory.getLogger(FollowerSender.class);

  /** Appends under way: the round trips that throughput can bridge. */
  static final int MAX_UNDER_WAY = 16;

  /** Bytes of entries under way; one append may exceed it when nothing else is. */
  static final long MAX_BYTES_UNDER_WAY = 8L << 20;

  /** An append is not filled further beyond this; one entry may be larger, at most 4 MB. */
  private static final int FULL_APPEND_BYTES = 1 << 20;

  private static final int MAX_APPEND_ENTRIES = 4_096;

  /** Entries further back may have to be read from disk, which is not done on the thread of all. */
  private static final int NEAR_ENTRIES = 64;

  private static final int MAX_HEARTBEATS_UNDER_WAY = 4;

  /** Pause after a refused append: doubles from the first to the last. */
  private static final long FIRST_PAUSE_MS = 10;

  private static final long LAST_PAUSE_MS = 250;

  /** Pause between two notices of a snapshot. */
  private static final long SNAPSHOT_PAUSE_MS = 100;

  /** Silent appends end their connection after so many request time-outs, heartbeats or not. */
  private static final int PATIENCE = 10;

  private final SenderRound round;
  private final PeerLinks links;

  /** The leader's; it lives for one term. */
  private final long term;

  private final AtomicLong lastCallId = new AtomicLong();
  private final long requestTimeoutNs;
  private volatile boolean started;

  // ---- thread of appends

  private final ArrayDeque<Append> underWay = new ArrayDeque<>();
  private long bytesUnderWay;

  /** Calls of an older one were given up: their entries are sent again. */
  private volatile int generation;

  /** Whether the follower answered in this generation; before it, one append at a time. */
  private boolean heard;

  private long pauseMs = FIRST_PAUSE_MS;
  private boolean pausing;
  private boolean reading;
  private boolean snapshotNoticeUnderWay;

  // ---- read by others

  /** Appends under way, for heartbeats: raised before the next index, lowered after the reply. */
  private volatile int underWayCount;

  /** When the oldest append under way was sent; 0: none is. */
  private volatile long oldestSentNs;

  /** Waits for something that is not an entry: a signal for one would be in vain. */
  private volatile boolean blocked;

  // ---- thread of control

  private int heartbeatsUnderWay;
  private long oldestHeartbeatNs;

  FollowerSender(
      RaftServer.Division server,
      LeaderState leader,
      FollowerInfo follower,
      SenderRound round,
      PeerLinks links,
      long requestTimeoutMs) {
    super(server, leader, follower);
    this.round = round;
    this.links = links;
    // Made while Ratis makes the leader of this term, or by its configuration thread, both under
    // the server's lock: nobody is in another term meanwhile.
    this.term = server.getInfo().getCurrentTerm();
    this.requestTimeoutNs = TimeUnit.MILLISECONDS.toNanos(requestTimeoutMs);
  }

  long term() {
    return term;
  }

  // ---- what Ratis calls

  @Override
  public void start() {
    started = true;
    round.add(this);
  }

  @Override
  public void run() {
    throw new IllegalStateException("a sender has no thread");
  }

  @Override
  public CompletableFuture<LifeCycle.State> stopAsync() {
    // Complete at once, since no thread of ours has to end: who waits for it may hold locks.
    started = false;
    round.remove(this);
    return super.stopAsync();
  }

  @Override
  public void notifyLogAppender() {
    // The log and the follower's next index were changed before this call.
    if (started && !blocked && hasAppendEntries()) {
      round.wake();
    }
  }

  @Override
  public void triggerHeartbeat() {
    super.triggerHeartbeat();
    round.control().execute(this::beat);
  }

  @Override
  public long getCallId() {
    return lastCallId.get();
  }

  @Override
  public Comparator<Long> getCallIdComparator() {
    return Comparator.naturalOrder();
  }

  @Override
  public boolean hasPendingDataRequests() {
    return underWayCount > 0;
  }

  // ---- entries: thread of appends

  /** Something happened to one of the links. */
  void ready(WireLink link) {
    if (link == links.appends()) {
      step();
    }
  }

  /** Sends what there is to send and may be sent. */
  void step() {
    try {
      while (started && isRunning()) {
        sendEntries();
        if (hasAppendEntries()) {
          // Whoever made it so steps again: a reply, a connection, a pause that ends.
          blocked = true;
          return;
        }
        blocked = false;
        if (!hasAppendEntries()) {
          return;
        }
        // Somebody appended while this said "blocked", and signalled in vain.
      }
    } catch (IOException | RuntimeException e) {
      if (started && isRunning()) {
        LOG.warn("{}: could not send", this, e);
        pause();
      }
    }
  }

  private void sendEntries() throws IOException {
    WireLink link = links.appends();
    if (!link.isUp()) {
      link.want();
      return;
    }
    if (pausing || reading || tellOfSnapshot()) {
      return;
    }
    boolean wrote = false;
    while (mayCall() && link.isWritable() && hasAppendEntries()) {
      long next = getFollower().getNextIndex();
      if (getRaftLog().getNextIndex() - next > NEAR_ENTRIES) {
        readAside(next);
        break;
      }
      if (!send(next, entriesFrom(next))) {
        pause();
        break;
      }
      wrote = true;
    }
    if (wrote) {
      link.flush();
      getFollower().updateLastRpcSendTime(false);
    }
  }

  private boolean mayCall() {
    return underWay.isEmpty()
        || heard && underWay.size() < MAX_UNDER_WAY && bytesUnderWay < MAX_BYTES_UNDER_WAY;
  }

  /** The next entries of the log, as many as fit into one append; any thread. */
  private List<LogEntryProto> entriesFrom(long next) throws IOException {
    long end = Math.min(getRaftLog().getNextIndex(), next + MAX_APPEND_ENTRIES);
    List<LogEntryProto> entries = new ArrayList<>((int) Math.min(end - next, NEAR_ENTRIES));
    long sizeBytes = 0;
    for (long index = next; index < end; index++) {
      LogEntryProto entry = getRaftLog().get(index);
      if (entry == null) {
        // Purged meanwhile.
        break;
      }
      sizeBytes += entry.getSerializedSize();
      if (sizeBytes > FULL_APPEND_BYTES && !entries.isEmpty()) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }

  /** Reads what may have to come from the disk on another thread, one append at a time. */
  private void readAside(long next) {
    reading = true;
    int begun = generation;
    Thread.ofVirtual()
        .name("log-catch-up-" + getFollowerId())
        .start(
            () -> {
              try {
                List<LogEntryProto> entries = entriesFrom(next);
                round.appends().execute(() -> wasRead(begun, next, entries));
              } catch (IOException | RuntimeException e) {
                LOG.warn("{}: could not read entry {}", this, next, e);
                round.appends().execute(() -> wasRead(begun, next, List.of()));
              }
            });
  }

  private void wasRead(int begun, long next, List<LogEntryProto> entries) {
    reading = false;
    if (started && isRunning() && begun == generation && links.appends().isUp()) {
      try {
        if (send(next, entries)) {
          links.appends().flush();
          getFollower().updateLastRpcSendTime(false);
        } else {
          pause();
        }
      } catch (RuntimeException e) {
        LOG.warn("{}: could not send", this, e);
        pause();
      }
    }
    step();
  }

  /** Puts one append into the connection; false if there is none to make from these entries. */
  private boolean send(long next, List<LogEntryProto> entries) {
    FollowerInfo follower = getFollower();
    TermIndex previous = getPrevious(next);
    boolean unknownPrevious =
        previous == null
            && next > RaftLog.LEAST_VALID_LOG_INDEX
            && next != follower.getSnapshotIndex() + 1;
    if (entries.isEmpty() || unknownPrevious || follower.getNextIndex() != next) {
      return false;
    }
    // Throws if this member is in a later term: its log could be of another leader by now.
    AppendEntriesRequestProto request =
        getLeaderState()
            .newAppendEntriesRequestProto(
                follower, entries, previous, lastCallId.getAndIncrement());
    long last = next + entries.size() - 1;
    Append append = new Append(generation, next, last, request.getSerializedSize());
    underWay.add(append);
    bytesUnderWay += append.sizeBytes;
    underWayChanged();
    follower.increaseNextIndex(last + 1);
    links.appends().call(WireMessage.APPEND, new WireMessage(request), append);
    return true;
  }

  private void underWayChanged() {
    Append oldest = underWay.peek();
    underWayCount = underWay.size();
    oldestSentNs = oldest == null ? 0 : oldest.sentNs;
  }

  /** An append that the follower has not answered. */
  private final class Append implements WireLink.Call {
    private final int madeIn;
    private final long first;
    private final long last;
    private final int sizeBytes;
    private final Timestamp sent = Timestamp.currentTime();
    private final long sentNs = System.nanoTime() | 1;

    Append(int madeIn, long first, long last, int sizeBytes) {
      this.madeIn = madeIn;
      this.first = first;
      this.last = last;
      this.sizeBytes = sizeBytes;
    }

    private boolean counts() {
      return madeIn == generation;
    }

    @Override
    public void replied(byte type, byte[] body) {
      AppendEntriesReplyProto reply = reply(type, body);
      if (reply == null || reply.getMatchIndex() > last) {
        links.appends().drop("a reply that answers nothing that was asked");
      } else if (started && isRunning()) {
        settle();
        answered(this, reply);
      }
    }

    /** It is under way no more; what is left may go on. */
    private void settle() {
      if (counts() && underWay.remove(this)) {
        bytesUnderWay -= sizeBytes;
        underWayChanged();
      }
    }

    @Override
    public void refused(String why) {
      if (counts() && started && isRunning()) {
        if (pauseMs == FIRST_PAUSE_MS) {
          LOG.warn("{}: entries from {} on refused: {}", FollowerSender.this, first, why);
        }
        sendAgainFrom(first);
        pause();
      }
    }

    @Override
    public void lost(String why) {
      if (counts()) {
        sendAgainFrom(first);
      }
    }
  }

  private static @Nullable AppendEntriesReplyProto reply(byte type, byte[] body) {
    if (type != WireMessage.APPEND_REPLY) {
      return null;
    }
    try {
      return WireMessage.parse(AppendEntriesReplyProto.parser(), body);
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private void answered(Append append, AppendEntriesReplyProto reply) {
    FollowerInfo follower = getFollower();
    follower.updateLastRespondedAppendEntriesSendTime(append.sent);
    follower.updateLastRpcResponseTime();
    switch (reply.getResult()) {
      case SUCCESS -> {
        if (append.counts()) {
          heard = true;
          pauseMs = FIRST_PAUSE_MS;
        }
        getLeaderState().onFollowerCommitIndex(follower, reply.getFollowerCommit());
        if (follower.updateMatchIndex(reply.getMatchIndex())) {
          round.commits().look();
          follower.updateNextIndex(reply.getMatchIndex() + 1);
          if (matters(reply.getMatchIndex())) {
            getLeaderState().onFollowerSuccessAppendEntries(follower);
          }
        }
      }
      case NOT_LEADER -> {
        LOG.info("{}: the follower is in term {}", this, reply.getTerm());
        if (!onFollowerTerm(reply.getTerm()) && append.counts()) {
          sendAgainFrom(append.first);
          pause();
        }
      }
      case INCONSISTENCY -> {
        if (append.counts()) {
          inconsistent(append.first, reply.getNextIndex());
        }
      }
      default -> LOG.error("{}: reply {}", this, reply.getResult());
    }
    getLeaderState().onAppendEntriesReply(this, reply);
  }

  /**
   * Whether Ratis has to hear of an acknowledgement, which wakes a thread of it. What is committed
   * already needs no further vote; only who is to take over, or to join, is waited for until it has
   * everything, and then nothing is under way.
   */
  private boolean matters(long matchIndex) {
    return matchIndex > getRaftLog().getLastCommittedIndex()
        || underWay.isEmpty()
        || getLeaderState().isFollowerBootstrapping(getFollower());
  }

  /** The follower lacks what comes before the entries that were sent, or has them already. */
  private void inconsistent(long first, long followerNext) {
    if (followerNext <= getFollower().getMatchIndex() && isListener()) {
      LOG.warn("{}: the listener has lost its log, it begins anew at {}", this, followerNext);
      getFollower().setSnapshotIndex(followerNext - 1);
    }
    long before = getFollower().getNextIndex();
    long next = getNextIndexForInconsistency(first, followerNext);
    LOG.info("{}: entry {} does not follow, goes on at {}", this, first, next);
    getFollower().setNextIndex(next);
    startAnew();
    if (next == first || next == before) {
      // No progress: not at the speed of the network.
      pause();
    }
  }

  /**
   * Whether nothing rests on what the follower has acknowledged. A voter that has lost entries must
   * never come back under its name; a listener may, and is then sent everything once more.
   */
  private boolean isListener() {
    return getServer().getRaftConf().getPeer(getFollowerId(), RaftPeerRole.LISTENER) != null;
  }

  private void sendAgainFrom(long first) {
    // Both are lower bounds of what the follower may lack.
    getFollower().setNextIndex(Math.max(getFollower().getMatchIndex() + 1, first));
    startAnew();
  }

  private void startAnew() {
    generation++;
    underWay.clear();
    bytesUnderWay = 0;
    heard = false;
    underWayChanged();
  }

  private void pause() {
    if (!pausing) {
      pausing = true;
      stepIn(pauseMs, () -> pausing = false);
      pauseMs = Math.min(LAST_PAUSE_MS, 2 * pauseMs);
    }
  }

  private void stepIn(long delayMs, Runnable first) {
    round
        .appends()
        .schedule(
            () -> {
              first.run();
              step();
            },
            delayMs,
            TimeUnit.MILLISECONDS);
  }

  // ---- what the log does not have any more: thread of appends

  /** Returns whether the follower has to hear of a snapshot before it can get entries. */
  private boolean tellOfSnapshot() {
    FollowerInfo follower = getFollower();
    boolean asMatterOfForm =
        getLeaderState().isFollowerBootstrapping(follower)
            && !follower.hasAttemptedToInstallSnapshot();
    TermIndex first = asMatterOfForm || hasAppendEntries() ? shouldNotifyToInstallSnapshot() : null;
    if (first == null) {
      return false;
    }
    if (!snapshotNoticeUnderWay) {
      snapshotNoticeUnderWay = true;
      WireMessage notice = new WireMessage(newInstallSnapshotNotificationRequest(first));
      round.control().execute(() -> tell(notice));
    }
    return true;
  }

  private void tell(WireMessage notice) {
    WireLink link = links.control();
    SnapshotNotice call = new SnapshotNotice();
    if (link.isUp()) {
      link.call(WireMessage.SNAPSHOT_NOTICE, notice, call);
      link.flush();
      getFollower().updateLastRpcSendTime(false);
    } else {
      link.want();
      call.lost("no connection");
    }
  }

  /** A notice that is not answered; the answer comes on the thread of control. */
  private final class SnapshotNotice implements WireLink.Call {
    @Override
    public void replied(byte type, byte[] body) {
      round.appends().execute(() -> over(type, body));
    }

    private void over(byte type, byte[] body) {
      if (started && isRunning()) {
        SnapshotVerdict.hear(FollowerSender.this, type, body);
      }
      noticeIsOver();
    }

    @Override
    public void refused(String why) {
      LOG.warn("{}: notice of a snapshot is refused: {}", FollowerSender.this, why);
      lost(why);
    }

    @Override
    public void lost(String why) {
      round.appends().execute(FollowerSender.this::noticeIsOver);
    }
  }

  /** The follower has everything up to that index in a snapshot. */
  void followerHasSnapshot(long index) {
    FollowerInfo follower = getFollower();
    LOG.info("{}: the follower has a snapshot up to {}", this, index);
    follower.setSnapshotIndex(index);
    follower.setAttemptedToInstallSnapshot();
    getLeaderState().onFollowerCommitIndex(follower, index);
    follower.updateNextIndex(index + 1);
    startAnew();
  }

  private void noticeIsOver() {
    boolean attempted = getFollower().hasAttemptedToInstallSnapshot();
    if (attempted && getFollower().getNextIndex() >= getRaftLog().getStartIndex()) {
      snapshotNoticeUnderWay = false;
      step();
    } else {
      stepIn(SNAPSHOT_PAUSE_MS, () -> snapshotNoticeUnderWay = false);
    }
  }

  // ---- heartbeats: thread of control

  /**
   * Sends a heartbeat if one is due and looks after the connections.
   *
   * @return milliseconds until it wants to be called again
   */
  long beat() {
    if (!started || !isRunning()) {
      return Long.MAX_VALUE;
    }
    int minTimeoutMs = getServer().properties().minRpcTimeoutMs();
    long waitMs = minTimeoutMs / 4;
    try {
      lookAfterConnections(System.nanoTime());
      long dueInMs = getHeartbeatWaitTimeMs();
      if (dueInMs > SenderRound.MIN_BEAT_MS) {
        waitMs = dueInMs;
      } else if (sendHeartbeat()) {
        waitMs = minTimeoutMs / 2;
      }
      getLeaderState().checkHealth(getFollower());
    } catch (RuntimeException e) {
      if (started && isRunning()) {
        LOG.warn("{}: no heartbeat", this, e);
      }
    }
    return waitMs;
  }

  private void lookAfterConnections(long nowNs) {
    boolean controlIsSilent =
        heartbeatsUnderWay > 0 && nowNs - oldestHeartbeatNs > requestTimeoutNs;
    long oldestNs = oldestSentNs;
    if (oldestNs != 0) {
      // A disk that is slow answers heartbeats all the same; what it has is not to be sent again.
      long patienceNs = controlIsSilent ? requestTimeoutNs : PATIENCE * requestTimeoutNs;
      if (nowNs - oldestNs > patienceNs) {
        round.appends().execute(() -> links.appends().drop("appends are not answered"));
      }
    }
    if (controlIsSilent) {
      links.control().drop("heartbeats are not answered");
    }
  }

  private boolean sendHeartbeat() {
    WireLink link = links.control();
    if (!link.isUp()) {
      link.want();
      return false;
    }
    if (heartbeatsUnderWay >= MAX_HEARTBEATS_UNDER_WAY || !link.isWritable()) {
      return false;
    }
    int begun = generation;
    // In this order: an index that was raised for an append is seen together with that append.
    long next = getFollower().getNextIndex();
    TermIndex previous = underWayCount == 0 ? getPrevious(next) : null;
    AppendEntriesRequestProto request =
        getLeaderState()
            .newAppendEntriesRequestProto(
                getFollower(), List.of(), previous, lastCallId.getAndIncrement());
    resetHeartbeatTrigger();
    if (heartbeatsUnderWay++ == 0) {
      oldestHeartbeatNs = System.nanoTime();
    }
    link.call(WireMessage.APPEND, new WireMessage(request), new Heartbeat(begun));
    link.flush();
    getFollower().updateLastRpcSendTime(true);
    return true;
  }

  /** A heartbeat that the follower has not answered. */
  private final class Heartbeat implements WireLink.Call {
    private final int madeIn;
    private final Timestamp sent = Timestamp.currentTime();

    Heartbeat(int madeIn) {
      this.madeIn = madeIn;
    }

    @Override
    public void replied(byte type, byte[] body) {
      over();
      AppendEntriesReplyProto reply = reply(type, body);
      if (reply == null) {
        links.control().drop("a reply that answers nothing that was asked");
      } else if (started && isRunning()) {
        getFollower().updateLastRespondedAppendEntriesSendTime(sent);
        getFollower().updateLastRpcResponseTime();
        heartbeatAnswered(madeIn, reply);
      }
    }

    private void over() {
      heartbeatsUnderWay--;
      oldestHeartbeatNs = System.nanoTime();
    }

    @Override
    public void refused(String why) {
      over();
    }

    @Override
    public void lost(String why) {
      over();
    }
  }

  private void heartbeatAnswered(int madeIn, AppendEntriesReplyProto reply) {
    switch (reply.getResult()) {
      case SUCCESS ->
          getLeaderState().onFollowerCommitIndex(getFollower(), reply.getFollowerCommit());
      case NOT_LEADER -> {
        LOG.info("{}: the follower is in term {}", this, reply.getTerm());
        onFollowerTerm(reply.getTerm());
      }
      case INCONSISTENCY -> {
        long next = reply.getNextIndex();
        round
            .appends()
            .execute(
                () -> {
                  if (madeIn == generation && underWay.isEmpty() && started && isRunning()) {
                    inconsistent(RaftLog.INVALID_LOG_INDEX, next);
                    step();
                  }
                });
      }
      default -> LOG.error("{}: reply {}", this, reply.getResult());
    }
    getLeaderState().onAppendEntriesReply(this, reply);
  }
}
