package io.engramdb.node.durability;

import io.engramdb.node.durability.SnapshotMessage.Have;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.FloorMessages;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots between the data members of a shard. Knows which this node has, tells others of them
 * and gives them away; fetches one when this node needs it: because what it has to hear next is cut
 * off everywhere, or so that it can cut its own log without making one. For the latter a primary
 * asks all others, a replica the snapshotters, if there are any. A snapshotter asks nobody. Shard
 * thread only.
 *
 * <p>A node that is too far behind begins anew once the snapshot is in its directory: it is loaded
 * as at any start, and the log goes on behind it. Nothing of what was in memory has to be taken
 * apart for that.
 */
final class SnapshotExchange {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotExchange.class);

  /** Pause after nobody had what is needed, or did not give it. */
  private static final long PAUSE_MS = 1000;

  /** A snapshotter that has left so many questions in a row unanswered is away. */
  private static final int SILENT_ROUNDS = 4;

  /** Room for numbers of questions within a millisecond. */
  private static final int ASKS_PER_MS_BITS = 16;

  /** Snapshots that are remembered because they could not be fetched; then all are tried again. */
  private static final int MAX_REFUSED = 16;

  private final Shard shard;
  private final TxLog log;
  private final SnapshotSettings settings;
  private final SnapshotPeers peers;
  private final Supplier<@Nullable Genesis> genesis;
  private final Supplier<@Nullable String> leader;
  private final LongSupplier heardIndex;
  private final ShardSnapshotter snapshotter;
  private final SnapshotRound round;
  private final SnapshotSender sender;
  private final SnapshotFetch fetch;
  private final SnapshotAnnouncer announcer;

  /** This node's verified snapshots, the newest first. */
  private List<SnapshotManifest> kept = List.of();

  /** First entry that can still be had while this node needs an earlier one; else 0. */
  private long firstAvailable;

  /** This node lacks what the shard began with, which stands in no log. */
  private boolean lacksFile;

  private long nextTryMs;
  private long nextCopyMs;

  /** Questions in a row to which no snapshotter answered, while this node lacks a snapshot. */
  private int silentRounds;

  /** Number of the last question to the primary; those of rounds are positive. */
  private long primaryAsk;

  private @Nullable Have primaryTold;
  private boolean restarting;
  private final Set<String> refused = new HashSet<>();

  SnapshotExchange(
      Shard shard,
      ShardScheduler scheduler,
      TxLog log,
      SnapshotSettings settings,
      Supplier<@Nullable Genesis> genesis,
      Supplier<@Nullable String> leader,
      LongSupplier heardIndex,
      ShardSnapshotter snapshotter) {
    this.shard = shard;
    this.log = log;
    this.settings = settings;
    this.peers = settings.peers();
    this.genesis = genesis;
    this.leader = leader;
    this.heardIndex = heardIndex;
    this.snapshotter = snapshotter;
    // Answers to a process that was here before must not be taken for answers to this one.
    primaryAsk = -(scheduler.wallMs() << ASKS_PER_MS_BITS);
    round = new SnapshotRound(scheduler, peers);
    sender = new SnapshotSender(scheduler, settings.directory(), peers, () -> kept);
    fetch = new SnapshotFetch(scheduler, settings, peers);
    announcer =
        new SnapshotAnnouncer(
            shard,
            log,
            settings,
            snapshotter::intervalBytes,
            genesis,
            () -> kept,
            sender::oldestRead);
    snapshotter.listen(this::nowKept, fetch::isRunning, this::areSnapshottersAway);
  }

  /** These exist now, the newest first. */
  void nowKept(List<SnapshotManifest> snapshots) {
    kept = snapshots;
    announcer.cut();
  }

  void archive(ArchiveHold hold) {
    announcer.archive(hold);
  }

  LogPosition floor() {
    return announcer.floor();
  }

  long sentBytes() {
    return sender.sentBytes();
  }

  long fetched() {
    return fetch.fetched();
  }

  long fetchedBytes() {
    return fetch.fetchedBytes();
  }

  boolean isFetching() {
    return fetch.isRunning();
  }

  // --- what the log tells

  void heard(int sizeBytes) {
    announcer.heard(sizeBytes);
  }

  void committed(long term, long index, RecordKind kind, byte @Nullable [] payload) {
    if (kind == RecordKind.SNAPSHOT_FLOOR) {
      announcer.committed(term, index, payload);
    }
  }

  /** What this node needs next is not in the leader's log any more. */
  void tooFarBehind(long first) {
    LOG.warn("the leader's log begins at {}, this node has heard up to {}", first, heard());
    firstAvailable = Math.max(firstAvailable, first);
    catchUp();
  }

  private long heard() {
    return heardIndex.getAsLong();
  }

  void tick(long nowMs) {
    sender.tick(nowMs);
    announcer.tick(nowMs);
    if (isBehind() && nowMs >= nextTryMs) {
      catchUp();
    }
    if (!round.isRunning() && announcer.isRoundDue()) {
      round.begin(this::othersAnswered);
    }
    if (peers.copiesAsReplica()) {
      lookForCopy(nowMs);
    }
  }

  // --- a voter beside a snapshotter

  private void lookForCopy(long nowMs) {
    if (!lacksSnapshot()) {
      silentRounds = 0;
      return;
    }
    boolean leads = shard.state() == ShardState.LEADING;
    if ((leads || shard.state() == ShardState.FOLLOWING)
        && !isBehind()
        && !fetch.isRunning()
        && !round.isRunning()
        && nowMs >= nextCopyMs) {
      nextCopyMs = nowMs + PAUSE_MS;
      round.begin(leads ? this::othersAnswered : this::copyOfSnapshotter);
    }
  }

  private boolean lacksSnapshot() {
    long interval = snapshotter.intervalBytes();
    return interval > 0 && snapshotter.bytesSince() >= interval;
  }

  private boolean areSnapshottersAway() {
    return silentRounds >= SILENT_ROUNDS;
  }

  private void noteSilence() {
    boolean answered = peers.snapshotters().stream().anyMatch(round.answers()::containsKey);
    silentRounds = answered ? 0 : Math.min(SILENT_ROUNDS, silentRounds + 1);
  }

  private void copyOfSnapshotter() {
    noteSilence();
    if (shard.state() == ShardState.FOLLOWING && !fetch.isRunning() && lacksSnapshot()) {
      copy(best(newestIndex() + 1, heard(), peers.snapshotters()::contains));
    }
  }

  private void copy(@Nullable Offer best) {
    if (best != null) {
      fetch.start(best.member(), best.snapshot(), (got, why) -> copied(best, got));
    }
  }

  // --- whether this node is behind

  /** Asks the primary how far it is; returns the number of the question. */
  long askPrimary() {
    String primary = leader.get();
    primaryAsk--;
    primaryTold = null;
    if (primary != null && peers.dataMembers().contains(primary)) {
      peers.messages().send(primary, SnapshotMessage.ask(primaryAsk));
    }
    return primaryAsk;
  }

  /** Whether memory has what was committed when the primary answered that question. */
  boolean hasWhatPrimaryHad(long question) {
    Have told = primaryTold;
    return question == primaryAsk && told != null && heard() >= told.committedIndex();
  }

  // --- a primary

  private void othersAnswered() {
    noteSilence();
    if (shard.state() != ShardState.LEADING) {
      return;
    }
    announcer.propose(round.answers());
    if (fetch.isRunning() || !lacksSnapshot()) {
      return;
    }
    // A copy of another member's costs this one no encoding; its entries were heard here as well.
    copy(best(newestIndex() + 1, heard(), member -> true));
  }

  private void copied(Offer from, @Nullable List<SnapshotManifest> got) {
    peers
        .messages()
        .send(
            from.member(),
            SnapshotMessage.about(SnapshotMessage.DONE, SnapshotMessage.position(from.snapshot())));
    if (got == null) {
      refuse(from);
      return;
    }
    snapshotter.copied(from.snapshot());
    nowKept(got);
  }

  // --- a member that is behind

  private boolean isBehind() {
    return lacksFile || firstAvailable > 0;
  }

  /**
   * The shard began with a file, which this node does not have.
   *
   * @return whether it gets a snapshot of another member; a voter must not begin without its own
   */
  boolean lacksFile() {
    if (peers.votes()) {
      return false;
    }
    LOG.warn("the shard began with a file, this member fetches a snapshot first");
    lacksFile = true;
    catchUp();
    return true;
  }

  private void catchUp() {
    if (restarting || fetch.isRunning() || round.isRunning() || shard.state().leads()) {
      return;
    }
    if (!lacksFile && heard() >= firstAvailable - 1) {
      // Another leader had the entries.
      firstAvailable = 0;
    } else if (!kept.isEmpty() && newestIndex() >= firstAvailable - 1) {
      beginAnew();
    } else {
      round.begin(this::choose);
    }
  }

  private void choose() {
    // Before the first entry of the log stands what the shard began with, at index -1.
    Offer best = isBehind() ? best(firstAvailable - 1, Long.MAX_VALUE, member -> true) : null;
    if (best == null) {
      LOG.warn(
          "no member offers a snapshot at {} or later; {} answered",
          firstAvailable - 1,
          round.answers().keySet());
      nextTryMs = shard.nowMs() + PAUSE_MS;
      return;
    }
    fetch.start(
        best.member(),
        best.snapshot(),
        (got, why) -> {
          if (got == null) {
            refuse(best);
            nextTryMs = shard.nowMs() + PAUSE_MS;
          } else {
            nowKept(got);
            catchUp();
          }
        });
  }

  private void beginAnew() {
    restarting = true;
    LOG.warn("this node begins anew behind snapshot {}", kept.getFirst().name());
    peers.restart().run();
  }

  // --- offers

  private record Offer(String member, SnapshotManifest snapshot) {
    String name() {
      return member + '/' + snapshot.name();
    }
  }

  private void refuse(Offer offer) {
    if (refused.size() == MAX_REFUSED) {
      refused.clear();
    }
    refused.add(offer.name());
  }

  private long newestIndex() {
    return kept.isEmpty() ? -1 : kept.getFirst().index();
  }

  /** The newest within these bounds; of a replica if one has any, to spare the primary. */
  private @Nullable Offer best(long fromIndex, long toIndex, Predicate<String> ofMember) {
    UUID incarnation = incarnation();
    Offer best = null;
    for (Map.Entry<String, Have> answer : round.answers().entrySet()) {
      for (SnapshotManifest each : answer.getValue().snapshots()) {
        Offer offer = new Offer(answer.getKey(), each);
        if (each.shard().equals(settings.shard())
            && each.incarnation().equals(incarnation)
            && each.index() >= fromIndex
            && each.index() <= toIndex
            && ofMember.test(offer.member())
            && !refused.contains(offer.name())
            && isBetter(offer, best)) {
          best = offer;
        }
      }
    }
    if (best == null) {
      refused.clear();
    }
    return best;
  }

  private boolean isBetter(Offer offer, @Nullable Offer than) {
    if (than == null) {
      return true;
    }
    boolean ofPrimary = offer.member().equals(leader.get());
    boolean thanOfPrimary = than.member().equals(leader.get());
    return ofPrimary == thanOfPrimary
        ? offer.snapshot().index() > than.snapshot().index()
        : thanOfPrimary;
  }

  /** The history that snapshots must be of: this node's, or what all others agree on. */
  private @Nullable UUID incarnation() {
    Genesis own = genesis.get();
    if (own != null) {
      return own.incarnation();
    }
    Set<UUID> all = new HashSet<>();
    for (Have each : round.answers().values()) {
      each.snapshots().forEach(snapshot -> all.add(snapshot.incarnation()));
    }
    return all.size() == 1 ? all.iterator().next() : null;
  }

  // --- messages

  /** Whether a message is for {@link #received}. */
  static boolean isOurs(byte[] message) {
    return FloorMessages.isQuestion(message)
        || (message.length > 0
            && message[0] >= SnapshotMessage.ASK
            && message[0] <= SnapshotMessage.DONE);
  }

  void received(String from, byte[] message) {
    if (FloorMessages.isQuestion(message)) {
      LogPosition begin = announcer.mayBegin();
      if (begin.index() >= 0) {
        peers.messages().send(from, FloorMessages.answer(begin));
      }
      return;
    }
    try {
      dispatch(from, message);
    } catch (IOException e) {
      LOG.warn("{} sent what is no message about snapshots: {}", from, e.getMessage());
    }
  }

  private void dispatch(String from, byte[] message) throws IOException {
    switch (message[0]) {
      case SnapshotMessage.ASK -> tell(from, SnapshotMessage.round(message));
      case SnapshotMessage.HAVE -> have(from, SnapshotMessage.have(message));
      case SnapshotMessage.READ -> sender.read(from, SnapshotMessage.place(message), shard.nowMs());
      case SnapshotMessage.PIECE -> fetch.piece(from, SnapshotMessage.piece(message));
      case SnapshotMessage.GONE -> fetch.gone(from, SnapshotMessage.position(message));
      case SnapshotMessage.DONE -> sender.done(from, SnapshotMessage.position(message));
      default -> throw new IOException("type " + message[0]);
    }
  }

  private void have(String from, Have what) {
    if (what.round() == primaryAsk) {
      primaryTold = what;
    } else {
      round.answered(from, what);
    }
  }

  private void tell(String to, long number) {
    long committedIndex = Math.max(heard(), log.status().commitIndex());
    peers
        .messages()
        .send(to, SnapshotMessage.have(new Have(number, announcer.hold(), kept, committedIndex)));
  }
}
