package io.engramdb.node.engine;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the key to give up. Least recently and least frequently used are approximated as in Redis
 * ({@code evict.c}): a few keys of each database are looked at, and the best of all that were ever
 * looked at are remembered in a pool of sixteen, so that it comes close to a true order at the cost
 * of a few look-ups. The soonest expiry is exact. Shard thread only.
 */
final class EvictionSampler {

  private static final int POOL_SIZE = 16;

  /** Rounds in which every key of the pool had gone already; more can't be bad luck. */
  private static final int MAX_ROUNDS = 100;

  private final Keyspace[] databases;
  private final AccessRecord access;
  private final RandomGenerator random;

  // The pool, the most worthless last. Keys and not entries: it must not keep values alive.
  private final byte @Nullable [][] keys = new byte[POOL_SIZE][];
  private final int[] homes = new int[POOL_SIZE];
  private final long[] ranks = new long[POOL_SIZE];
  private int pooled;
  private int nextDatabase;

  EvictionSampler(Keyspace[] databases, AccessRecord access, RandomGenerator random) {
    this.databases = databases;
    this.access = access;
    this.random = random;
  }

  /**
   * Gives up one key.
   *
   * @return false if there is none that may go
   */
  boolean evictOne(long nowMs) {
    return switch (access.policy.order) {
      case NONE -> false;
      case RANDOM -> evictAny();
      case EXPIRY -> evictSoonest();
      case IDLE, FREQUENCY -> evictWorst(nowMs);
    };
  }

  private boolean evictAny() {
    for (int i = 0; i < databases.length; i++) {
      nextDatabase = (nextDatabase + 1) % databases.length;
      Entry entry = databases[nextDatabase].sample(random, access.policy.expiringOnly);
      if (entry != null) {
        databases[nextDatabase].evict(entry);
        return true;
      }
    }
    return false;
  }

  private boolean evictSoonest() {
    Keyspace soonest = databases[0];
    for (Keyspace database : databases) {
      soonest = database.nextKeyExpiryMs() < soonest.nextKeyExpiryMs() ? database : soonest;
    }
    Entry entry = soonest.soonestToExpire();
    if (entry == null) {
      return false;
    }
    soonest.evict(entry);
    return true;
  }

  private boolean evictWorst(long nowMs) {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      boolean any = false;
      for (int i = 0; i < databases.length; i++) {
        any |= lookAt(i, nowMs);
      }
      while (pooled > 0) {
        byte[] key = keys[--pooled];
        keys[pooled] = null;
        Keyspace home = databases[homes[pooled]];
        Entry entry = key == null ? null : home.entryOf(key, access.policy.expiringOnly);
        if (entry != null) {
          home.evict(entry);
          return true;
        }
      }
      if (!any) {
        return false;
      }
    }
    return false;
  }

  /** Looks at some keys of a database; false if it has none. */
  private boolean lookAt(int database, long nowMs) {
    boolean any = false;
    for (int i = 0; i < access.samples; i++) {
      Entry entry = databases[database].sample(random, access.policy.expiringOnly);
      if (entry == null) {
        return any;
      }
      any = true;
      offer(database, entry.key, access.worthlessness(entry.access, nowMs));
    }
    return any;
  }

  private void offer(int database, byte[] key, long rank) {
    for (int i = 0; i < pooled; i++) {
      if (keys[i] == key) {
        return;
      }
    }
    if (pooled == POOL_SIZE) {
      if (rank <= ranks[0]) {
        return;
      }
      move(1, 0, --pooled);
    }
    int place = 0;
    while (place < pooled && ranks[place] < rank) {
      place++;
    }
    move(place, place + 1, pooled - place);
    keys[place] = key;
    homes[place] = database;
    ranks[place] = rank;
    pooled++;
  }

  private void move(int from, int to, int count) {
    System.arraycopy(keys, from, keys, to, count);
    System.arraycopy(homes, from, homes, to, count);
    System.arraycopy(ranks, from, ranks, to, count);
  }

  /** Everything was thrown away. */
  void forget() {
    java.util.Arrays.fill(keys, null);
    pooled = 0;
  }
}
