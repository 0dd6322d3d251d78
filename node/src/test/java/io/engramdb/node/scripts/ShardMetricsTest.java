package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.metrics.NodeMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the shard itself counts, on a clock that the test moves. */
class ShardMetricsTest {
  private static final long MS = 1_000_000;

  private final TestShard shard = new TestShard(2, 1_000, 1);
  private final NodeMetrics metrics = shard.metrics();

  private void execute(String... words) {
    shard.execute(TestShard.args(List.of(words)));
  }

  @Test
  void aCommitIsTimedFromItsAppend() {
    execute("SET", "k", "v");
    shard.endTurn();
    assertEquals(0, metrics.commitLatency.count());
    shard.advance(7);
    shard.commit();
    assertEquals(1, metrics.commitLatency.count());
    assertEquals(7 * MS, metrics.commitLatency.totalNs());
  }

  @Test
  void aTurnThatTakesLongIsSlow() {
    execute("GET", "k");
    shard.advance(5);
    shard.endTurn();
    assertEquals(0, metrics.slowTurns);
    execute("GET", "k");
    shard.advance(6);
    shard.endTurn();
    assertEquals(1, metrics.slowTurns);
    assertEquals(6 * MS, metrics.longestTurnNs);
    assertEquals(2, metrics.turns);
    assertEquals(11 * MS, metrics.turnsTotalNs);
  }

  @Test
  void rolesAreCounted() {
    assertEquals(1, metrics.promotions);
    assertEquals(0, metrics.demotions);
    shard.demote();
    assertEquals(1, metrics.promotions);
    assertEquals(1, metrics.demotions);
  }
}
