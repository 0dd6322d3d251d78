package io.engramdb.node.sim;

import io.engramdb.node.command.CommandTable;
import io.engramdb.node.durability.DurabilitySettings;
import io.engramdb.node.shard.CommitPipeline;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardState;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.sim.SimLogCluster;
import io.engramdb.txlog.sim.SimOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;

/**
 * One shard in virtual time: nodes, log, clients, and what must hold after every event. A run is a
 * function of its seed. Violations are collected and end the run.
 */
final class SimWorld {

  private static final long MS = 1_000_000;

  /** Effects of one command may exceed the budget; none here is larger than this, bytes. */
  private static final long LARGEST_COMMAND_BYTES = 4 << 20;

  /** Events between two looks at everything that is not cheap. */
  private static final int EVENTS_PER_AUDIT = 1024;

  /** What distinguishes a world. */
  record Shape(int dataNodes, boolean logVoter, long[] leaseMs, long[] skewMs, int[] ratePpm) {

    static Shape plain() {
      return new Shape(3, false, new long[] {250, 250, 250}, new long[3], new int[3]);
    }

    static Shape drawn(Random random) {
      boolean voter = random.nextInt(4) == 0;
      int count = voter ? 2 : 3;
      long[] lease = new long[count];
      long[] skew = new long[count];
      int[] rate = new int[count];
      for (int i = 0; i < count; i++) {
        lease[i] = new long[] {100, 250, 400}[random.nextInt(3)];
        skew[i] = random.nextInt(12) == 0 ? 8000 : random.nextInt(4000) - 2000;
        rate[i] = random.nextInt(48_000) - 24_000;
      }
      return new Shape(count, voter, lease, skew, rate);
    }
  }

  private final SimLogCluster log;
  private final CommandTable table = SimNode.table();
  private final Map<String, SimNode> nodes = new LinkedHashMap<>();
  private final History history = new History();
  private final Ledger ledger;
  private final List<String> violations = new ArrayList<>();
  private final Map<Long, Long> digests = new HashMap<>();
  private final BiFunction<SimNode, TxLog, TxLog> wrap;
  private SimSnapshots snapshots;
  private long traceHash = 1;
  private long events;
  private int begunAnew;
  private int values;
  private int connections;
  private int expiringKeys;

  SimWorld(long seed, Shape shape, SimOptions options, BiFunction<SimNode, TxLog, TxLog> wrap) {
    this.wrap = wrap;
    List<Member> members = new ArrayList<>();
    for (int i = 1; i <= shape.dataNodes(); i++) {
      members.add(new Member("n" + i, "sim", i, Member.Role.DATA));
    }
    if (shape.logVoter()) {
      members.add(new Member("v", "sim", 9, Member.Role.LOG_VOTER));
    }
    log = new SimLogCluster(seed, options, members);
    ledger = new Ledger(this::violation, log::nowNs);
    for (int i = 0; i < shape.dataNodes(); i++) {
      String name = "n" + (i + 1);
      List<String> others = new ArrayList<>();
      for (int j = 1; j <= shape.dataNodes(); j++) {
        if (j != i + 1) {
          others.add("n" + j);
        }
      }
      DurabilitySettings settings =
          new DurabilitySettings(shape.leaseMs()[i], 2000, 500, 5000, false, others);
      nodes.put(
          name,
          new SimNode(
              this,
              name,
              shape.skewMs()[i],
              shape.ratePpm()[i],
              settings,
              new Random(seed * 31 + i)));
    }
  }

  /** A world without faults but those that a test makes. */
  static SimWorld plain(long seed) {
    SimWorld world = new SimWorld(seed, Shape.plain(), SimOptions.defaults(), (node, log) -> log);
    world.startAll();
    return world;
  }

  SimLogCluster log() {
    return log;
  }

  /** Nodes that start from now on keep snapshots. */
  SimSnapshots keepSnapshots() {
    snapshots = new SimSnapshots(this);
    return snapshots;
  }

  /** Null unless nodes keep snapshots. */
  SimSnapshots snapshots() {
    return snapshots;
  }

