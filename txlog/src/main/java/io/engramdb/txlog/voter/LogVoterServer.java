package io.engramdb.txlog.voter;

import io.engramdb.txlog.api.FloorMessages;
import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.api.TxLogConfig;
import io.engramdb.txlog.ratis.RatisTxLog;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log-only voter as a library: start, status, stop. Its process has nothing else to do but to end
 * when the log fails.
 *
 * <p>A voter whose next entry is cut off everywhere needs nothing of what it missed but the
 * position of a committed floor. It asks the data members for it and begins its log anew behind it.
 *
 * <p>Thread-safe.
 */
public final class LogVoterServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogVoterServer.class);

  /** Pause between two questions where the log may begin. */
  private static final long QUESTION_MS = 500;

  private final TxLogConfig config;
  private final Consumer<Throwable> onLogFailed;

  /** Asks, and begins the log anew. */
  private final ScheduledExecutorService catchUp;

  /** How often the log was begun anew; for display. */
  private final AtomicLong skips = new AtomicLong();

  private volatile Run run;
  private volatile boolean closed;

  /** One life of the log, and who works for it. */
  private final class Run {
    private final RatisTxLog log;
    private final LeadershipYield yield;
    private final PurgeFloor purgeFloor;

    /** First entry that can still be had, while this member needs an earlier one; else 0. */
    private volatile long firstAvailable;

    Run(TxLogConfig with) {
      log = new RatisTxLog(with);
      yield = new LeadershipYield(with.self(), log, with.members());
      purgeFloor = new PurgeFloor(with.self(), log);
      log.messages().receive(this::received);
    }

    private void received(String from, byte[] message, Runnable done) {
      LogPosition floor = FloorMessages.answered(message);
      done.run();
      long first = firstAvailable;
      if (floor != null && first > 0 && floor.index() >= first - 1) {
        onCatchUp(() -> beginAnew(this, floor));
      }
    }

    private void close() {
      // The log first: after it nobody calls the others.
      log.close();
      yield.close();
      purgeFloor.close();
    }
  }

  /**
   * A voter that is not started yet.
   *
   * @param config the member's own entry must have the role LOG_VOTER
   * @param onLogFailed must end the process: the log can't write any more. Called once or more,
   *     from a thread of the log, and must not call back into this object
   */
  public LogVoterServer(TxLogConfig config, Consumer<Throwable> onLogFailed) {
    if (config.selfMember().role() != Member.Role.LOG_VOTER) {
      throw new IllegalArgumentException(config.self() + " is not a log-only voter");
    }
    this.config = config;
    this.onLogFailed = onLogFailed;
    this.catchUp =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("log-voter-catch-up-" + config.self()).daemon().factory());
    this.run = new Run(config);
  }

  /**
   * Starts the voter.
   *
   * @throws IOException if its directory or log are not what they must be
   */
  public void start() throws IOException {
    try {
      Run first = run;
      first.log.start(new Listener(first));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** A moment's picture, to be written or served by whoever runs the voter. */
  public LogStatus status() {
    return run.log.status();
  }

  /** How often this voter led and handed over; for display. */
  public long handOverCount() {
    return run.yield.handOverCount();
  }

  /** How often this voter was too far behind and went on behind a floor; for display. */
  public long skipCount() {
    return skips.get();
  }

  /** The log itself, for membership changes and tests. */
  public TxLog log() {
    return run.log;
  }

  private void onCatchUp(Runnable task) {
    try {
      catchUp.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: closed", config.self());
    }
  }

  /** Asks until an answer reaches far enough or the log goes on by itself. */
  private void ask(Run behind) {
    if (closed || run != behind || behind.firstAvailable == 0) {
      return;
    }
    for (Member member : config.members()) {
      if (member.role() == Member.Role.DATA) {
        behind.log.messages().send(member.name(), FloorMessages.question());
      }
    }
    catchUp.schedule(() -> ask(behind), QUESTION_MS, TimeUnit.MILLISECONDS);
  }

  private synchronized void beginAnew(Run behind, LogPosition floor) {
    if (closed || run != behind) {
      return;
    }
    LOG.warn("{}: the log goes on behind {}, what came before is cut off", config.self(), floor);
    behind.close();
    Run next = new Run(config.again(floor));
    run = next;
    try {
      next.log.start(new Listener(next));
      skips.incrementAndGet();
    } catch (IOException | RuntimeException e) {
      LOG.error("{}: the log can't begin behind {}", config.self(), floor, e);
      onLogFailed.accept(e);
    }
  }

  /** Stops; idempotent. A leader does not hand over first: it yields as soon as it is one. */
  @Override
  public synchronized void close() {
    closed = true;
    run.close();
    catchUp.shutdown();
  }

  /** Passes on what concerns a voter; the rest is not for it. */
  private final class Listener implements LogListener {
    private final Run of;

    Listener(Run of) {
      this.of = of;
    }

    @Override
    public void onCommitted(
        long term,
        long index,
        long epoch,
        long sequence,
        RecordKind kind,
        byte @Nullable [] payload,
        boolean mine) {
      if (kind == RecordKind.SNAPSHOT_FLOOR && payload != null) {
        of.purgeFloor.heard(index, payload);
      }
      of.firstAvailable = 0;
    }

    @Override
    public void onTooFarBehind(long firstAvailableIndex) {
      LOG.warn("{}: the log of the leader begins at {} only", self(), firstAvailableIndex);
      of.firstAvailable = firstAvailableIndex;
      onCatchUp(() -> ask(of));
    }

    @Override
    public void onInternalEntry(long term, long index) {}

    @Override
    public void onTruncated(long firstRemovedIndex) {}

    @Override
    public void onElected(long term) {
      LOG.info("{}: elected in term {}, handing over as soon as the log allows", self(), term);
    }

    @Override
    public void onLeaderReady(long term, long startIndex) {
      of.yield.leads(term);
    }

    @Override
    public void onLeadershipLost(long term) {
      of.yield.leadsNoMore();
    }

    @Override
    public void onLeaderChanged(@Nullable String leader, long term) {}

    @Override
    public void onLogFailed(Throwable cause) {
      LOG.error("{}: the log failed", self(), cause);
      onLogFailed.accept(cause);
    }

    private String self() {
      return config.self();
    }
  }
}
