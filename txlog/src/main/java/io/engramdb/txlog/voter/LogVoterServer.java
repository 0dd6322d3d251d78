package io.engramdb.txlog.voter;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.api.TxLogConfig;
import io.engramdb.txlog.ratis.RatisTxLog;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log-only voter as a library: start, status, stop. Its process has nothing else to do but to end
 * when the log fails.
 *
 * <p>Thread-safe.
 */
public final class LogVoterServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogVoterServer.class);

  private final TxLogConfig config;
  private final Consumer<Throwable> onLogFailed;
  private final TxLog log;
  private final LeadershipYield yield;
  private final PurgeFloor purgeFloor;

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
    this.log = new RatisTxLog(config);
    this.yield = new LeadershipYield(config.self(), log, config.members());
    this.purgeFloor = new PurgeFloor(config.self(), log);
  }

  /**
   * Starts the voter.
   *
   * @throws IOException if its directory or log are not what they must be
   */
  public void start() throws IOException {
    try {
      log.start(new Listener());
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** A moment's picture, to be written or served by whoever runs the voter. */
  public LogStatus status() {
    return log.status();
  }

  /** How often this voter led and handed over; for display. */
  public long handOverCount() {
    return yield.handOverCount();
  }

  /** The log itself, for membership changes and tests. */
  public TxLog log() {
    return log;
  }

  /** Stops; idempotent. A leader does not hand over first: it yields as soon as it is one. */
  @Override
  public void close() {
    // The log first: after it nobody calls the others.
    log.close();
    yield.close();
    purgeFloor.close();
  }

  /** Passes on what concerns a voter; the rest is not for it. */
  private final class Listener implements LogListener {
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
        purgeFloor.heard(index, payload);
      }
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
      yield.leads(term);
    }

    @Override
    public void onLeadershipLost(long term) {
      yield.leadsNoMore();
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
