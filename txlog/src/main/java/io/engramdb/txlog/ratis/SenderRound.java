package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.WireLink;
import io.engramdb.txlog.wire.WireLoop;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * Lets all senders of a member work: those that have entries on the thread of appends, in one go
 * however many asked, and their heartbeats on the thread of control, by the clock. Any thread.
 */
final class SenderRound implements WireLink.Watcher {
  /** Bounds of the pause between two looks at what is due; the senders say what it is. */
  static final long MIN_BEAT_MS = 5;

  private static final long MAX_BEAT_MS = 1_000;

  private final WireLoop appends;
  private final WireLoop control;
  private final CommitWatch commits;
  private final List<FollowerSender> senders = new CopyOnWriteArrayList<>();
  private final AtomicBoolean stepComes = new AtomicBoolean();

  /** Control thread only: the next look at what is due; null if there is nobody to look after. */
  private @Nullable Future<?> nextBeat;

  SenderRound(WireLoop appends, WireLoop control, CommitWatch commits) {
    this.appends = appends;
    this.control = control;
    this.commits = commits;
    commits.begin(this);
  }

  /** Who is to look when a follower has acknowledged something. */
  CommitWatch commits() {
    return commits;
  }

  WireLoop appends() {
    return appends;
  }

  WireLoop control() {
    return control;
  }

  void add(FollowerSender sender) {
    senders.add(sender);
    wake();
    control.execute(this::beat);
  }

  void remove(FollowerSender sender) {
    senders.remove(sender);
  }

  /** What a member has on its disk of the log of the leader of that term; -1 if not known. */
  long matchIndex(RaftPeerId member, long term) {
    for (int i = 0; i < senders.size(); i++) {
      FollowerSender sender = senders.get(i);
      if (sender.term() == term && sender.getFollowerId().equals(member)) {
        return sender.getFollower().getMatchIndex();
      }
    }
    return -1;
  }

  /** Some sender has something to send. */
  void wake() {
    if (!stepComes.getAndSet(true)) {
      appends.execute(this::step);
    }
  }

  private void step() {
    stepComes.set(false);
    for (FollowerSender sender : senders) {
      sender.step();
    }
  }

  private void beat() {
    if (nextBeat != null) {
      nextBeat.cancel(false);
      nextBeat = null;
    }
    long nextMs = MAX_BEAT_MS;
    for (FollowerSender sender : senders) {
      nextMs = Math.min(nextMs, sender.beat());
    }
    if (!senders.isEmpty()) {
      nextBeat = control.schedule(this::beat, Math.max(MIN_BEAT_MS, nextMs), TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void up(WireLink link) {
    ready(link);
  }

  @Override
  public void down(WireLink link, String why) {
    ready(link);
  }

  @Override
  public void ready(WireLink link) {
    for (FollowerSender sender : senders) {
      sender.ready(link);
    }
  }
}
