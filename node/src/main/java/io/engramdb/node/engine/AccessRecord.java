package io.engramdb.node.engine;

import java.util.random.RandomGenerator;

/**
 * What the 32 bits of an entry say of its use. As in Redis ({@code evict.c}) they mean two things:
 * the second of the last access, or, where the policy counts accesses, the minute of the last one
 * and a counter that grows ever more slowly and decays with time. An entry is not a byte larger for
 * it; after a change of the policy the bits are misread until the key is used again. Shard thread
 * only.
 */
public final class AccessRecord {

  /** Where the counter of a new key begins, so that it is not given up at once. */
  private static final int FIRST_COUNT = 5;

  private static final int MAX_COUNT = 255;
  private static final int COUNT_BITS = 8;
  private static final int MINUTE_MASK = 0xFFFF;
  private static final long MS_PER_MINUTE = 60_000;

  /** The directive {@code maxmemory-policy}. */
  public EvictionPolicy policy = EvictionPolicy.NOEVICTION;

  /** Whether there is a {@code maxmemory}. */
  public boolean memoryLimited;

  /** The directive {@code maxmemory-samples}: keys looked at for each one that goes. */
  public int samples = 5;

  /** The directive {@code lfu-log-factor}: the larger, the more accesses a count stands for. */
  public int logFactor = 10;

  /** The directive {@code lfu-decay-time}: minutes in which a count loses one; 0 for never. */
  public int decayMinutes = 1;

  private final RandomGenerator random;

  AccessRecord(RandomGenerator random) {
    this.random = random;
  }

  /** The bits of a new key. */
  int created(long nowMs) {
    return policy.countsAccesses() ? minuteBits(nowMs) | FIRST_COUNT : (int) (nowMs / 1000);
  }

  /** The bits after one more access. */
  int accessed(int bits, long nowMs) {
    if (!policy.countsAccesses()) {
      return (int) (nowMs / 1000);
    }
    int count = count(bits, nowMs);
    if (count < MAX_COUNT) {
      double chance = 1.0 / (Math.max(0, count - FIRST_COUNT) * (double) logFactor + 1);
      count += random.nextDouble() < chance ? 1 : 0;
    }
    return minuteBits(nowMs) | count;
  }

  /** The bits of a key that was used as often as this count says. */
  int counted(int count, long nowMs) {
    return minuteBits(nowMs) | count;
  }

  private static int minuteBits(long nowMs) {
    return ((int) (nowMs / MS_PER_MINUTE) & MINUTE_MASK) << COUNT_BITS;
  }

  /** The counter, decayed up to now. */
  int count(int bits, long nowMs) {
    int count = bits & MAX_COUNT;
    if (decayMinutes == 0) {
      return count;
    }
    int then = bits >>> COUNT_BITS & MINUTE_MASK;
    int passed = (int) (nowMs / MS_PER_MINUTE) - then & MINUTE_MASK;
    return Math.max(0, count - passed / decayMinutes);
  }

  /** Seconds since the last access. */
  long idleSeconds(int bits, long nowMs) {
    // In 32 bits the difference stays right when the seconds themselves no longer fit.
    return Math.max(0, (int) (nowMs / 1000) - bits);
  }

  /** The larger, the sooner the key goes. */
  long worthlessness(int bits, long nowMs) {
    return policy.countsAccesses() ? MAX_COUNT - count(bits, nowMs) : idleSeconds(bits, nowMs);
  }
}
