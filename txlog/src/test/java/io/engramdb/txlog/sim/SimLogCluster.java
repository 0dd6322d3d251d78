package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.MemberMessages;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The simulated world of one shard's log: virtual clock, event queue, network, disks, faults.
 *
 * <p>Idea: every delay is an event in one priority queue, ordered by time and then by number of
 * creation; {@link #step()} runs the first of them. All randomness comes from one seeded source, so
 * that a run is a function of its seed and of what the caller does. The caller may put events of
 * its own on the same clock ({@link #schedule}).
 *
 * <p>One thread only.
 */
public final class SimLogCluster {
  private final Random random;
  private final SimOptions options;
  private final List<Member> birthMembers;
  private final Map<String, Member> known = new LinkedHashMap<>();
  private final Map<String, SimDisk> disks = new HashMap<>();
  private final Map<String, SimMember> running = new LinkedHashMap<>();
  private final Map<String, SimTxLog> handles = new HashMap<>();

  /** Directed pairs "from>to" whose messages vanish. */
  private final Set<String> cuts = new HashSet<>();

  /** Members whose process stands still, with what waits for it to go on. */
  private final Map<String, List<Runnable>> paused = new HashMap<>();

  private final Map<String, MemberMessages.Receiver> receivers = new HashMap<>();
  private final Map<String, Long> linkBusyUntilNs = new HashMap<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNs).thenComparingLong(Event::number));
  private long nowNs = 1_000_000_000;
  private long eventNumber;

  /** The committed log as first seen anywhere: whoever commits something else breaks Raft. */
  private final List<SimEntry> agreed = new ArrayList<>();

  private record Event(long atNs, long number, Runnable action) {}

  /** A shard that has never run, with the given members. */
  public SimLogCluster(long seed, SimOptions options, List<Member> members) {
    this.random = new Random(seed);
    this.options = options;
    this.birthMembers = List.copyOf(members);
    for (Member member : members) {
      known.put(member.name(), member);
    }
  }

  /** A shard of {@code dataCount} data members n1, n2, … with usual delays. */
  public static SimLogCluster ofDataMembers(long seed, int dataCount) {
    List<Member> members = new ArrayList<>();
    for (int i = 1; i <= dataCount; i++) {
      members.add(new Member("n" + i, "sim", i, Member.Role.DATA));
    }
    return new SimLogCluster(seed, SimOptions.defaults(), members);
  }

  // ---- processes

  /** A new process of a member; its disk is that of its last run. Start it with a listener. */
  public SimTxLog open(String name) {
    return open(name, LogPosition.NONE);
  }

  /** A new process of a log-only voter: it keeps the log and hands leadership over at once. */
  public SimTxLog startLogVoter(String name) {
    return startLogVoter(name, LogPosition.NONE);
  }

  SimTxLog startLogVoter(String name, LogPosition position) {
    SimDisk disk = disks.computeIfAbsent(name, n -> new SimDisk());
    SimTxLog log = open(name, position.index() > disk.purged.index() ? position : disk.purged);
    try {
      log.start(new SimVoter(this, log));
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    return log;
  }

  /**
   * A new process whose shard holds a snapshot: the listener hears what comes after it.
   *
   * @param snapshot position of the last record that the snapshot contains
   */
  public SimTxLog open(String name, LogPosition snapshot) {
    if (running.containsKey(name)) {
      throw new IllegalStateException(name + " runs already");
    }
    SimTxLog log = new SimTxLog(this, name, snapshot);
    handles.put(name, log);
    return log;
  }

  /** Makes a member known that was not there at birth; it waits for {@code changeMembers}. */
  public void introduce(Member member) {
    if (known.putIfAbsent(member.name(), member) != null) {
      throw new IllegalArgumentException(member.name() + " was used before");
    }
  }

  /** The process dies at once; what was not flushed is lost, or part of it (seeded). */
  public void crash(String name) {
    stop(name);
    SimDisk disk = disks.get(name);
    int tail = disk.log.size() - disk.durableCount;
    int kept = options.tailSurvives() && tail > 0 ? random.nextInt(tail + 1) : 0;
    cutLog(disk, disk.durableCount + kept);
    disk.durableCount = disk.log.size();
  }

  /** The process stands still (as SIGSTOP does it); clocks and everybody else go on. */
  public void pause(String name) {
    paused.putIfAbsent(name, new ArrayList<>());
  }

  /** A paused process goes on: everything that waited for it happens now, in order. */
  public void resume(String name) {
    List<Runnable> held = paused.remove(name);
    if (held != null) {
      held.forEach(action -> schedule(0, () -> runOn(name, action)));
    }
  }

  /** Whether the process stands still. */
  public boolean isPaused(String name) {
    return paused.containsKey(name);
  }

  /** Runs an action of a member's process, as soon as that does not stand still. */
  public void runOn(String name, Runnable action) {
    List<Runnable> held = paused.get(name);
    if (held == null) {
      action.run();
    } else {
      held.add(action);
    }
  }

  /** The member's disk fails: its listener hears of it and the log takes nothing more. */
  public void failDisk(String name) {
    member(name).failDisk(new IOException("simulated disk failure on " + name));
  }

  /** While stalled, nothing that the member appends reaches its disk, and it acknowledges none. */
  public void stallDisk(String name, boolean stalled) {
    member(name).stallDisk(stalled);
  }

  /** While stalled, the member's listener hears of no committed entry (the log goes on). */
  public void stallApply(String name, boolean stalled) {
    member(name).stallApply(stalled);
  }

  /** While true, every proposal on the member is answered UNAVAILABLE. */
  public void refuseProposals(String name, boolean refused) {
    member(name).refuseProposals(refused);
  }

  /** Reads the committed log as the world knows it, whatever members have cut off theirs. */
  public void replayAgreed(long lastIndex, TxLog.ReplayConsumer consumer) {
    for (long index = 0; index <= lastIndex; index++) {
      SimEntry entry = agreed.get((int) index);
      if (entry.kind() != null) {
        consumer.record(entry.term(), index, entry.kind(), entry.payload().clone());
      }
    }
  }

  /** Position of a committed entry. */
  public LogPosition agreed(long index) {
    return new LogPosition(agreed.get((int) index).term(), index);
  }

  // ---- network

  /** Messages to and from a member that stand in no log; a new process has to listen anew. */
  public MemberMessages messages(String name) {
    return new SimMessages(this, name);
  }

  void receive(String name, MemberMessages.Receiver receiver) {
    receivers.put(name, receiver);
  }

  /** Delivers a message as those of the log, and loses it as those. */
  void send(String from, String to, byte[] message) {
    send(
        from,
        to,
        member -> {
          MemberMessages.Receiver receiver = receivers.get(to);
          if (receiver != null) {
            receiver.received(from, message, () -> {});
          }
        });
  }

  /** Nothing goes in or out of the member any more. */
  public void isolate(String name) {
    for (String other : known.keySet()) {
      if (!other.equals(name)) {
        cut(name, other);
        cut(other, name);
      }
    }
  }

  /** Messages from one member to another vanish; the way back stays open. */
  public void cut(String from, String to) {
    cuts.add(from + ">" + to);
  }

  /** Every connection works again. */
  public void heal() {
    cuts.clear();
  }

  // ---- leadership

  /** The member's election time-out fires now. */
  public void forceElection(String name) {
    member(name).electionTimedOut();
  }

  /** The running member that leads the highest term and is ready, or null. */
  public @Nullable String leader() {
    SimMember best = null;
    for (SimMember candidate : running.values()) {
      if (candidate.leadsReady() && (best == null || candidate.term() > best.term())) {
        best = candidate;
      }
    }
    return best == null ? null : best.name();
  }

  // ---- time

  /** The virtual clock, nanoseconds; the same for all members. */
  public long nowNs() {
    return nowNs;
  }

  /** The run's only source of randomness. */
  public Random random() {
    return random;
  }

  /** Puts an action of the caller on the virtual clock. */
  public void schedule(long delayNs, Runnable action) {
    events.add(new Event(nowNs + delayNs, eventNumber++, action));
  }

  /**
   * Runs the next event.
   *
   * @return false if there is none
   */
  public boolean step() {
    Event event = events.poll();
    if (event == null) {
      return false;
    }
    nowNs = Math.max(nowNs, event.atNs);
    event.action.run();
    return true;
  }

  /** Runs all events of the given span of virtual time. */
  public void runFor(long spanNs) {
    long endNs = nowNs + spanNs;
    while (!events.isEmpty() && events.peek().atNs <= endNs) {
      step();
    }
    nowNs = Math.max(nowNs, endNs);
  }

  /**
   * Runs until a condition holds.
   *
   * @return whether it held within the given span of virtual time
   */
  public boolean runUntil(BooleanSupplier condition, long maxSpanNs) {
    long endNs = nowNs + maxSpanNs;
    while (!condition.getAsBoolean()) {
      if (events.isEmpty() || events.peek().atNs > endNs) {
        nowNs = Math.max(nowNs, endNs);
        return condition.getAsBoolean();
      }
      step();
    }
    return true;
  }

  // ---- for the members

  SimOptions options() {
    return options;
  }

  List<Member> birthMembers() {
    return birthMembers;
  }

  Member knownMember(String name) {
    Member member = known.get(name);
    if (member == null) {
      throw new IllegalArgumentException("no member " + name);
    }
    return member;
  }

  long draw(SimOptions.Span span) {
    return span.minNs() + (long) (random.nextDouble() * (span.maxNs() - span.minNs() + 1));
  }

  /** Delivers a message after the network's delay, if it is not cut and the receiver lives. */
  void send(String from, String to, Consumer<SimMember> message) {
    if (cuts.contains(from + ">" + to)) {
      return;
    }
    // One connection per pair: messages arrive in the order in which they were sent.
    String link = from + ">" + to;
    long atNs = Math.max(nowNs + draw(options.network()), linkBusyUntilNs.getOrDefault(link, 0L));
    linkBusyUntilNs.put(link, atNs);
    schedule(
        atNs - nowNs,
        () -> {
          SimMember receiver = running.get(to);
          // A cut also loses what is under way: that is what a dead connection does.
          if (receiver != null && !cuts.contains(from + ">" + to)) {
            runOn(to, () -> deliver(receiver, message));
          }
        });
  }

  private void deliver(SimMember receiver, Consumer<SimMember> message) {
    if (running.get(receiver.name()) == receiver) {
      message.accept(receiver);
    }
  }

  SimMember boot(SimTxLog handle, String name, LogPosition snapshot, LogListener listener)
      throws IOException {
    Member self = knownMember(name);
    SimDisk disk = disks.computeIfAbsent(name, n -> new SimDisk());
    if (handles.get(name) != handle || running.containsKey(name)) {
      throw new IllegalStateException(name + " runs already");
    }
    if (snapshot.index() < disk.purged.index()) {
      throw new IOException(
          name + ": the log begins after " + disk.purged + ", the snapshot ends at " + snapshot);
    }
    if (snapshot.index() > disk.lastIndex() || disk.termAt(snapshot.index()) != snapshot.term()) {
      // The snapshot reaches beyond this disk's log and stands for everything before it.
      disk.log.clear();
      disk.log.addAll(agreed.subList(0, (int) snapshot.index() + 1));
      disk.durableCount = disk.log.size();
      disk.purged = snapshot;
    }
    SimMember member = new SimMember(this, self, disk, snapshot, listener);
    running.put(name, member);
    member.start();
    return member;
  }

  void shutDown(String name, SimTxLog handle) {
    if (handles.get(name) == handle && running.containsKey(name)) {
      // An orderly end flushes what it has.
      SimDisk disk = disks.get(name);
      disk.durableCount = disk.log.size();
      stop(name);
    }
    handle.died();
  }

  /** Raft's promise, checked at each commit of each member: one log, never rewritten. */
  void checkAgreed(String name, long index, SimEntry entry) {
    if (index < agreed.size()) {
      SimEntry first = agreed.get((int) index);
      if (first != entry) {
        throw new AssertionError(
            name + " committed another entry at " + index + ": " + entry + ", not " + first);
      }
      return;
    }
    if (index != agreed.size()) {
      throw new AssertionError(name + " committed " + index + " before " + agreed.size());
    }
    agreed.add(entry);
  }

  static void cutLog(SimDisk disk, int count) {
    disk.log.subList(count, disk.log.size()).clear();
    disk.durableCount = Math.min(disk.durableCount, count);
  }

  private void stop(String name) {
    paused.remove(name);
    receivers.remove(name);
    member(name).stop();
    running.remove(name);
    handles.get(name).died();
  }

  private SimMember member(String name) {
    SimMember member = running.get(name);
    if (member == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return member;
  }
}
