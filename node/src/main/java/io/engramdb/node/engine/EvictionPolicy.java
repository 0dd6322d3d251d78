package io.engramdb.node.engine;

import java.util.Locale;

/** Which key is given up when memory is short: the directive {@code maxmemory-policy}. */
public enum EvictionPolicy {
  NOEVICTION(false, Order.NONE),
  VOLATILE_LRU(true, Order.IDLE),
  VOLATILE_LFU(true, Order.FREQUENCY),
  VOLATILE_RANDOM(true, Order.RANDOM),
  VOLATILE_TTL(true, Order.EXPIRY),
  ALLKEYS_LRU(false, Order.IDLE),
  ALLKEYS_LFU(false, Order.FREQUENCY),
  ALLKEYS_RANDOM(false, Order.RANDOM);

  /** What makes one key go before another. */
  enum Order {
    NONE,
    IDLE,
    FREQUENCY,
    RANDOM,
    EXPIRY
  }

  /** Only keys that expire may go. */
  final boolean expiringOnly;

  final Order order;

  EvictionPolicy(boolean expiringOnly, Order order) {
    this.expiringOnly = expiringOnly;
    this.order = order;
  }

  /** Whether accesses are counted instead of timed. */
  public boolean countsAccesses() {
    return order == Order.FREQUENCY;
  }

  /** Whether each value has to know of its own accesses. */
  public boolean needsAccesses() {
    return order == Order.FREQUENCY || order == Order.IDLE;
  }

  /** The policy that the configuration calls so. */
  public static EvictionPolicy of(String wireName) {
    return valueOf(wireName.replace('-', '_').toUpperCase(Locale.ROOT));
  }
}
