package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogListener;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * Tells a leader's listener that its records are committed as soon as they are: on the thread that
 * made the majority complete, which is the one that flushed the own log or the one that read a
 * follower's acknowledgement. Ratis counts for itself, on a thread of its own, and lets another one
 * apply; that remains the only source of the order of all notices.
 *
 * <p>The rule is Raft's (section 5.4.2 of its paper): an entry of the leader's own term is
 * committed when a majority of the voters has it on disk. Who counts here must not be less careful
 * than Ratis:
 *
 * <ul>
 *   <li>Only indexes from the start of the term on, and only if the member is in that term still
 *       after all figures were read: until then nothing but entries of that term was appended here,
 *       and nothing was truncated.
 *   <li>A follower's figure counts only if it was given to the sender of that term.
 *   <li>With one set of voters only: not while the membership changes, nor with a figure that was
 *       read before the change. {@link Membership} is the only one that changes it.
 * </ul>
 *
 * <p>Thread-safe, without a lock.
 */
final class CommitWatch {
  private final LogListener listener;
  private final AtomicLong toldIndex = new AtomicLong(-1);

  private volatile @Nullable SenderRound senders;
  private volatile RaftServer.@Nullable Division division;

  /** Term that is led and whose first entry is committed; 0 if none. */
  private volatile long ledTerm;

  /** Index of that entry; written before the term. */
  private volatile long startIndex;

  /** Changes of membership that were begun and not ended. */
  private volatile int changes;

  /** The voters as of the newest membership seen; replaced whole. */
  private volatile @Nullable Voters voters;

  /** The voters of one membership but this member. */
  private record Voters(
      RaftConfiguration membership, boolean single, boolean withSelf, List<RaftPeerId> others) {

    static Voters of(RaftConfiguration membership, RaftPeerId self) {
      Collection<RaftPeer> current = membership.getCurrentPeers();
      List<RaftPeerId> others =
          current.stream().map(RaftPeer::getId).filter(id -> !id.equals(self)).toList();
      return new Voters(
          membership,
          membership.getPreviousPeers().isEmpty(),
          others.size() < current.size(),
          others);
    }
  }

  CommitWatch(LogListener listener) {
    this.listener = listener;
  }

  /** Knows what followers have acknowledged. */
  void begin(SenderRound source) {
    senders = source;
  }

  /** Knows the term, the voters and what is on the own disk. */
  void begin(RaftServer.Division source) {
    division = source;
  }

  /** This member leads, and the entry at that index, which began the term, is committed. */
  void leads(long term, long index) {
    startIndex = index;
    ledTerm = term;
  }

  void leadsNoMore() {
    ledTerm = 0;
  }

  synchronized void membershipChanges() {
    changes++;
  }

  synchronized void membershipChanged() {
    changes--;
  }

  /** Something is on disk, here or at a follower; any thread. */
  void look() {
    long term = ledTerm;
    SenderRound followers = senders;
    RaftServer.Division member = division;
    if (term == 0 || followers == null || member == null || changes != 0) {
      return;
    }
    long index = majorityIndex(member, followers, term);
    // Last: what was read before belongs to this term if the term is still the same.
    if (index < startIndex
        || index <= toldIndex.get()
        || changes != 0
        || member.getInfo().getCurrentTerm() != term) {
      return;
    }
    if (toldIndex.getAndAccumulate(index, Math::max) < index) {
      listener.onCommittedAhead(term, index);
    }
  }

  /** Newest index that a majority has on disk; -1 if that can't be said. */
  private long majorityIndex(RaftServer.Division member, SenderRound followers, long term) {
    RaftConfiguration membership = member.getRaftConf();
    Voters now = voters;
    if (now == null || now.membership != membership) {
      now = Voters.of(membership, member.getId());
      voters = now;
    }
    if (!now.single || !now.withSelf) {
      return -1;
    }
    long own = member.getRaftLog().getFlushIndex();
    int others = now.others.size();
    if (others == 0) {
      return own;
    }
    long[] onDisk = new long[others + 1];
    for (int i = 0; i < others; i++) {
      onDisk[i] = followers.matchIndex(now.others.get(i), term);
    }
    onDisk[others] = own;
    Arrays.sort(onDisk);
    return onDisk[others / 2];
  }
}
