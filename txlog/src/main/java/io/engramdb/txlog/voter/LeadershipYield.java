package io.engramdb.txlog.voter;

import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.TxLog;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives leadership away: to the data member whose log reaches furthest, as soon as there is one.
 *
 * <p>A log-only voter must be able to win, since it may be the only one that has the newest
 * committed record; it must only not stay. While it leads nobody can write, so it tries at once,
 * and again after a pause until it leads no more: each time the candidates in order of their logs,
 * one attempt after the other. There is no ping-pong, since a voter never asks to lead; its retries
 * end with its term.
 *
 * <p>All work runs on one thread of its own.
 */
final class LeadershipYield implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeadershipYield.class);

  /** Pause after all candidates were tried. */
  private static final long RETRY_MS = 100;

  /** How long one candidate may take to be elected. */
  private static final long ATTEMPT_MS = 1_000;

  /** An attempt beyond this is abandoned even if the log does not say so. */
  private static final long ATTEMPT_LIMIT_MS = 5_000;

  private final String self;
  private final TxLog log;
  private final Set<String> notCandidates = new HashSet<>();
  private final ScheduledExecutorService thread;
  private final AtomicLong handOvers = new AtomicLong();

  /** Term that this voter leads; 0 if none. */
  private volatile long ledTerm;

  LeadershipYield(String self, TxLog log, List<Member> members) {
    this.self = self;
    this.log = log;
    for (Member member : members) {
      // Members that are added later are taken for data members; Ratis refuses those that are not.
      if (member.role() != Member.Role.DATA) {
        notCandidates.add(member.name());
      }
    }
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("log-voter-yield-" + self).daemon().factory());
  }

  void leads(long term) {
    ledTerm = term;
    thread.execute(() -> attempt(term));
  }

  void leadsNoMore() {
    ledTerm = 0;
  }

  long handOverCount() {
    return handOvers.get();
  }

  private void attempt(long term) {
    for (LogStatus.Peer candidate : candidates()) {
      if (ledTerm != term) {
        return;
      }
      try {
        log.transferLeadership(candidate.name(), ATTEMPT_MS)
            .get(ATTEMPT_LIMIT_MS, TimeUnit.MILLISECONDS);
        handOvers.incrementAndGet();
        LOG.info("{}: leadership of term {} went to {}", self, term, candidate.name());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (Exception e) {
        LOG.info("{}: {} did not take over: {}", self, candidate.name(), String.valueOf(e));
      }
    }
    if (ledTerm == term && !thread.isShutdown()) {
      thread.schedule(() -> attempt(term), RETRY_MS, TimeUnit.MILLISECONDS);
    }
  }

  private List<LogStatus.Peer> candidates() {
    List<LogStatus.Peer> candidates = new ArrayList<>(log.status().peers());
    candidates.removeIf(peer -> notCandidates.contains(peer.name()));
    candidates.sort(Comparator.comparingLong(LogStatus.Peer::matchIndex).reversed());
    return candidates;
  }

  @Override
  public void close() {
    ledTerm = 0;
    thread.shutdownNow();
  }
}
