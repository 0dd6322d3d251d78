package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogListener;
import org.jspecify.annotations.Nullable;

/**
 * Turns Ratis' role events into the contract's notices, in its order: elected, then (after the
 * term's first entry was heard) ready, then lost.
 *
 * <p>{@link #elected}, {@link #lost} and {@link #leaderChanged} come under Ratis' server lock;
 * {@link #ready} and {@link #internalEntryHeard} from the applying thread. The fields marked so
 * belong to whoever runs the lane.
 */
final class LeadershipTracker {
  private final NoticeLane lane;
  private final LogListener listener;
  private final CommitWatch commits;

  /** Term that is led now, 0 if none; written under Ratis' server lock. */
  private volatile long ledTerm;

  /** Applying thread only: Ratis said "ready" and the entry that made it so is still to be told. */
  private boolean readyIsDue;

  /** Lane only: newest term of which the listener heard that it is lost. */
  private long lostTerm;

  LeadershipTracker(NoticeLane lane, LogListener listener, CommitWatch commits) {
    this.lane = lane;
    this.listener = listener;
    this.commits = commits;
  }

  void elected(long term) {
    ledTerm = term;
    lane.hand(() -> listener.onElected(term));
  }

  void lost() {
    long term = ledTerm;
    if (term == 0) {
      return;
    }
    ledTerm = 0;
    commits.leadsNoMore();
    lane.hand(
        () -> {
          lostTerm = term;
          listener.onLeadershipLost(term);
          listener.onLeaderChanged(null, term);
        });
  }

  void leaderChanged(@Nullable String leader, long term) {
    lane.hand(() -> listener.onLeaderChanged(leader, term));
  }

  void ready() {
    readyIsDue = true;
  }

  /** Ratis calls "ready" from within the entry that causes it, before it tells of that entry. */
  void internalEntryHeard(long term, long index) {
    if (!readyIsDue) {
      return;
    }
    readyIsDue = false;
    // If the loss comes between, or came before, nothing wrong is told: see there.
    commits.leads(term, index);
    lane.deliver(
        () -> {
          // The loss may have overtaken us: it comes from another thread.
          if (lostTerm < term) {
            listener.onLeaderReady(term, index);
          }
        });
  }
}
