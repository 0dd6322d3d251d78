package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One running member: Raft as in its paper (Ongaro, "Consensus: Bridging Theory and Practice",
 * 2014: chapter 3, single-step membership of chapter 4, transfer of leadership of 3.10), with a
 * disk that takes time. A follower acknowledges an append only once it is flushed and only in the
 * same term.
 */
final class SimMember {
  private static final int MAX_UNCOMMITTED_ENTRIES = 4096;
  private static final int MAX_APPLY_BATCH_ENTRIES = 8;

  /** What the size of the log is told from. */
  private static final long ENTRY_BYTES = 100;

  private enum Role {
    FOLLOWER,
    CANDIDATE,
    LEADER
  }

  private record PendingAck(String leader, long term, long matchIndex) {}

  private static final class Peer {
    long nextIndex;
    long matchIndex = -1;
    long lastHeardNs;
  }

  private static final class Transfer {
    final CompletableFuture<Void> done = new CompletableFuture<>();
    final String target;

    Transfer(String target) {
      this.target = target;
    }
  }

  private final SimLogCluster cluster;
  private final SimOptions options;
  private final Member self;
  private final SimDisk disk;
  private final LogListener listener;

  private boolean alive = true;
  private boolean failed;
  private boolean refusing;
  private Role role = Role.FOLLOWER;
  private @Nullable String leader;
  private long commitIndex;
  private long appliedIndex;
  private List<Member> members = List.of();

  /** First index of the leader's log when the listener was last told of it. */
  private long tooFarBehind;

  private boolean applying;
  private boolean applyStalled;
  private boolean flushing;
  private boolean diskStalled;

  /** Grows with each truncation: a flush that began before it proves nothing about what is now. */
  private long truncations;

  private final List<PendingAck> pendingAcks = new ArrayList<>();

  /** Terms in which this run appended a record: all records of such a term are its own. */
  private final Set<Long> proposedTerms = new HashSet<>();

  /** Each use of the election timer has a number; only the newest one counts. */
  private long electionTimer;

  private final Set<String> votes = new HashSet<>();
  private final Map<String, Peer> peers = new HashMap<>();
  private long startIndex;
  private boolean ready;
  private long lastSequence;
  private long lastAppendNs;
  private @Nullable Transfer transfer;
  private long membershipIndex = -1;
  private @Nullable CompletableFuture<Void> membershipDone;

  SimMember(
      SimLogCluster cluster,
      Member self,
      SimDisk disk,
      LogPosition snapshot,
      LogListener listener) {
    this.cluster = cluster;
    this.options = cluster.options();
    this.self = self;
    this.disk = disk;
    this.listener = listener;
    this.commitIndex = snapshot.index();
    this.appliedIndex = snapshot.index();
  }

  void start() {
    readMembers();
    armElectionTimer();
  }

  void stop() {
    alive = false;
  }

  String name() {
    return self.name();
  }

  long term() {
    return disk.term;
  }

  boolean leadsReady() {
    return role == Role.LEADER && ready;
  }

  // ---- the contract

  ProposeResult propose(
      long epoch, long sequence, RecordKind kind, byte[] payload, TxLog.PositionHolder position) {
    if (failed || refusing || disk.lastIndex() - commitIndex > MAX_UNCOMMITTED_ENTRIES) {
      return ProposeResult.UNAVAILABLE;
    }
    if (role != Role.LEADER || !ready || transfer != null) {
      return ProposeResult.NOT_LEADER;
    }
    if (epoch != disk.term || sequence != lastSequence + 1) {
      return ProposeResult.FENCED;
    }
    lastSequence = sequence;
    proposedTerms.add(disk.term);
    append(new SimEntry(disk.term, kind, epoch, sequence, payload, null));
    position.term = disk.term;
    position.index = disk.lastIndex();
    return ProposeResult.APPENDED;
  }

  CompletableFuture<Void> transferLeadership(@Nullable String target, long timeoutNs) {
    if (role != Role.LEADER) {
      return CompletableFuture.completedFuture(null);
    }
    if (target == null) {
      stepDown(disk.term);
      return CompletableFuture.completedFuture(null);
    }
    if (transfer != null) {
      return CompletableFuture.failedFuture(new IOException("a transfer runs already"));
    }
    Transfer started = new Transfer(target);
    transfer = started;
    later(timeoutNs, () -> giveUpTransfer(started));
    driveTransfer(target);
    return started.done;
  }

