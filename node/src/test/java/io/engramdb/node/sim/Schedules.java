package io.engramdb.node.sim;

import io.engramdb.node.command.ShardControl;
import io.engramdb.node.shard.ShardState;
import io.engramdb.node.sim.SimWorld.Shape;
import io.engramdb.txlog.api.SnapshotFloor;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.sim.SimOptions;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;

/**
 * Single interleavings, step by step: each is one that goes wrong if a rule of the shard protocol
 * is left out, and ends in an AssertionError then.
 */
final class Schedules {

  private static final long MS = 1_000_000;
  private static final long SEED = 7;
  private static final String HUNDRED_KB = "x".repeat(100_000);

  private final BiFunction<SimNode, TxLog, TxLog> wrap;
  private SimWorld world;
  private SimNode primary;
  private SimNode second;
  private SimNode third;
  private boolean keepsSnapshots;

  Schedules(BiFunction<SimNode, TxLog, TxLog> wrap) {
    this.wrap = wrap;
  }

  // --- setting

  private void begin(Shape shape, SimOptions options) {
    world = new SimWorld(SEED, shape, options, wrap);
    if (keepsSnapshots) {
      world.keepSnapshots();
    }
    world.startAll();
    primary = world.node("n1");
    second = world.node("n2");
    third = world.node("n3");
    world.log().forceElection("n1");
    lead(primary, 5_000);
    check(call(primary, "SET", "x", "a").equals("+OK"), "the first write");
  }

  private void begin() {
    begin(Shape.plain(), SimOptions.defaults());
  }

  private void lead(SimNode node, long withinMs) {
    check(
        world.runUntil(() -> node.shard().state() == ShardState.LEADING, withinMs),
        node.name() + " does not lead: " + world.states());
  }

  /** Makes a node win an election now, and lead. */
  private void promote(SimNode node) {
    world.log().forceElection(node.name());
    lead(node, 5_000);
  }

  private void follow(SimNode node) {
    check(
        world.runUntil(() -> node.shard().state() == ShardState.FOLLOWING, 8_000),
        node.name() + " does not follow: " + world.states());
  }

  private Object call(SimNode node, String... words) {
    Object reply = new TestClient(world, node).call(words);
    return reply == null ? "closed" : reply;
  }

  private TestClient send(SimNode node, String... words) {
    TestClient client = new TestClient(world, node);
    client.send(words);
    return client;
  }

