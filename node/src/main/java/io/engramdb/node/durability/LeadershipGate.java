package io.engramdb.node.durability;

import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.txlog.api.TxLog;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when this node may act as primary and what its memory is worth when it no longer may.
 * Shard thread only.
 *
 * <p>Promotion: elected → everything committed before is applied (ready) → the wait for older
 * leases is over → LEADING. Demotion: executed effects in no record → TAINTED; records in flight →
 * RESOLVING until each is committed or contradicted; none → FOLLOWING.
 */
final class LeadershipGate {

  private static final Logger LOG = LoggerFactory.getLogger(LeadershipGate.class);
  private static final long NANOS_PER_MS = 1_000_000;

  /** A clock that runs ahead of the records it hears by more than this must not lead. */
  private static final long MAX_CLOCK_AHEAD_MS = 5000;

  /** Elections in a row that are handed back while nobody else takes the lead. */
  private static final int MAX_HAND_BACKS = 3;

  /** How long a handing back may take before this node tries to lead after all. */
  private static final long HAND_BACK_TIMEOUT_MS = 1000;

  private final Shard shard;
  private final TxLog log;
  private final ShardScheduler scheduler;
  private final DurabilitySettings settings;
  private final Supplier<UUID> newIncarnation;
  private final Runnable onTainted;
  private final Consumer<String> onFatal;
  private final BooleanSupplier lagsBehind;

  private @Nullable Genesis genesis;
  private @Nullable Genesis proposedGenesis;

  /** The first record is committed, or a snapshot contains it. */
  private boolean genesisLogged;

  private long electedTerm;
  private long electedNanos;
  private long readyTerm;
  private boolean skipsWait;
  private long handedBackTerm;
  private int handBacks;

  /** Term that is being handed back just now: nothing may be submitted in it. */
  private long transferTerm;

  private boolean wasLoading;
  private long releasedIndex = -2;
  private final ClockSkew clock = new ClockSkew();
  private boolean stuckReported;

  LeadershipGate(
      Shard shard,
      TxLog log,
      ShardScheduler scheduler,
      DurabilitySettings settings,
      Supplier<UUID> newIncarnation,
      Runnable onTainted,
      Consumer<String> onFatal,
      BooleanSupplier lagsBehind) {
    this.lagsBehind = lagsBehind;
    this.shard = shard;
    this.log = log;
    this.scheduler = scheduler;
    this.settings = settings;
    this.newIncarnation = newIncarnation;
    this.onTainted = onTainted;
    this.onFatal = onFatal;
  }

  /** The shard's genesis record; null until it is committed. */
  @Nullable Genesis genesis() {
    return genesis;
  }

  // --- what records tell

  void genesisCommitted(byte @Nullable [] payload) {
    Genesis committed = payload == null ? proposedGenesis : Genesis.decode(payload);
    if (committed == null) {
      throw new IllegalStateException("a genesis record of ours that was never proposed");
    }
    Genesis known = genesis;
    if (known != null && !known.incarnation().equals(committed.incarnation())) {
      throw new IllegalStateException(
          "the log is of history " + committed.incarnation() + ", the snapshot of another one");
    }
    if (committed.seeded() && known == null) {
      throw new IllegalStateException("the shard began with a file that this node does not hold");
    }
    genesis = committed;
    genesisLogged = true;
    shard.lease().setDurationMs(committed.leaseDurationMs());
  }

  /** The shard begins with a file, of which its first record has yet to tell. */
  void seeded(Genesis known) {
    genesis = new Genesis(known.incarnation(), known.leaseDurationMs(), true);
    shard.lease().setDurationMs(known.leaseDurationMs());
  }

  /** The shard goes on behind a snapshot, which knows what the first record said. */
  void restored(Genesis known) {
    genesis = known;
    genesisLogged = true;
    shard.lease().setDurationMs(known.leaseDurationMs());
  }

  void releaseCommitted(long index) {
    releasedIndex = index;
  }

  /** What is known of this node's clock. */
  ClockSkew clock() {
    return clock;
  }

  /** Another member has led: what this one hands back, somebody takes. */
  void heardOther() {
    handBacks = 0;
  }

  // --- becoming the primary

  void elected(long term, long nanos) {
    if (shard.state().elected()) {
      lost(electedTerm);
    }
    electedTerm = term;
    electedNanos = nanos;
    readyTerm = 0;
    skipsWait = false;
    wasLoading = shard.state() == ShardState.LOADING;
    if (wasLoading || shard.state() == ShardState.FOLLOWING) {
      shard.enter(ShardState.CATCHING_UP);
    }
    LOG.info("elected in term {}, state {}", term, shard.state());
    scheduler.schedule(() -> handBackIfNotLeading(term), settings.readyWithinMs());
  }

  /** Everything committed before that term has been handed to the shard. */
  void ready(long term, long startIndex) {
    if (term != electedTerm) {
      return;
    }
    readyTerm = term;
    // Only a release right before this term's first entry proves that nobody holds a lease.
    skipsWait = releasedIndex == startIndex - 1;
    LOG.info("ready in term {}, lease wait {}", term, skipsWait ? "skipped" : "runs");
    advance();
  }

