package io.engramdb.node.sim;

import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.sim.SimOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;

/** One random run: faults and clients for a while, then peace, then judgement. */
final class SimRun {

  private static final int CLIENTS = 5;
  private static final long PEACE_MS = 6_000;
  private static final long MS = 1_000_000;

  private final SimWorld world;
  private final List<SimClient> clients = new ArrayList<>();
  private final Faults faults;
  private final long spanMs;
  private final SimSnapshots snapshots;

  SimRun(long seed, long spanMs, BiFunction<SimNode, TxLog, TxLog> wrap) {
    // Stirred, because generators of neighbouring seeds begin alike.
    Random random = new Random(new java.util.SplittableRandom(seed).nextLong());
    SimOptions options = SimOptions.defaults();
    if (random.nextInt(4) == 0) {
      // A slow disk: commits take longer than a lease lasts.
      options = options.withFlush(new SimOptions.Span(50 * MS, 350 * MS));
    }
    if (random.nextInt(3) == 0) {
      options = options.withApply(new SimOptions.Span(MS / 10, 40 * MS));
    }
    this.spanMs = spanMs;
    world = new SimWorld(seed, SimWorld.Shape.drawn(random), options, wrap);
    snapshots = random.nextInt(3) == 0 ? world.keepSnapshots() : null;
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new SimClient(world, i, new Random(random.nextLong())));
    }
    faults = new Faults(world, new Random(random.nextLong()));
  }

  SimWorld world() {
    return world;
  }

  /** Runs to the end; returns what is wrong, empty if nothing. */
  List<String> run() {
    try {
      return runOnce();
    } finally {
      if (snapshots != null) {
        snapshots.delete();
      }
    }
  }

  private List<String> runOnce() {
    world.startAll();
    clients.forEach(SimClient::start);
    faults.start();
    world.runFor(spanMs);
    faults.stop();
    if (world.violations().isEmpty()) {
      world.healAll();
      makePeace();
    }
    return world.violations();
  }

  private void makePeace() {
    clients.forEach(SimClient::calmDown);
    long doneBefore = world.history().doneCount();
    world.runFor(PEACE_MS);
    if (world.violations().isEmpty() && world.history().doneCount() == doneBefore) {
      world.violation("nothing is answered although all is well: " + world.states());
    }
    clients.forEach(SimClient::stop);
    boolean idle = world.runUntil(() -> clients.stream().allMatch(SimClient::isIdle), PEACE_MS);
    if (!idle && world.violations().isEmpty()) {
      world.violation("a request was never answered: " + world.states());
    }
    world.judgeEnd();
  }
}