  CommandTable table() {
    return table;
  }

  History history() {
    return history;
  }

  Ledger counters() {
    return ledger;
  }

  List<SimNode> nodes() {
    return new ArrayList<>(nodes.values());
  }

  SimNode node(String name) {
    return nodes.get(name);
  }

  long events() {
    return events;
  }

  long traceHash() {
    return traceHash;
  }

  void trace(String what) {
    traceHash = traceHash * 31 + what.hashCode() + log.nowNs();
  }

  String nextValue() {
    return "v" + ++values;
  }

  int nextConnection() {
    return ++connections;
  }

  String newExpiringKey() {
    return "e" + ++expiringKeys;
  }

  String someExpiringKey(Random random) {
    return "e" + Math.max(1, expiringKeys - random.nextInt(6));
  }

  // --- processes

  void startAll() {
    nodes.values().forEach(this::start);
    if (nodes.size() == 2) {
      log.startLogVoter("v");
    }
  }

  void start(SimNode node) {
    node.start(raw -> new WatchedTxLog(wrap.apply(node, raw), node, this));
  }

  /** A shard has found that it must not go on: its process ends, and is started again. */
  void fatal(SimNode node, Throwable cause) {
    trace(node.name() + " fatal " + cause);
    if (cause instanceof IllegalStateException && cause.getMessage().startsWith("gave up")) {
      log.schedule(
          0,
          () -> {
            if (node.isRunning()) {
              node.crash();
              start(node);
            }
          });
    } else {
      violation(node.name() + " stopped: " + cause);
    }
  }

  /** A node wants to begin anew with what its disk holds by now. */
  void beginAnew(SimNode node) {
    int start = node.starts();
    trace(node.name() + " begins anew");
    log.schedule(
        0,
        () -> {
          if (node.isRunning() && node.starts() == start) {
            node.crash();
            start(node);
            begunAnew++;
          }
        });
  }

  /** How often a node began anew behind a snapshot of another one. */
  int begunAnew() {
    return begunAnew;
  }

  SimNode leading() {
    SimNode best = null;
    for (SimNode node : nodes.values()) {
      if (node.isRunning() && node.shard().state() == ShardState.LEADING) {
        boolean newer =
            best == null || node.shard().pipeline().epoch() > best.shard().pipeline().epoch();
        best = newer ? node : best;
      }
    }
    return best;
  }

  /** The primary as a rule, somebody else now and then; null if nobody runs. */
  SimNode chooseNode(Random random) {
    SimNode primary = leading();
    if (primary != null && random.nextInt(4) != 0) {
      return primary;
    }
    List<SimNode> all = nodes().stream().filter(SimNode::isRunning).toList();
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  // --- judging

  void violation(String what) {
    violations.add(what);
  }

  List<String> violations() {
    return violations;
  }

  /** A client has lost patience; what that means is judged at the end, when all is well again. */
  void clientWaited(SimNode node) {
    trace("waited " + node.name());
  }

  /** One event, and what must hold after it. */
  boolean step() {
    try {
      if (!log.step()) {
        return false;
      }
    } catch (RuntimeException | Error failure) {
      violation("stopped by " + failure + where(failure));
      return false;
    }
    events++;
    judgeLeadership();
    if (events % EVENTS_PER_AUDIT == 0) {
      audit();
    }
    return violations.isEmpty();
  }

  private static String where(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(8, failure.getStackTrace().length); i++) {
      text.append("\n    at ").append(failure.getStackTrace()[i]);
    }
    return text.toString();
  }

  void runFor(long spanMs) {
    runUntil(() -> false, spanMs);
  }

  /** Runs until a condition holds; false if it does not within that virtual time. */
  boolean runUntil(java.util.function.BooleanSupplier condition, long spanMs) {
    boolean[] over = new boolean[1];
    log.schedule(spanMs * MS, () -> over[0] = true);
    while (!condition.getAsBoolean()) {
      if (over[0] || !step()) {
        return condition.getAsBoolean();
      }
    }
    return true;
  }