  /** Goes on with a promotion whose conditions may be met now. */
  void advance() {
    if (electedTerm == 0 || readyTerm != electedTerm || transferTerm == electedTerm) {
      return;
    }
    ShardState state = shard.state();
    if (state == ShardState.FOLLOWING || state == ShardState.LOADING) {
      shard.enter(ShardState.CATCHING_UP);
      state = ShardState.CATCHING_UP;
    }
    if (state != ShardState.CATCHING_UP) {
      return;
    }
    if (clock.aheadMs() > MAX_CLOCK_AHEAD_MS && handBack(electedTerm, "its clock is ahead")) {
      return;
    }
    shard.enter(ShardState.WAITING_OUT);
    long waited = scheduler.nanoTime() - electedNanos;
    long left = skipsWait ? 0 : shard.lease().waitOutNanos() - waited;
    if (left <= 0) {
      lead();
      return;
    }
    long term = electedTerm;
    scheduler.schedule(
        () -> {
          if (electedTerm == term && shard.state() == ShardState.WAITING_OUT) {
            advanceWait();
          }
        },
        left / NANOS_PER_MS + 1);
  }

  private void advanceWait() {
    long left = shard.lease().waitOutNanos() - (scheduler.nanoTime() - electedNanos);
    if (left > 0) {
      scheduler.schedule(this::leadIfWaited, left / NANOS_PER_MS + 1);
    } else {
      lead();
    }
  }

  private void leadIfWaited() {
    if (electedTerm != 0 && shard.state() == ShardState.WAITING_OUT) {
      advanceWait();
    }
  }

  private void lead() {
    byte[] first = null;
    if (!genesisLogged) {
      Genesis seed = genesis;
      Genesis born =
          seed != null ? seed : new Genesis(newIncarnation.get(), settings.leaseDurationMs());
      proposedGenesis = born;
      first = born.encode();
    }
    stuckReported = false;
    LOG.info("primary of epoch {}", electedTerm);
    shard.lead(electedTerm, first);
  }

  private void handBackIfNotLeading(long term) {
    ShardState state = shard.state();
    // A wait for older leases ends by itself, and so does one for the other members' disks; handing
    // back would only begin another one. What another node can do better is to have the data.
    boolean waitsForOthers =
        state == ShardState.WAITING_OUT
            || (state == ShardState.CATCHING_UP && !lagsBehind.getAsBoolean());
    if (electedTerm != term || state.leads()) {
      return;
    }
    if (waitsForOthers) {
      scheduler.schedule(() -> handBackIfNotLeading(term), settings.readyWithinMs());
    } else {
      handBack(term, "it is not ready, state " + shard.state());
    }
  }

  /**
   * One attempt a term, and few terms in a row that nobody else takes, so that nodes never play
   * ping-pong.
   */
  private boolean handBack(long term, String why) {
    if (settings.otherDataMembers().isEmpty()
        || handedBackTerm == term
        || handBacks == MAX_HAND_BACKS) {
      return false;
    }
    handedBackTerm = term;
    handBacks++;
    LOG.info("elected in term {} but {}: handing leadership over", term, why);
    transferTerm = term;
    String target = Successor.furthest(log.status(), settings.otherDataMembers());
    log.transferLeadership(target, HAND_BACK_TIMEOUT_MS)
        .whenComplete((unused, failure) -> scheduler.execute(() -> handBackEnded(term)));
    return true;
  }

  private void handBackEnded(long term) {
    if (transferTerm == term) {
      transferTerm = 0;
      advance();
    }
  }

  // --- no longer the primary

  void lost(long term) {
    if (term >= electedTerm) {
      electedTerm = 0;
      readyTerm = 0;
    }
    ShardState before = shard.state();
    if (before.leads()) {
      demote("leadership of epoch " + term + " is lost");
    } else if (before.elected()) {
      // A restarted member that has not caught up must not show less than it showed before.
      boolean behind = wasLoading && before == ShardState.CATCHING_UP;
      shard.enter(behind ? ShardState.LOADING : ShardState.FOLLOWING);
    }
  }

  private void demote(String why) {
    int inFlight = shard.pipeline().inFlightCount();
    ShardState now = shard.demote();
    LOG.info("{}: {} records in flight, state {}", why, inFlight, now);
    if (now == ShardState.TAINTED) {
      onTainted.run();
    }
  }

  /** A record of ours was cut off the log or contradicted. */
  void recordLost() {
    if (shard.state().leads()) {
      // The log took the record back before it told of the lost role.
      demote("a record of ours is lost");
    }
    if (shard.state() != ShardState.TAINTED) {
      LOG.info("a record in flight is lost");
      shard.taint();
      onTainted.run();
    }
  }

  /** Gives the role up although nobody has taken it: what is parked has an unknown outcome. */
  void abdicate(String why) {
    if (!shard.state().leads()) {
      return;
    }
    long term = shard.pipeline().epoch();
    electedTerm = 0;
    readyTerm = 0;
    demote(why);
    log.transferLeadership(null, settings.stepDownWithinMs());
    scheduler.schedule(() -> haltIfStillLeading(term), settings.stepDownWithinMs());
  }

  private void haltIfStillLeading(long term) {
    var status = log.status();
    if (status.leading() && status.term() == term) {
      onFatal.accept("gave up leadership of term " + term + " but still holds it");
    }
  }

  // --- watchdog

  void tick() {
    if (!shard.state().leads()) {
      return;
    }
    long oldest = shard.pipeline().oldestSubmittedNanos();
    long ageMs = oldest == 0 ? 0 : (scheduler.nanoTime() - oldest) / NANOS_PER_MS;
    if (ageMs <= settings.watchdogMs()) {
      return;
    }
    if (settings.soleVoter()) {
      if (!stuckReported) {
        stuckReported = true;
        LOG.warn("the log has not committed anything for {} ms", ageMs);
      }
      return;
    }
    abdicate("nothing was committed for " + ageMs + " ms");
  }
}
