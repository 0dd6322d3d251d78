package io.engramdb.node.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** Random runs of a whole shard. A seed that fails is printed with the command that replays it. */
class SimulationTest {

  private static final long SPAN_MS = 5_000;
  private static final long DEFAULT_SECONDS = 30;
  private static final int MAX_THREADS = 8;
  private static final long FIRST_SEED = 1;

  @Test
  void nothingAcknowledgedIsLostAndNothingReadIsStale() throws Throwable {
    String only = System.getProperty("seed");
    if (only != null) {
      run(Long.parseLong(only));
      return;
    }
    long endNanos =
        System.nanoTime() + Long.getLong("sim.seconds", DEFAULT_SECONDS) * 1_000_000_000;
    AtomicLong next = new AtomicLong(FIRST_SEED);
    LongAdder events = new LongAdder();
    LongAdder fetches = new LongAdder();
    LongAdder operations = new LongAdder();
    Callable<Void> runs =
        () -> {
          while (System.nanoTime() < endNanos) {
            SimWorld world = run(next.getAndIncrement());
            events.add(world.events());
            fetches.add(world.begunAnew());
            operations.add(world.history().doneCount());
          }
          return null;
        };
    // Worlds share nothing, so each core has its own.
    int threads = Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (Future<Void> done : pool.invokeAll(Collections.nCopies(threads, runs))) {
        done.get();
      }
    } catch (ExecutionException failed) {
      throw failed.getCause();
    }
    System.out.printf(
        "simulation: seeds %d..%d, %d events, %d operations, %d times behind the cut%n",
        FIRST_SEED, next.get() - 1, events.sum(), operations.sum(), fetches.sum());
  }

  private static SimWorld run(long seed) {
    SimRun run = new SimRun(seed, SPAN_MS, (node, log) -> log);
    List<String> violations = run.run();
    assertTrue(
        violations.isEmpty(),
        () ->
            violations.get(0)
                + "\n"
                + violations.size()
                + " violations after "
                + run.world().events()
                + " events; replay with: mvn -pl node -am test -Dtest=SimulationTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dseed="
                + seed);
    return run.world();
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    for (long seed = 101; seed <= 103; seed++) {
      SimWorld first = run(seed);
      SimWorld second = run(seed);
      assertEquals(first.traceHash(), second.traceHash(), "seed " + seed);
      assertEquals(first.events(), second.events(), "seed " + seed);
    }
  }
}
