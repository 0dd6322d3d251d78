package io.engramdb.txlog.ratis;

import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Decides, at the last moment before an entry gets its place in the log, whether it may: its epoch
 * must be the current term and its sequence the next of that epoch.
 *
 * <p>Why a fence although only a leader appends: a shard may have executed commands in one term,
 * lost leadership and won it again before it heard of either. Its records would then be legal for
 * Raft but computed on a state that others have overtaken.
 *
 * <p>Ratis asks under its server lock and its log lock, and terms change only under the server
 * lock: the term that is compared is the term that the entry gets. A refusal costs Ratis a permit
 * that it does not return before the next change of leader, so refusals are for fencing only and
 * {@link RatisTxLog} stops an epoch after its first one.
 */
final class EpochGuard {
  /** Terms whose records are our own; kept until a later term is heard as committed. */
  private final ConcurrentSkipListSet<Long> ownTerms = new ConcurrentSkipListSet<>();

  private long epoch;
  private long lastSequence;

  /** Thrown through Ratis to the proposer; carries no stack, since it is an answer. */
  static final class Fenced extends Exception {
    private static final long serialVersionUID = 1;

    Fenced(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Lets one record pass, or not.
   *
   * @throws Fenced if it must not be appended
   */
  synchronized void admit(long recordEpoch, long sequence, long currentTerm) throws Fenced {
    if (recordEpoch != currentTerm) {
      throw new Fenced("epoch " + recordEpoch + " in term " + currentTerm);
    }
    long expected = recordEpoch == epoch ? lastSequence + 1 : 1;
    if (sequence != expected) {
      throw new Fenced("sequence " + sequence + " of epoch " + recordEpoch + ", not " + expected);
    }
    epoch = recordEpoch;
    lastSequence = sequence;
    ownTerms.add(recordEpoch);
  }

  /**
   * Whether records of a term are this process's own. Exact, because a term has one leader and a
   * process that restarts can't lead the same term again.
   */
  boolean isOwn(long term) {
    return ownTerms.contains(term);
  }

  /** An entry of this term is committed: no entry of an earlier one can follow. */
  void committed(long term) {
    if (!ownTerms.isEmpty() && ownTerms.first() < term) {
      ownTerms.headSet(term).clear();
    }
  }
}