  CompletableFuture<Void> changeMembers(List<Member> wanted) {
    if (role != Role.LEADER || !ready) {
      return CompletableFuture.failedFuture(new IOException(name() + " does not lead"));
    }
    if (membershipDone != null) {
      return CompletableFuture.failedFuture(new IOException("a membership change runs already"));
    }
    Set<String> before = voterNames(members);
    Set<String> after = voterNames(wanted);
    Set<String> added = new HashSet<>(after);
    added.removeAll(before);
    Set<String> removed = new HashSet<>(before);
    removed.removeAll(after);
    if (added.size() + removed.size() > 1) {
      return CompletableFuture.failedFuture(new IOException("one voter at a time"));
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    membershipDone = done;
    membershipIndex = disk.lastIndex() + 1;
    append(SimEntry.internal(disk.term, List.copyOf(wanted)));
    return done;
  }

  void replay(long firstIndex, long lastIndex, TxLog.ReplayConsumer consumer) throws IOException {
    if (firstIndex <= disk.purged.index()) {
      throw new IOException("index " + firstIndex + " was purged with " + disk.purged);
    }
    if (lastIndex > appliedIndex) {
      throw new IOException(
          "index " + lastIndex + " is not committed here, " + appliedIndex + " is");
    }
    for (long index = firstIndex; index <= lastIndex; index++) {
      SimEntry entry = disk.log.get((int) index);
      if (entry.kind() != null) {
        consumer.record(entry.term(), index, entry.kind(), entry.payload().clone());
      }
    }
  }

  void purge(long lastIndex) {
    long index = Math.min(lastIndex, appliedIndex);
    if (index > disk.purged.index()) {
      disk.purged = new LogPosition(disk.termAt(index), index);
    }
  }

  LogStatus status() {
    List<LogStatus.Peer> others = new ArrayList<>();
    for (Member member : members) {
      if (!member.name().equals(name())) {
        Peer peer = role == Role.LEADER ? peers.get(member.name()) : null;
        others.add(
            new LogStatus.Peer(
                member.name(),
                peer == null ? -1 : peer.matchIndex,
                peer == null ? -1 : (cluster.nowNs() - peer.lastHeardNs) / 1_000_000));
      }
    }
    return new LogStatus(
        disk.term,
        leader,
        role == Role.LEADER,
        disk.purged.index() + 1,
        commitIndex,
        appliedIndex,
        disk.durableCount - 1L,
        (disk.lastIndex() - disk.purged.index()) * ENTRY_BYTES,
        others);
  }

  // ---- faults

  void failDisk(Throwable cause) {
    failed = true;
    diskStalled = true;
    listener.onLogFailed(cause);
  }

  void stallDisk(boolean stalled) {
    diskStalled = stalled || failed;
    flush();
  }

  void stallApply(boolean stalled) {
    applyStalled = stalled;
    apply();
  }

  void refuseProposals(boolean refused) {
    refusing = refused;
  }

  // ---- elections

  void electionTimedOut() {
    armElectionTimer();
    if (role == Role.LEADER || failed || !voterNames(members).contains(name())) {
      return;
    }
    disk.term++;
    disk.vote = name();
    role = Role.CANDIDATE;
    leader = null;
    pendingAcks.clear();
    votes.clear();
    votes.add(name());
    long term = disk.term;
    long lastIndex = disk.lastIndex();
    long lastTerm = disk.termAt(lastIndex);
    for (String voter : voterNames(members)) {
      if (!voter.equals(name())) {
        cluster.send(name(), voter, m -> m.onVoteRequest(name(), term, lastIndex, lastTerm));
      }
    }
    countVotes();
  }

  private void onVoteRequest(String candidate, long term, long lastIndex, long lastTerm) {
    observeTerm(term);
    long ownLast = disk.lastIndex();
    boolean newEnough =
        lastTerm > disk.termAt(ownLast) || lastTerm == disk.termAt(ownLast) && lastIndex >= ownLast;
    boolean granted =
        term == disk.term && newEnough && (disk.vote == null || disk.vote.equals(candidate));
    if (granted) {
      disk.vote = candidate;
      armElectionTimer();
    }
    long ownTerm = disk.term;
    cluster.send(name(), candidate, m -> m.onVoteReply(name(), ownTerm, term, granted));
  }

  private void onVoteReply(String voter, long voterTerm, long term, boolean granted) {
    observeTerm(voterTerm);
    if (role == Role.CANDIDATE && term == disk.term && granted) {
      votes.add(voter);
      countVotes();
    }
  }

  private void countVotes() {
    Set<String> voters = voterNames(members);
    long count = votes.stream().filter(voters::contains).count();
    if (count * 2 > voters.size()) {
      lead();
    }
  }

  private void lead() {
    role = Role.LEADER;
    leader = name();
    ready = false;
    lastSequence = 0;
    peers.clear();
    membershipDone = null;
    startIndex = disk.lastIndex() + 1;
    listener.onElected(disk.term);
    append(SimEntry.internal(disk.term, null));
    heartbeat(disk.term);
  }

  private void observeTerm(long term) {
    if (term <= disk.term) {
      return;
    }
    long oldTerm = disk.term;
    disk.term = term;
    disk.vote = null;
    pendingAcks.clear();
    if (role == Role.LEADER) {
      stepDown(oldTerm);
    }
    role = Role.FOLLOWER;
  }

  private void stepDown(long ledTerm) {
    role = Role.FOLLOWER;
    leader = null;
    ready = false;
    Transfer ended = transfer;
    transfer = null;
    CompletableFuture<Void> change = membershipDone;
    membershipDone = null;
    armElectionTimer();
    listener.onLeadershipLost(ledTerm);
    listener.onLeaderChanged(null, disk.term);
    if (ended != null) {
      ended.done.complete(null);
    }
    if (change != null) {
      change.completeExceptionally(new IOException("leadership lost, outcome unknown"));
    }
  }

  private void armElectionTimer() {
    long number = ++electionTimer;
    later(
        cluster.draw(options.electionTimeout()),
        () -> {
          if (number == electionTimer) {
            electionTimedOut();
          }
        });
  }

  // ---- leader

  private void append(SimEntry entry) {
    disk.log.add(entry);
    lastAppendNs = cluster.nowNs();
    if (entry.members() != null) {
      readMembers();
    }
    flush();
    replicate(false);
  }

  private void heartbeat(long term) {
    if (role != Role.LEADER || disk.term != term) {
      return;
    }
    replicate(true);
    checkMajority();
    if (transfer != null) {
      driveTransfer(transfer.target);
    }
    later(options.heartbeatNs(), () -> heartbeat(term));
  }

  /** A leader without a majority steps down only when it is idle: as the real log does. */
  private void checkMajority() {
    long nowNs = cluster.nowNs();
    long limitNs = options.electionTimeout().maxNs();
    if (nowNs - lastAppendNs < limitNs) {
      return;
    }
    Set<String> voters = voterNames(members);
    long heard = voters.contains(name()) ? 1 : 0;
    for (String voter : voters) {
      Peer peer = peers.get(voter);
      if (!voter.equals(name()) && peer != null && nowNs - peer.lastHeardNs < limitNs) {
        heard++;
      }
    }
    if (heard * 2 <= voters.size()) {
      stepDown(disk.term);
    }
  }

  private void replicate(boolean evenIfEmpty) {
    if (role != Role.LEADER) {
      return;
    }
    for (Member member : members) {
      if (!member.name().equals(name())) {
        Peer peer = peers.computeIfAbsent(member.name(), n -> newPeer());
        boolean sent;
        do {
          sent = sendAppend(member.name(), peer, evenIfEmpty);
        } while (sent && !evenIfEmpty && peer.nextIndex <= disk.lastIndex());
      }
    }
  }

  private Peer newPeer() {
    Peer peer = new Peer();
    peer.nextIndex = disk.lastIndex() + 1;
    peer.lastHeardNs = cluster.nowNs();
    return peer;
  }

  private boolean sendAppend(String to, Peer peer, boolean evenIfEmpty) {
    if (peer.nextIndex <= disk.purged.index()) {
      if (evenIfEmpty) {
        long term = disk.term;
        long first = disk.purged.index() + 1;
        cluster.send(name(), to, m -> m.onTooFarBehind(name(), term, first));
      }
      return false;
    }
    long last = Math.min(disk.lastIndex(), peer.nextIndex + options.batchEntryCount() - 1);
    if (last < peer.nextIndex && !evenIfEmpty) {
      return false;
    }
    long previous = peer.nextIndex - 1;
    long previousTerm = disk.termAt(previous);
    List<SimEntry> entries = List.copyOf(disk.log.subList((int) peer.nextIndex, (int) last + 1));
    peer.nextIndex = last + 1;
    long term = disk.term;
    long commit = commitIndex;
    cluster.send(
        name(), to, m -> m.onAppend(name(), term, previous, previousTerm, entries, commit));
    return true;
  }

  /** What a member answered to the notice that the log begins behind what it needs. */
  private void onTooFarBehindReply(String from, long term, long lastIndex) {
    observeTerm(term);
    if (role == Role.LEADER && term == disk.term) {
      Peer peer = peers.computeIfAbsent(from, n -> newPeer());
      peer.lastHeardNs = cluster.nowNs();
      peer.nextIndex = Math.max(peer.matchIndex, Math.min(lastIndex, disk.lastIndex())) + 1;
    }
  }

  private void onAppendReply(
      String from, long replyTerm, long term, boolean accepted, long lastIndex) {
    observeTerm(replyTerm);
    if (role != Role.LEADER || term != disk.term) {
      return;
    }
    Peer peer = peers.computeIfAbsent(from, n -> newPeer());
    peer.lastHeardNs = cluster.nowNs();
    if (accepted) {
      peer.matchIndex = Math.max(peer.matchIndex, lastIndex);
      peer.nextIndex = Math.max(peer.nextIndex, peer.matchIndex + 1);
      advanceCommit();
      if (transfer != null && transfer.target.equals(from)) {
        driveTransfer(from);
      }
    } else {
      peer.nextIndex = Math.max(peer.matchIndex, Math.min(lastIndex, peer.nextIndex - 1)) + 1;
      sendAppend(from, peer, false);
    }
  }

  private void advanceCommit() {
    if (role != Role.LEADER) {
      return;
    }
    Set<String> voters = voterNames(members);
    List<Long> matches = new ArrayList<>();
    for (String voter : voters) {
      Peer peer = peers.get(voter);
      matches.add(
          voter.equals(name()) ? disk.durableCount - 1L : peer == null ? -1 : peer.matchIndex);
    }
    matches.sort(null);
    long majority = matches.get((matches.size() - 1) / 2);
    if (majority > commitIndex && disk.termAt(majority) == disk.term) {
      commitTo(majority);
      tellAhead(majority);
      replicate(true);
      afterMembershipCommit();
    }
  }

  /** Not for each commit, and at any distance before it is told in order. */
  private void tellAhead(long index) {
    long term = disk.term;
    if (ready && cluster.random().nextBoolean()) {
      later(cluster.draw(options.apply()) / 2, () -> listener.onCommittedAhead(term, index));
    }
  }

  private void afterMembershipCommit() {
    CompletableFuture<Void> done = membershipDone;
    if (done != null && commitIndex >= membershipIndex) {
      membershipDone = null;
      done.complete(null);
      if (role == Role.LEADER && !voterNames(members).contains(name())) {
        stepDown(disk.term);
      }
    }
  }

  private void driveTransfer(String target) {
    Peer peer = peers.get(target);
    if (role == Role.LEADER && peer != null && peer.matchIndex == disk.lastIndex()) {
      cluster.send(name(), target, SimMember::electionTimedOut);
    }
  }

  private void giveUpTransfer(Transfer started) {
    if (transfer == started) {
      transfer = null;
      started.done.completeExceptionally(new IOException("still leading after the time-out"));
    }
  }

  // ---- follower

  private void onAppend(
      String from,
      long term,
      long previous,
      long previousTerm,
      List<SimEntry> entries,
      long leaderCommit) {
    observeTerm(term);
    long ownTerm = disk.term;
    if (term < ownTerm || failed) {
      cluster.send(
          name(), from, m -> m.onAppendReply(name(), ownTerm, term, false, disk.lastIndex()));
      return;
    }
    role = Role.FOLLOWER;
    armElectionTimer();
    if (!from.equals(leader)) {
      leader = from;
      listener.onLeaderChanged(from, term);
    }
    long ownLast = disk.lastIndex();
    if (previous > ownLast || disk.termAt(previous) != previousTerm) {
      long hint = Math.max(commitIndex, Math.min(ownLast, previous - 1));
      cluster.send(name(), from, m -> m.onAppendReply(name(), ownTerm, term, false, hint));
      return;
    }
    long index = previous;
    for (SimEntry entry : entries) {
      index++;
      if (index <= disk.lastIndex() && disk.termAt(index) != entry.term()) {
        truncate(index);
      }
      if (index > disk.lastIndex()) {
        disk.log.add(entry);
      }
    }
    readMembers();
    pendingAcks.add(new PendingAck(from, term, index));
    commitTo(Math.min(leaderCommit, index));
    acknowledge();
    flush();
  }

  /** The leader has not what this member needs next. */
  private void onTooFarBehind(String from, long term, long firstAvailable) {
    observeTerm(term);
    if (term < disk.term || failed) {
      return;
    }
    role = Role.FOLLOWER;
    armElectionTimer();
    if (!from.equals(leader)) {
      leader = from;
      listener.onLeaderChanged(from, term);
    }
    if (firstAvailable > commitIndex + 1 && firstAvailable > tooFarBehind) {
      tooFarBehind = firstAvailable;
      listener.onTooFarBehind(firstAvailable);
    }
    cluster.send(name(), from, m -> m.onTooFarBehindReply(name(), term, disk.lastIndex()));
  }

  private void truncate(long firstRemovedIndex) {
    if (firstRemovedIndex <= commitIndex) {
      throw new AssertionError(
          name() + " truncates " + firstRemovedIndex + ", committed " + commitIndex);
    }
    truncations++;
    pendingAcks.removeIf(ack -> ack.matchIndex >= firstRemovedIndex);
    SimLogCluster.cutLog(disk, (int) firstRemovedIndex);
    listener.onTruncated(firstRemovedIndex);
  }

  private void acknowledge() {
    List<PendingAck> due =
        pendingAcks.stream().filter(ack -> ack.matchIndex < disk.durableCount).toList();
    pendingAcks.removeAll(due);
    for (PendingAck ack : due) {
      if (ack.term == disk.term) {
        cluster.send(
            name(),
            ack.leader,
            m -> m.onAppendReply(name(), ack.term, ack.term, true, ack.matchIndex));
      }
    }
  }

  // ---- disk and delivery

  private void flush() {
    if (flushing || diskStalled || disk.durableCount == disk.log.size()) {
      return;
    }
    flushing = true;
    int target = disk.log.size();
    long generation = truncations;
    later(cluster.draw(options.flush()), () -> flushed(target, generation));
  }

  private void flushed(int target, long generation) {
    flushing = false;
    if (diskStalled) {
      return;
    }
    if (generation == truncations) {
      disk.durableCount = Math.max(disk.durableCount, target);
    }
    acknowledge();
    advanceCommit();
    flush();
  }

  private void commitTo(long index) {
    for (long i = commitIndex + 1; i <= index; i++) {
      cluster.checkAgreed(name(), i, disk.log.get((int) i));
    }
    commitIndex = Math.max(commitIndex, index);
    apply();
  }

  private void apply() {
    if (applying || applyStalled || appliedIndex >= commitIndex) {
      return;
    }
    applying = true;
    later(cluster.draw(options.apply()), this::applySome);
  }

  private void applySome() {
    applying = false;
    int count = 1 + cluster.random().nextInt(MAX_APPLY_BATCH_ENTRIES);
    while (alive && !applyStalled && count-- > 0 && appliedIndex < commitIndex) {
      deliver(appliedIndex + 1);
    }
    apply();
  }

  private void deliver(long index) {
    SimEntry entry = disk.log.get((int) index);
    appliedIndex = index;
    if (entry.kind() == null) {
      listener.onInternalEntry(entry.term(), index);
      if (role == Role.LEADER && entry.term() == disk.term && index == startIndex) {
        ready = true;
        listener.onLeaderReady(entry.term(), index);
      }
      return;
    }
    boolean mine = proposedTerms.contains(entry.term());
    listener.onCommitted(
        entry.term(),
        index,
        entry.epoch(),
        entry.sequence(),
        entry.kind(),
        mine ? null : entry.payload().clone(),
        mine);
  }

  /** The newest membership in the log counts, committed or not. */
  private void readMembers() {
    for (int i = disk.log.size() - 1; i >= 0; i--) {
      List<Member> found = disk.log.get(i).members();
      if (found != null) {
        members = found;
        return;
      }
    }
    List<Member> birth = cluster.birthMembers();
    members = birth.stream().anyMatch(m -> m.name().equals(name())) ? birth : List.of();
  }

  private static Set<String> voterNames(List<Member> members) {
    Set<String> names = new LinkedHashSet<>();
    for (Member member : members) {
      if (member.role() != Member.Role.LISTENER) {
        names.add(member.name());
      }
    }
    return names;
  }

  private void later(long delayNs, Runnable action) {
    cluster.schedule(
        delayNs,
        () ->
            cluster.runOn(
                name(),
                () -> {
                  if (alive) {
                    action.run();
                  }
                }));
  }
}
