package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.EvictionPolicy;
import io.engramdb.node.engine.KeyspaceValidator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A primary gives keys up and its replicas follow; where nothing may go, writes are refused. */
class EvictionReplayTest {

  private static final long NOW_MS = 1_700_000_000_000L;
  private static final int LIMIT_BYTES = 200_000;

  private static String run(TestShard shard, String line) {
    return shard.execute(TestShard.args(List.of(line.split(" ")))).toString();
  }

  @Test
  void replicasHoldWhatThePrimaryHasKept() {
    long seed = Long.getLong("seed", 11);
    for (EvictionPolicy policy : EvictionPolicy.values()) {
      Random random = new Random(seed);
      TestShard shard = new TestShard(2, NOW_MS, seed);
      shard.limitMemory(LIMIT_BYTES, policy);
      int refused = 0;
      for (int i = 0; i < 4000; i++) {
        String key = "key" + random.nextInt(3000);
        String reply =
            switch (random.nextInt(5)) {
              case 0 -> run(shard, "GET " + key);
              case 1 -> run(shard, "RPUSH list" + random.nextInt(50) + " element" + i);
              default -> run(shard, "SET " + key + " " + "v".repeat(100) + " EX 1000");
            };
        refused += reply.contains("OOM") ? 1 : 0;
        if (i % 10 == 0) {
          shard.commit();
          shard.advance(300);
        }
      }
      shard.commit();
      String what = policy + ", -Dseed=" + seed;
      boolean evicts = policy != EvictionPolicy.NOEVICTION;
      assertEquals(evicts, refused == 0, what);
      assertEquals(evicts, shard.keyspaces().stats().evictedKeys > 100, what);
      assertTrue(shard.keyspaces().usedBytes() < LIMIT_BYTES + 5_000, what);
      KeyspaceValidator.validate(shard.keyspaces());
      assertEquals(
          KeyspaceText.of(shard.keyspaces()), KeyspaceText.of(shard.replayed()), () -> what);
    }
  }

  @Test
  void whatIsGivenUpIsLoggedAsRemovedBeforeTheCommand() {
    TestShard shard = new TestShard(2, NOW_MS, 1);
    run(shard, "SET old x");
    shard.commit();
    shard.limitMemory(shard.keyspaces().usedBytes() - 1, EvictionPolicy.ALLKEYS_RANDOM);
    run(shard, "SET new y");
    assertEquals(List.of("DEL old", "SET new y"), shard.commit());
  }

  @Test
  void wherePermanentKeysAreAllThereIsNothingExpiringGoes() {
    TestShard shard = new TestShard(2, NOW_MS, 1);
    run(shard, "SET old x");
    shard.limitMemory(1, EvictionPolicy.VOLATILE_LRU);
    assertEquals(
        "-OOM command not allowed when used memory > 'maxmemory'.", run(shard, "SET new y"));
    assertEquals("\"x\"", run(shard, "GET old"));
  }

  @Test
  void objectTellsWhatThePolicyKeepsTrackOf() {
    TestShard shard = new TestShard(2, NOW_MS, 1);
    run(shard, "SET k v");
    shard.advance(5000);
    shard.commit();
    List<String> replies = new ArrayList<>();
    replies.add(run(shard, "OBJECT IDLETIME k"));
    replies.add(run(shard, "OBJECT FREQ k").substring(0, 30));
    shard.limitMemory(0, EvictionPolicy.ALLKEYS_LFU);
    run(shard, "SET n v");
    replies.add(run(shard, "OBJECT FREQ n"));
    replies.add(run(shard, "OBJECT IDLETIME n").substring(0, 30));
    replies.add(run(shard, "OBJECT FREQ none"));
    assertEquals(
        List.of(
                ":5",
                "-ERR An LFU maxmemory policy is not",
                ":5",
                "-ERR An LFU maxmemory policy is sel",
                "_")
            .stream()
            .map(text -> text.substring(0, Math.min(30, text.length())))
            .toList(),
        replies);
  }
}
