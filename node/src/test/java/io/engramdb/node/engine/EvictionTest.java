package io.engramdb.node.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.value.StringValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which keys go first, and how near that comes to a true order. */
class EvictionTest {

  private static final long NOW_MS = 1_700_000_000_000L;
  private static final int KEYS = 10_000;
  private static final int ROOM = 1_000;
  private static final int REQUESTS = 200_000;

  private final Keyspaces keyspaces = new Keyspaces(2, null);
  private final Keyspace db = keyspaces.database(0);
  private long nowMs = NOW_MS;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void policy(EvictionPolicy policy) {
    keyspaces.access().policy = policy;
    pass(0);
  }

  private void pass(long ms) {
    nowMs += ms;
    keyspaces.beginCommand(nowMs, ExpiryMode.PRIMARY, true);
  }

  private Entry put(Keyspace database, String key) {
    byte[] name = bytes(key);
    return database.put(name, 0, name.length, new StringValue(name, 0, name.length));
  }

  private boolean reads(String key) {
    byte[] name = bytes(key);
    return db.read(name, 0, name.length) != null;
  }

  @Test
  void whoEvictsNothingEvictsNothing() {
    policy(EvictionPolicy.NOEVICTION);
    put(db, "k");
    assertFalse(keyspaces.evictOne());
  }

  @Test
  void onlyKeysThatExpireGoWhereThePolicySaysSo() {
    for (EvictionPolicy policy : EvictionPolicy.values()) {
      policy(policy);
      put(db, "stays");
      db.expireAt(put(db, "goes"), NOW_MS + 1_000_000);
      if (policy.expiringOnly) {
        assertTrue(keyspaces.evictOne(), policy.name());
        assertNotNull(db.find(bytes("stays")));
        assertFalse(keyspaces.evictOne(), policy.name());
      }
      db.clear();
    }
  }

  @Test
  void theSoonestExpiryGoesFirstInWhateverDatabase() {
    policy(EvictionPolicy.VOLATILE_TTL);
    for (int i = 0; i < 100; i++) {
      Keyspace database = keyspaces.database(i % 2);
      database.expireAt(put(database, "k" + i), NOW_MS + 10_000 + i * 37 % 100);
    }
    for (int i = 0; i < 100; i++) {
      long soonest =
          Math.min(keyspaces.database(0).nextExpiryMs(), keyspaces.database(1).nextExpiryMs());
      assertEquals(NOW_MS + 10_000 + i, soonest);
      assertTrue(keyspaces.evictOne());
    }
    assertFalse(keyspaces.evictOne());
  }

  @Test
  void everyPolicyEmptiesWhatItMay() {
    for (EvictionPolicy policy : EvictionPolicy.values()) {
      policy(policy);
      for (int i = 0; i < 500; i++) {
        Keyspace database = keyspaces.database(i % 2);
        database.expireAt(put(database, "k" + i), NOW_MS + 1_000_000 + i);
      }
      int evicted = 0;
      while (keyspaces.evictOne()) {
        evicted++;
      }
      assertEquals(policy == EvictionPolicy.NOEVICTION ? 0 : 500, evicted, policy.name());
      keyspaces.database(0).clear();
      keyspaces.database(1).clear();
      KeyspaceValidator.validate(keyspaces);
    }
  }

  @Test
  void countsGrowEverMoreSlowlyAndDecay() {
    policy(EvictionPolicy.ALLKEYS_LFU);
    Entry entry = put(db, "k");
    assertEquals(5, db.frequency(entry));
    for (int i = 0; i < 100_000; i++) {
      reads("k");
    }
    int high = db.frequency(entry);
    assertTrue(high > 100 && high < 255, "after a hundred thousand accesses " + high);
    pass(10 * 60_000);
    assertEquals(high - 10, db.frequency(entry));
    keyspaces.access().decayMinutes = 0;
    assertEquals(high, db.frequency(entry));
  }

  /** One request of a stream in which few keys are asked for often. */
  private static int zipf(double[] cumulated, Random random) {
    int at = Arrays.binarySearch(cumulated, random.nextDouble() * cumulated[KEYS - 1]);
    return at < 0 ? -at - 1 : at;
  }

  private static double[] weights() {
    double[] cumulated = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      sum += 1.0 / (i + 1);
      cumulated[i] = sum;
    }
    return cumulated;
  }

  /** Hits of a stream, of a cache with room for {@link #ROOM} keys. */
  private double hitRatio(EvictionPolicy policy, long seed) {
    policy(policy);
    Random random = new Random(seed);
    double[] weights = weights();
    int hits = 0;
    for (int i = 0; i < REQUESTS; i++) {
      pass(1000);
      String key = "k" + zipf(weights, random);
      if (reads(key)) {
        hits++;
      } else {
        while (db.size() >= ROOM) {
          assertTrue(keyspaces.evictOne());
        }
        put(db, key);
      }
    }
    return (double) hits / REQUESTS;
  }

  private static double exactHitRatio(long seed) {
    Map<Integer, Boolean> cache =
        new LinkedHashMap<>(ROOM * 2, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
            return size() > ROOM;
          }
        };
    Random random = new Random(seed);
    double[] weights = weights();
    int hits = 0;
    for (int i = 0; i < REQUESTS; i++) {
      int key = zipf(weights, random);
      if (cache.get(key) != null) {
        hits++;
      } else {
        cache.put(key, true);
      }
    }
    return (double) hits / REQUESTS;
  }

  @Test
  void leastRecentlyUsedComesCloseToTheTrueOrderAndLeastFrequentlyUsedIsBetter() {
    long seed = Long.getLong("seed", 7);
    double exact = exactHitRatio(seed);
    double sampled = hitRatio(EvictionPolicy.ALLKEYS_LRU, seed);
    db.clear();
    keyspaces.access().decayMinutes = 10_000;
    double counted = hitRatio(EvictionPolicy.ALLKEYS_LFU, seed);
    db.clear();
    double random = hitRatio(EvictionPolicy.ALLKEYS_RANDOM, seed);
    String all =
        "-Dseed=%d: true LRU %.3f, LRU %.3f, LFU %.3f, random %.3f"
            .formatted(seed, exact, sampled, counted, random);
    System.out.println(all);
    assertTrue(Math.abs(sampled - exact) < 0.02, all);
    assertTrue(counted > sampled, all);
    assertTrue(random < sampled - 0.02, all);
  }
}