  /** While one holds a lease, nobody else may lead in a later epoch. */
  private void judgeLeadership() {
    for (SimNode holder : nodes.values()) {
      if (!holder.isRunning() || !holder.shard().state().leads()) {
        continue;
      }
      if (!holder.shard().lease().isValid(holder.scheduler().nanoTime())) {
        continue;
      }
      long epoch = holder.shard().pipeline().epoch();
      for (SimNode other : nodes.values()) {
        if (other != holder
            && other.isRunning()
            && other.shard().state() == ShardState.LEADING
            && other.shard().pipeline().epoch() > epoch) {
          violation(other.name() + " leads while " + holder.name() + " holds a lease");
        }
      }
    }
  }

  private void audit() {
    for (SimNode node : nodes.values()) {
      if (!node.isRunning()) {
        continue;
      }
      Shard shard = node.shard();
      long waiting = shard.pipeline().waitingBytes() + shard.parkedBytes();
      if (waiting > CommitPipeline.MAX_WAITING_BYTES + LARGEST_COMMAND_BYTES) {
        violation(node.name() + " lets " + waiting + " bytes wait");
      }
      if (shard.pipeline().inFlightCount() > 64) {
        violation(node.name() + " has records in flight: " + shard.pipeline().inFlightCount());
      }
      compareAtIndex(node);
    }
  }

  /** Memory is the applied prefix of the log: the same on all nodes at the same index. */
  private void compareAtIndex(SimNode node) {
    Shard shard = node.shard();
    if (shard.state() != ShardState.FOLLOWING || shard.replay().hasOpenRun()) {
      return;
    }
    long index = node.durable().appliedIndex();
    long digest = Digest.of(shard.keyspaces());
    Long other = digests.putIfAbsent(index, digest);
    if (other != null && other != digest) {
      violation(node.name() + " differs from another replica at index " + index);
    }
  }

  /** Everything works again; nodes that are down start. */
  void healAll() {
    log.heal();
    for (SimNode node : nodes.values()) {
      if (node.isRunning()) {
        log.resume(node.name());
        log.stallDisk(node.name(), false);
        log.stallApply(node.name(), false);
        log.refuseProposals(node.name(), false);
      } else {
        start(node);
      }
    }
  }

  /** Judges the whole history when all nodes have settled. */
  void judgeEnd() {
    if (!violations.isEmpty()) {
      return;
    }
    SimNode primary = leading();
    if (primary == null) {
      violation("nobody leads although all is well");
      return;
    }
    boolean settled =
        runUntil(() -> nodes.values().stream().allMatch(n -> isLevel(n, leading())), 10_000);
    primary = leading();
    if (!settled || primary == null) {
      violations.add("nodes do not come level: " + states());
      return;
    }
    long expected = Digest.of(primary.shard().keyspaces());
    for (SimNode node : nodes.values()) {
      if (Digest.of(node.shard().keyspaces()) != expected) {
        violation(node.name() + " differs from the primary " + primary.name());
      }
    }
    if (snapshots != null) {
      nodes.values().forEach(snapshots::judge);
    }
    long index = primary.durable().heardIndex();
    violations.addAll(history.violations(LogText.places(log, index)));
  }

  private static boolean isLevel(SimNode node, SimNode primary) {
    return primary != null
        && node.isRunning()
        && (node == primary || node.shard().state() == ShardState.FOLLOWING)
        && primary.shard().isDrained()
        // What was settled ahead can be read from the log once it was told in order.
        && node.durable().heardIndex() >= node.durable().appliedIndex()
        && node.shard().replay().runningChecksum() == primary.shard().replay().runningChecksum();
  }

  String states() {
    StringBuilder text = new StringBuilder();
    for (SimNode node : nodes.values()) {
      text.append(node.name()).append(' ');
      text.append(node.isRunning() ? node.shard().state().toString() : "down").append(' ');
      text.append(node.isRunning() ? node.durable().appliedIndex() : -1).append("; ");
    }
    return text.toString();
  }
}