  private void check(boolean condition, String what) {
    if (!world.violations().isEmpty()) {
      throw new AssertionError(world.violations().get(0));
    }
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  private void stallFollowerDisks(boolean stalled) {
    world.log().stallDisk("n2", stalled);
    world.log().stallDisk("n3", stalled);
  }

  /** The primary executes a write that finds no place in flight. */
  private void leaveOneUnsent(String key) {
    stallFollowerDisks(true);
    for (int i = 0; i < 4; i++) {
      send(primary, "SET", "filler" + i, HUNDRED_KB);
      world.runFor(5);
    }
    send(primary, "SET", key, "unsent");
    world.runFor(5);
    check(primary.shard().pipeline().inFlightCount() == 4, "four records in flight");
    stallFollowerDisks(false);
  }

  // --- S: nothing lost, nothing false

  /** S2: all records in flight commit, but memory holds what is in none of them. */
  void anUnsentEffectDoesNotSurviveDemotion() {
    begin();
    leaveOneUnsent("y");
    promote(second);
    follow(primary);
    check(call(primary, "GET", "y").equals(SimReply.NIL), "an effect in no record is shown");
    world.judgeEnd();
    check(true, "");
  }

  /** R17: what a lost record granted was never granted, and what was acknowledged is everywhere. */
  void aGrantThatIsLostWasNeverGiven() {
    begin();
    check(call(primary, "ACL", "SETUSER", "bob", "on").equals("+OK"), "the first user");
    world.log().isolate("n1");
    TestClient waits = send(primary, "ACL", "SETUSER", "eve", "on", "nopass", "+@all");
    waits.send("PING");
    world.runFor(20);
    check(!users(primary).contains("eve"), "a grant holds that is not committed");
    check(waits.replies().isEmpty(), "the connection does not wait for the commit");
    promote(second);
    check(call(second, "ACL", "SETUSER", "ann", "on").equals("+OK"), "the new primary grants");
    world.log().heal();
    follow(primary);
    check(waits.isDisconnected(), "nobody tells whether eve was granted anything");
    check(!users(primary).contains("eve"), "a lost grant holds");
    check(users(primary).contains("bob") && users(primary).contains("ann"), users(primary));
    check(users(primary).equals(users(second)), "users differ");
    world.judgeEnd();
    check(true, "");
  }

  /**
   * R17: function libraries are data; one that is lost is gone, one that is committed is called.
   */
  void aLibraryThatIsLostIsNotCalled() {
    begin();
    String kept = library("kept");
    String lost = library("lost");
    check(call(primary, "FUNCTION", "LOAD", kept).equals("kept"), "a library is loaded");
    world.log().isolate("n1");
    TestClient waits = send(primary, "FUNCTION", "LOAD", lost);
    world.runFor(20);
    TestClient reads = send(primary, "FCALL", "lost", "0");
    world.runFor(20);
    check(waits.replies().isEmpty(), "a library is told of that is not committed");
    check(reads.replies().isEmpty(), "a function answers that is not committed");
    promote(second);
    check(call(second, "FCALL", "kept", "0").equals("kept"), "the new primary calls the function");
    check(
        call(second, "FCALL", "lost", "0").equals("-ERR Function not found"),
        "a lost library is called");
    world.log().heal();
    follow(primary);
    check(waits.isDisconnected() && reads.isDisconnected(), "nobody tells what became of it");
    check(call(primary, "FCALL", "kept", "0").equals("kept"), "a rebuild forgets libraries");
    check(
        call(primary, "FCALL", "lost", "0").equals("-ERR Function not found"),
        "a lost library lives on");
    world.judgeEnd();
    check(true, "");
  }

  /** A library with one function, all of them called so; it may be called on replicas. */
  private static String library(String name) {
    return "#!lua name=NAME\nredis.register_function{function_name='NAME', flags={'no-writes'},"
            .replace("NAME", name)
        + "callback=function() return 'NAME' end}".replace("NAME", name);
  }

  private static String users(SimNode node) {
    return String.join(", ", node.shard().keyspaces().users().lines());
  }

  /** S2, A5: a record of a deposed primary is lost; its memory must not keep it. */
  void aRecordThatWasLostIsForgotten() {
    begin();
    world.log().isolate("n1");
    send(primary, "SET", "x", "lost");
    world.runFor(20);
    promote(second);
    check(call(second, "SET", "z", "b").equals("+OK"), "the new primary takes writes");
    world.log().heal();
    follow(primary);
    check(call(primary, "GET", "x").equals("a"), "a lost write is shown");
    world.judgeEnd();
    check(true, "");
  }

  /** A primary's snapshot of a record that is never committed must not come to exist (R3, R8). */
  void aSnapshotOfALostRecordNeverExists() {
    keepsSnapshots = true;
    begin();
    try {
      world.log().isolate("n1");
      send(primary, "SET", "x", "lost");
      world.runFor(20);
      check(primary.durable().startSnapshot() == null, "a snapshot can be asked for");
      world.runFor(400);
      check(primary.durable().snapshotStatus().running(), "it waits for the commit");
      promote(second);
      check(call(second, "SET", "z", "b").equals("+OK"), "the new primary takes writes");
      world.log().heal();
      follow(primary);
      world.runFor(500);
      check(primary.durable().snapshotStatus().savedIndex() < 0, "a snapshot of what is lost");
      check(primary.durable().startSnapshot() == null, "the next one is made");
      world.runFor(500);
      check(primary.durable().snapshotStatus().savedIndex() > 0, "and exists");
      world.judgeEnd();
      check(true, "");
    } finally {
      world.snapshots().delete();
    }
  }

  // --- snapshots between nodes, and logs that are cut

  private interface Body {
    void run() throws IOException;
  }

  private void withCuts(Body body) {
    keepsSnapshots = true;
    begin();
    try {
      body.run();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    } finally {
      world.snapshots().delete();
    }
  }

  /** Writes until the primary's log begins behind all that this node has. */
  private void cutPast(SimNode away, String value) {
    long last = away.durable().appliedIndex();
    for (int i = 0; i < 400 && firstIndex(primary) <= last + 1; i++) {
      check(call(primary, "SET", "k" + i % 10, value).equals("+OK"), "a write");
      world.runFor(20);
    }
    check(firstIndex(primary) > last + 1, "the log is cut: it begins at " + firstIndex(primary));
  }

  private static long firstIndex(SimNode node) {
    return node.durable().log().status().firstIndex();
  }

  private void isBack(SimNode node) {
    check(
        world.runUntil(
            () -> node.isRunning() && node.shard().state() == ShardState.FOLLOWING, 20_000),
        node.name() + " does not come back: " + world.states());
    check(call(primary, "SET", "x", "a").equals("+OK"), "a write");
    promote(node);
    check(call(node, "GET", "x").equals("a"), "the new primary has what was written");
    world.judgeEnd();
    check(true, "");
  }

  /** A node whose next record is cut off everywhere gets a snapshot, follows, and may lead. */
  void whoIsBehindTheCutComesBackByASnapshot() {
    withCuts(
        () -> {
          third.crash();
          cutPast(third, "v".repeat(200));
          world.start(third);
          isBack(third);
          check(world.begunAnew() == 1, "it began anew " + world.begunAnew() + " times");
        });
  }

  private void thirdBeginsToFetch() {
    third.crash();
    cutPast(third, HUNDRED_KB);
    world.start(third);
    check(
        world.runUntil(() -> third.durable().snapshotTraffic().fetchedBytes() > 0, 10_000),
        "it fetches");
  }

  /** The same, and it dies while the snapshot comes. */
  void aFetchThatIsCutShortBeginsAgain() {
    withCuts(
        () -> {
          thirdBeginsToFetch();
          third.crash();
          world.start(third);
          isBack(third);
          check(world.begunAnew() == 1, "it began anew " + world.begunAnew() + " times");
        });
  }

  /** The same, and it dies when the snapshot is there and nothing was heard behind it. */
  void aCrashBehindAFetchedSnapshotLosesNothing() {
    withCuts(
        () -> {
          third.crash();
          cutPast(third, "v".repeat(200));
          world.start(third);
          check(world.runUntil(() -> world.begunAnew() == 1, 10_000), "it begins anew");
          third.crash();
          world.start(third);
          isBack(third);
        });
  }

  /** Who gives the snapshot dies half-way: another one gives it. */
  void aFetchGoesOnWithAnotherMember() {
    withCuts(
        () -> {
          thirdBeginsToFetch();
          second.crash();
          world.runFor(2_000);
          world.start(second);
          isBack(third);
        });
  }

  /** A floor that is never committed cuts nothing. */
  void aFloorThatIsLostCutsNothing() {
    withCuts(
        () -> {
          cutPast(third, "v".repeat(200));
          long floor = primary.durable().snapshotTraffic().floorIndex();
          world.log().isolate("n1");
          long beyond = primary.durable().heardIndex();
          primary
              .scheduler()
              .execute(
                  () ->
                      primary
                          .shard()
                          .submitFloor(
                              SnapshotFloor.payload(world.log().agreed(beyond), new byte[16])));
          world.runFor(50);
          promote(second);
          world.log().heal();
          follow(primary);
          check(
              primary.durable().snapshotTraffic().floorIndex() < beyond,
              "the floor is " + primary.durable().snapshotTraffic().floorIndex());
          check(floor >= 0 && firstIndex(primary) <= floor + 1, "more is cut than was allowed");
          world.judgeEnd();
          check(true, "");
        });
  }

  /** The newest snapshot is damaged: the one before it, and more log, which was kept for that. */
  void aDamagedSnapshotMeansMoreLog() {
    withCuts(
        () -> {
          cutPast(third, "v".repeat(200));
          world.runFor(2_000);
          third.crash();
          world.snapshots().damage(third, 0);
          world.start(third);
          isBack(third);
          check(world.begunAnew() == 0, "nothing had to be fetched");
        });
  }

  /** All are damaged and the log was cut: the node does not start, least of all empty. */
  void nobodyStartsEmptyBehindACut() {
    withCuts(
        () -> {
          cutPast(third, "v".repeat(200));
          world.runFor(2_000);
          check(firstIndex(third) > 1, "its log is cut");
          third.crash();
          world.snapshots().damage(third, 0);
          world.snapshots().damage(third, 1);
          String refusal = "";
          try {
            world.start(third);
          } catch (AssertionError refused) {
            refusal = String.valueOf(refused.getMessage());
          }
          check(refusal.contains("the log begins after"), "started: " + refusal);
        });
  }

  /**
   * A write is answered as soon as its record is committed; that the log tells of it in order later
   * changes nothing, neither while this node leads nor when it has lost the role and its memory.
   */
  void whatWasToldAheadStaysWhateverFollows() {
    begin();
    world.log().stallApply("n1", true);
    long before = primary.shard().pipeline().committedSequence();
    for (int i = 0; i < 50 && primary.shard().pipeline().committedSequence() == before; i++) {
      send(primary, "INCR", "n");
      world.runFor(20);
    }
    check(primary.shard().pipeline().committedSequence() > before, "nothing was told ahead");
    world.log().stallApply("n1", false);
    world.runFor(100);
    String count = call(primary, "GET", "n").toString();
    check(call(primary, "INCR", "other").equals("1"), "it goes on");

    world.log().stallApply("n1", true);
    for (int i = 0; i < 50; i++) {
      send(primary, "INCR", "other");
      world.runFor(20);
    }
    world.log().isolate("n1");
    send(primary, "SET", "x", "lost");
    world.runFor(20);
    promote(second);
    world.log().heal();
    world.log().stallApply("n1", false);
    follow(primary);
    check(call(primary, "GET", "n").equals(count), "the counter changed");
    check(call(primary, "GET", "other").equals("51"), "what was told ahead is lost or doubled");
    check(call(primary, "GET", "x").equals("a"), "a lost write is shown");
    world.judgeEnd();
    check(true, "");
  }

  /** A write that comes while the owner closes the log is not answered, and nothing is broken. */
  void aClosedLogIsNoFailure() {
    begin();
    primary.durable().close();
    TestClient writer = send(primary, "SET", "x", "late");
    world.runFor(500);
    check(writer.replies().isEmpty(), "it was answered: " + writer.replies());
  }

  /** S3: an ex-primary whose records are undecided shows nothing. */
  void speculativeMemoryIsHidden() {
    begin();
    world.log().isolate("n1");
    send(primary, "SET", "x", "speculative");
    check(
        world.runUntil(() -> primary.shard().state() == ShardState.RESOLVING, 5_000),
        "it gives up: " + world.states());
    String reply = call(primary, "GET", "x").toString();
    check(reply.startsWith("-LOADING"), "undecided memory is shown: " + reply);
  }

  /** S5: a key that was told to be gone does not come back with another node's clock. */
  void anExpiredKeyStaysGone() {
    begin(
        new Shape(3, false, new long[] {250, 250, 250}, new long[] {0, 3000, 0}, new int[3]),
        SimOptions.defaults());
    long soon = primary.scheduler().wallMs() + 2_500;
    check(call(primary, "SET", "k", "v", "PXAT", Long.toString(soon)).equals("+OK"), "SET");
    promote(second);
    Object told = call(second, "GET", "k");
    world.log().isolate("n2");
    promote(primary);
    Object later = call(primary, "GET", "k");
    check(told.equals(SimReply.NIL), "expired by the clock that counted: " + told);
    check(later.equals(SimReply.NIL), "back from the dead: " + later);
  }

  /** S7: a run whose last part is lost is dropped by all, and the shard goes on. */
  void aRunThatIsCutShortIsDropped() {
    begin();
    // More parts than may be in flight: the last ones are not sent before the first commit.
    TestClient large = send(primary, "SET", "large", "y".repeat(17_500_000));
    check(world.runUntil(() -> primary.shard().pipeline().inFlightCount() > 0, 1_000), "in flight");
    world.log().cut("n2", "n1");
    world.log().cut("n3", "n1");
    world.runFor(50);
    world.log().isolate("n1");
    promote(second);
    check(!second.shard().replay().hasOpenRun(), "a new primary keeps an open run");
    check(call(second, "GET", "large").equals(SimReply.NIL), "part of a run is shown");
    check(call(second, "SET", "z", "b").equals("+OK"), "the new primary takes writes");
    world.log().heal();
    world.runFor(3_000);
    check(large.isDisconnected() && large.replies().isEmpty(), "half a run is acknowledged");
    world.judgeEnd();
    check(true, "");
  }

  /** S4: near expiry, whatever shares a record: a replica ends with the primary's memory. */
  void replayNeverLooksAtTheClock() {
    for (long seed = 1; seed <= 30; seed++) {
      if (!new ReplayRun(seed).agrees()) {
        throw new AssertionError("a replica differs, seed " + seed);
      }
    }
  }

  // --- A: linearizability

  /** A isolated primary answers nothing once another may have written. */
  void anIsolatedPrimaryAnswersNoReads() {
    begin();
    world.log().isolate("n1");
    promote(second);
    check(call(second, "SET", "x", "b").equals("+OK"), "the new primary takes writes");
    TestClient reader = send(primary, "GET", "x");
    world.runFor(4_000);
    check(!reader.replies().contains("a"), "a stale read");
  }

  /** A new primary keeps silent while the previous one may hold a lease. */
  void aNewPrimaryWaitsForTheOldLease() {
    begin();
    call(primary, "SET", "x", "a2");
    world.log().isolate("n1");
    promote(second);
    check(call(second, "SET", "x", "b").equals("+OK"), "the new primary takes writes");
    TestClient reader = send(primary, "GET", "x");
    world.runFor(4_000);
    check(!reader.replies().contains("a2"), "a stale read");
  }

  /** A1: a read that waits for a write needs a lease when it leaves. */
  void aParkedReadNeedsTheLeaseToo() {
    begin();
    TestClient reader = new TestClient(world, primary);
    reader.call("PING-IS-UNKNOWN");
    send(primary, "SET", "x", "a2");
    check(world.runUntil(() -> primary.shard().pipeline().inFlightCount() > 0, 1_000), "in flight");
    world.log().pause("n1");
    world.runFor(20);
    world.log().isolate("n1");
    promote(second);
    check(call(second, "GET", "x").equals("a2"), "the write is committed");
    check(call(second, "SET", "x", "b").equals("+OK"), "the new primary takes writes");
    reader.send("GET", "x");
    world.runFor(20);
    world.log().resume("n1");
    world.runFor(4_000);
    check(!reader.replies().contains("a2"), "a stale read was parked and left");
  }

  /** A2: the lease counts after the read has executed, however long that took. */
  void theLeaseIsLookedAtAfterExecution() {
    begin();
    TestClient reader = new TestClient(world, primary);
    reader.call("GET", "x");
    call(primary, "SET", "x", "a2");
    primary.scheduler().stall(true);
    reader.send("GET", "x");
    world.runFor(5);
    world.log().isolate("n1");
    promote(second);
    check(call(second, "SET", "x", "b").equals("+OK"), "the new primary takes writes");
    primary.scheduler().stall(false);
    world.runFor(4_000);
    check(!reader.replies().contains("a2"), "a read left after a pause without a lease");
  }

  /** A2: where commits take longer than a lease lasts, reads leave with a later record. */
  void readsAreServedWithoutALease() {
    begin(Shape.plain(), SimOptions.defaults().withFlush(new SimOptions.Span(300 * MS, 350 * MS)));
    for (int i = 0; i < 5; i++) {
      check(call(primary, "GET", "x").equals("a"), "a read on a slow disk");
    }
  }

  /** A2: what leaves by another way than a reply does so with a later record, too. */
  void valuesAreSentWithoutALease() {
    begin(Shape.plain(), SimOptions.defaults().withFlush(new SimOptions.Span(300 * MS, 350 * MS)));
    for (int i = 0; i < 3; i++) {
      ShardControl.ReadPoint point = primary.shard().readPoint();
      check(isToldWithin(point, 2_000), "what was read leaves on a slow disk");
    }
  }

  /** A2: what an isolated primary has read does not leave it. */
  void anIsolatedPrimarySendsNoValues() {
    begin();
    world.log().isolate("n1");
    promote(second);
    check(call(second, "SET", "x", "b").equals("+OK"), "the new primary takes writes");
    check(!isToldWithin(primary.shard().readPoint(), 4_000), "a stale value left");
  }

  /** Asks every 2 ms, each time in a turn. */
  private boolean isToldWithin(ShardControl.ReadPoint point, int withinMs) {
    AtomicBoolean told = new AtomicBoolean();
    for (int ms = 0; ms < withinMs && !told.get(); ms += 2) {
      primary
          .scheduler()
          .execute(
              () -> {
                primary.shard().beginTurn();
                told.set(primary.shard().mayTell(point));
              });
      world.runFor(2);
    }
    return told.get();
  }

  /** A lease that a commit brings back releases reads, however much stands in the log before. */
  void aReadDoesNotWaitForAHugeRun() {
    begin(Shape.plain(), SimOptions.defaults().withFlush(new SimOptions.Span(100 * MS, 110 * MS)));
    // Nobody has asked anything for long: the lease is over.
    world.runFor(1_000);
    TestClient writer = send(primary, "SET", "big", "v".repeat(8 << 20));
    // The run is in the log's hands, and no part of it is committed yet.
    world.runFor(20);
    TestClient reader = send(primary, "GET", "x");
    check(world.runUntil(() -> !reader.replies().isEmpty(), 2_000), "no answer beside a huge run");
    check(writer.replies().isEmpty(), "the run was committed first");
  }

  /** A3: after a hand-over that failed, the old lease is worth nothing. */
  void aReleasedLeaseIsGone() {
    begin();
    call(primary, "SET", "x", "a2");
    primary.durable().handOver("n2", 120, unused -> {});
    long epoch = primary.shard().pipeline().epoch();
    check(
        world.runUntil(() -> second.durable().log().status().term() > epoch, 100),
        "the target is told to stand for election");
    world.log().cut("n2", "n1");
    world.log().cut("n3", "n1");
    lead(second, 200);
    check(call(second, "SET", "x", "b").equals("+OK"), "the new primary takes writes");
    TestClient reader = send(primary, "GET", "x");
    world.runFor(4_000);
    check(!reader.replies().contains("a2"), "a stale read after a release");
  }

  /** A3: an old release in the log does not shorten a later wait. */
  void anOldReleaseDoesNotShortenTheWait() {
    begin();
    world.log().cut("n1", "n2");
    primary.durable().handOver("n2", 100, unused -> {});
    world.runFor(150);
    check(primary.shard().state() == ShardState.LEADING, "the hand-over failed");
    check(call(primary, "SET", "x", "a2").equals("+OK"), "it goes on");
    world.log().isolate("n1");
    world.log().forceElection("n3");
    world.runFor(100);
    check(third.shard().state() != ShardState.LEADING, "no wait after an old release");
    lead(third, 5_000);
  }

  /** A3: only a primary may release. */
  void onlyAPrimaryHandsOver() {
    begin();
    check(!second.durable().handOver("n1", 100, unused -> {}), "a replica hands over");
    promote(second);
    world.log().forceElection("n1");
    check(world.runUntil(() -> primary.shard().state() == ShardState.WAITING_OUT, 5_000), "waits");
    check(!primary.durable().handOver("n2", 100, unused -> {}), "released while waiting");
  }

  /** Hand-over: everything is committed first, nothing is submitted during the transfer. */
  void aHandOverDrainsFirstAndLosesNothing() {
    begin();
    stallFollowerDisks(true);
    TestClient writer = send(primary, "SET", "x", "late");
    world.runFor(5);
    boolean[] ended = new boolean[1];
    primary.durable().handOver("n2", 1_000, success -> ended[0] = success);
    world.runFor(100);
    TestClient waiting = send(primary, "SET", "y", "held");
    world.runFor(20);
    stallFollowerDisks(false);
    check(world.runUntil(() -> ended[0], 2_000), "the hand-over ends");
    lead(second, 200);
    check(call(second, "GET", "x").equals("late"), "the last write is there");
    world.runFor(100);
    check(writer.replies().contains("+OK"), "it was acknowledged");
    check(
        waiting.replies().get(0).toString().startsWith("-READONLY"),
        "who had to wait is sent away: " + waiting.replies());
  }

  /** A4: the lease duration is the shard's, not a node's. */
  void theWaitIsTheShardsAndNotTheNodes() {
    begin(
        new Shape(3, false, new long[] {450, 100, 100}, new long[3], new int[3]),
        SimOptions.defaults());
    call(primary, "SET", "x", "a2");
    world.log().isolate("n1");
    world.log().forceElection("n2");
    world.runFor(300);
    check(second.shard().state() != ShardState.LEADING, "it waits for its own duration only");
    lead(second, 5_000);
  }

  /** A6: what was executed in a lost epoch is not appended in a later one. */
  void theLogRefusesWhatAnOldEpochExecuted() {
    begin();
    call(primary, "INCRBYFLOAT", "c", "0");
    TestClient late = new TestClient(world, primary);
    late.call("GET", "c");
    primary.scheduler().stall(true);
    late.send("INCRBYFLOAT", "c", "5");
    world.runFor(5);
    promote(second);
    check(call(second, "INCRBYFLOAT", "c", "1").equals("1"), "the new primary counts");
    world.log().forceElection("n1");
    check(world.runUntil(() -> "n1".equals(world.log().leader()), 1_000), "the log's leader again");
    primary.scheduler().stall(false);
    lead(primary, 5_000);
    Object sum = call(primary, "GET", "c");
    check(sum.equals("1") || sum.equals("6"), "an acknowledged increment is lost: " + sum);
    world.judgeEnd();
    check(true, "");
  }

  /** A key with an uncommitted write is not read before that commits. */
  void aDirtyKeyWaits() {
    begin();
    stallFollowerDisks(true);
    send(primary, "SET", "x", "dirty");
    world.runFor(5);
    TestClient reader = send(primary, "GET", "x");
    TestClient lister = send(primary, "DBSIZE");
    TestClient clean = send(primary, "GET", "other");
    world.runFor(50);
    check(reader.replies().isEmpty(), "an uncommitted value was told: " + reader.replies());
    check(lister.replies().isEmpty(), "an uncommitted count was told");
    check(clean.replies().contains(SimReply.NIL), "a clean key need not wait");
    stallFollowerDisks(false);
    world.runFor(100);
    check(reader.replies().contains("dirty"), "it was told later");
  }

  /** A7: a flush makes every key dirty, also those that are not there any more. */
  void aFlushMakesEverythingDirty() {
    begin();
    stallFollowerDisks(true);
    send(primary, "FLUSHALL");
    world.runFor(5);
    TestClient reader = send(primary, "GET", "x");
    world.runFor(50);
    check(reader.replies().isEmpty(), "an uncommitted flush was told: " + reader.replies());
    stallFollowerDisks(false);
    world.runFor(100);
    check(reader.replies().contains(SimReply.NIL), "it was told later");
  }

  /** A7: a deleted key stays dirty. */
  void aDeletedKeyIsDirty() {
    begin();
    stallFollowerDisks(true);
    send(primary, "DEL", "x");
    world.runFor(5);
    TestClient reader = send(primary, "EXISTS", "x");
    world.runFor(50);
    check(reader.replies().isEmpty(), "an uncommitted removal was told: " + reader.replies());
    stallFollowerDisks(false);
  }

  /** A10: a watch does not outlive the memory that it watched. */
  void aWatchBreaksWithTheEpoch() {
    begin();
    TestClient watcher = new TestClient(world, primary);
    check("+OK".equals(watcher.call("WATCH", "x")), "WATCH");
    leaveOneUnsent("y");
    // The other's write must be part of what the memory is rebuilt from.
    world.log().stallApply("n1", true);
    promote(second);
    call(second, "SET", "x", "b");
    world.log().stallApply("n1", false);
    follow(primary);
    promote(primary);
    check(!watcher.isDisconnected(), "nothing of it was waiting");
    watcher.call("MULTI");
    watcher.call("SET", "x", "c");
    Object reply = watcher.call("EXEC");
    check(reply.equals(SimReply.NIL), "a broken watch went unnoticed: " + reply);
  }

  /** A10: replies of a lost epoch are never given, however often the node leads again. */
  void aLostReplyClosesItsConnection() {
    begin();
    world.log().isolate("n1");
    TestClient writer = send(primary, "SET", "a", "lost");
    writer.send("SET", "b", "later");
    world.runFor(20);
    promote(second);
    world.log().heal();
    follow(primary);
    promote(primary);
    for (int i = 0; i < 5; i++) {
      check(call(primary, "SET", "z", "c" + i).equals("+OK"), "it leads again");
    }
    check(writer.replies().isEmpty(), "a lost write was answered: " + writer.replies());
    check(writer.isDisconnected(), "its connection is still open");
    check(call(primary, "GET", "b").equals(SimReply.NIL), "the pipeline went on behind it");
  }

  /** Who waits for a key on a primary that is deposed is told, and disconnected. */
  void whoIsBlockedIsDisconnectedWithTheEpoch() {
    begin();
    TestClient waiter = send(primary, "BLPOP", "k", "0");
    world.runFor(20);
    check(waiter.replies().isEmpty(), "it was answered: " + waiter.replies());
    world.log().isolate("n1");
    promote(second);
    world.log().heal();
    follow(primary);
    check(world.runUntil(waiter::isDisconnected, 5_000), "its connection is still open");
    check(waiter.replies().toString().contains("UNBLOCKED"), "it was told: " + waiter.replies());
    check(call(second, "RPUSH", "k", "v").equals("1"), "the new primary serves");
    check(call(second, "LLEN", "k").equals("1"), "somebody who is gone took it");
  }

  /** What woke a client and what it took are lost together, and it is not answered. */
  void aWakingWriteThatIsLostAnswersNobody() {
    begin();
    TestClient waiter = send(primary, "BLMOVE", "k", "l", "LEFT", "LEFT", "0");
    world.runFor(20);
    world.log().isolate("n1");
    TestClient writer = send(primary, "RPUSH", "k", "lost");
    world.runFor(20);
    promote(second);
    world.log().heal();
    follow(primary);
    check(world.runUntil(waiter::isDisconnected, 5_000), "its connection is still open");
    check(waiter.replies().isEmpty(), "a lost element was given: " + waiter.replies());
    check(writer.replies().isEmpty(), "a lost write was answered: " + writer.replies());
    check(call(second, "EXISTS", "k", "l").equals("0"), "it is there");
  }

  /** A woken command is logged with what woke it: after a failover both are there. */
  void whatWokeAndWhatWasTakenSurviveTogether() {
    begin();
    TestClient waiter = send(primary, "BLMOVE", "k", "l", "LEFT", "LEFT", "0");
    TestClient next = send(primary, "BRPOP", "l", "0");
    world.runFor(20);
    check(call(primary, "RPUSH", "k", "a", "b").equals("2"), "it is pushed");
    check(world.runUntil(() -> !next.replies().isEmpty(), 5_000), "nobody was woken");
    // Their replies leave together and travel for as long as each happens to.
    check(world.runUntil(() -> !waiter.replies().isEmpty(), 5_000), "the first was not answered");
    promote(second);
    check(call(second, "LLEN", "k").equals("1"), "one is left");
    check(call(second, "EXISTS", "l").equals("0"), "what was taken is there again");
  }

  // --- B: availability

  /** B1: a record from a clock that is ahead slows time down; nothing stops or turns it back. */
  void timeNeitherStopsNorTurnsBack() {
    ManualScheduler own = new ManualScheduler(SimScheduler.BIRTH_MS);
    var clock = new io.engramdb.node.shard.ShardClock(own);
    long aheadMs = 60_000;
    clock.observe(own.wallMs() + aheadMs);
    long begun = clock.readMs();
    long last = begun;
    for (int i = 0; i < 1_000; i++) {
      own.advance(100);
      long now = clock.readMs();
      if (now - last < 80 || now - last > 120) {
        throw new AssertionError("in 100 ms time went on by " + (now - last));
      }
      last = now;
    }
    long stillAhead = last - own.wallMs();
    if (stillAhead > aheadMs - 9_000 || stillAhead < 0) {
      throw new AssertionError("not steered towards wall time, ahead " + stillAhead);
    }
  }

  /** B2: a primary that nobody hears gives up; an idle one does not. */
  void theWatchdogIsForPrimariesThatWait() {
    begin();
    long epoch = primary.shard().pipeline().epoch();
    world.runFor(10_000);
    check(primary.shard().pipeline().epoch() == epoch, "an idle primary was deposed");
    check(primary.shard().state() == ShardState.LEADING, "an idle primary gave up");
    world.log().isolate("n1");
    TestClient writer = send(primary, "SET", "x", "b");
    String third = "c".repeat(11_000);
    for (int i = 0; i < 26; i++) {
      // The log itself gives up only when it is idle: every third write fills a record.
      send(primary, "SET", "x", third);
      world.runFor(100);
    }
    check(writer.isDisconnected(), "a request waits for ever");
  }

  /** B3: who can't lead hands back. */
  void whoCannotLeadHandsBack() {
    begin();
    promote(second);
    world.log().stallApply("n1", true);
    world.log().forceElection("n1");
    world.runFor(100);
    check(
        world.runUntil(() -> world.leading() != null && world.leading() != primary, 4_000),
        "nobody leads: " + world.states());
  }

  /** B3: nobody else is there: then a slow one is better than none, and there is no ping-pong. */
  void handingBackEnds() {
    begin();
    world.log().stallApply("n2", true);
    world.log().stallApply("n3", true);
    primary.crash();
    world.runFor(8_000);
    world.log().stallApply("n2", false);
    world.log().stallApply("n3", false);
    check(world.runUntil(() -> world.leading() != null, 5_000), "nobody leads: " + world.states());
  }

  /** B4: what waits is bounded, and goes on when there is room. */
  void whatWaitsIsBounded() {
    begin();
    stallFollowerDisks(true);
    List<TestClient> writers = new java.util.ArrayList<>();
    String megabyte = "z".repeat(1_000_000);
    for (int i = 0; i < 30; i++) {
      writers.add(send(primary, "SET", "big" + i, megabyte));
    }
    world.runFor(100);
    long waiting = primary.shard().pipeline().waitingBytes();
    check(waiting < 18_000_000, "bytes that wait: " + waiting);
    stallFollowerDisks(false);
    world.runFor(1_500);
    for (TestClient writer : writers) {
      check(writer.replies().contains("+OK"), "a write was held back for ever");
    }
  }

  /** B5: a client that has closed its side still gets what it has asked for. */
  void halfClosedClientsGetTheirReplies() {
    begin();
    stallFollowerDisks(true);
    TestClient writer = send(primary, "SET", "x", "b");
    writer.send("GET", "x");
    writer.halfClose();
    world.runFor(50);
    check(!writer.isDisconnected(), "closed before its replies");
    stallFollowerDisks(false);
    world.runFor(100);
    check(writer.replies().equals(List.of("+OK", "b")), "replies: " + writer.replies());
    check(writer.isDisconnected(), "not closed when all was said");
  }

  /** B7: what depends on more than the data is logged as its result. */
  void inexactCommandsAreLoggedAsTheirResult() {
    begin();
    call(primary, "INCRBYFLOAT", "f", "10.5");
    call(primary, "HINCRBYFLOAT", "hf", "field", "20.25");
    world.runFor(100);
    var words = LogText.places(world.log(), primary.durable().heardIndex()).keySet();
    check(words.contains("10.5") && words.contains("20.25"), "the results are in the log");
    check(
        words.stream().noneMatch(w -> w.toLowerCase(java.util.Locale.ROOT).endsWith("incrbyfloat")),
        "the requests are not");
  }
}
