package io.engramdb.node.engine;

import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.value.Value;

/** One key of a keyspace with its value and expiry. Changed only through its {@link Keyspace}. */
public final class Entry extends DictNode {

  /** Value of {@link #expireAtMs()} for a key that does not expire. */
  public static final long NO_EXPIRY = -1;

  Value value;
  long expireAtMs = NO_EXPIRY;

  /** Place in the {@link ExpiryIndex}; -1 if not in it. */
  int expiryPlace = -1;

  /** Seconds of shard time at the last access, its low 32 bits; for OBJECT IDLETIME. */
  int lastAccessSeconds;

  Entry(byte[] key, int hash, Value value) {
    super(key, hash);
    this.value = value;
  }

  @Override
  protected int preload() {
    return super.preload() + value.preload();
  }

  public Value value() {
    return value;
  }

  /** Unix time in milliseconds, or {@link #NO_EXPIRY}. */
  public long expireAtMs() {
    return expireAtMs;
  }

  public boolean expires() {
    return expireAtMs != NO_EXPIRY;
  }

  public int lastAccessSeconds() {
    return lastAccessSeconds;
  }
}
