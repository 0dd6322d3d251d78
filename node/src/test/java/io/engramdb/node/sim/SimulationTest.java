package io.engramdb.node.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Random runs of a whole shard. A seed that fails is printed with the command that replays it. */
class SimulationTest {

  private static final long SPAN_MS = 5_000;
  private static final long DEFAULT_SECONDS = 40;
  private static final long FIRST_SEED = 1;

  @Test
  void nothingAcknowledgedIsLostAndNothingReadIsStale() {
    String only = System.getProperty("seed");
    if (only != null) {
      run(Long.parseLong(only));
      return;
    }
    long endNanos =
        System.nanoTime() + Long.getLong("sim.seconds", DEFAULT_SECONDS) * 1_000_000_000;
    long runs = 0;
    long events = 0;
    long operations = 0;
    while (System.nanoTime() < endNanos) {
      SimWorld world = run(FIRST_SEED + runs);
      runs++;
      events += world.events();
      operations += world.history().doneCount();
    }
    System.out.printf(
        "simulation: seeds %d..%d, %d events, %d operations%n",
        FIRST_SEED, FIRST_SEED + runs - 1, events, operations);
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
