package io.engramdb.snapshot.rdb;

/**
 * What an RDB file says about a key beside its value. The reader uses one object for all keys: it
 * is good during the visitor's call only; the name's array may be kept.
 */
public final class RdbKey {
  /** Absent expiry, of a key or of a field. */
  public static final long NO_EXPIRY = -1;

  /** Absent idle time. */
  public static final long NO_IDLE = -1;

  /** Absent access frequency. */
  public static final int NO_FREQUENCY = -1;

  byte[] name = new byte[0];
  long database;
  long expireAtMs = NO_EXPIRY;
  long idleSeconds = NO_IDLE;
  int frequency = NO_FREQUENCY;
  long recordOffset;
  int storedType;

  /** An unnamed key of database 0 without expiry. */
  public RdbKey() {}

  /** A key to be written. */
  public RdbKey(long database, byte[] name, long expireAtMs) {
    this.database = database;
    this.name = name;
    this.expireAtMs = expireAtMs;
  }

  /** Its name; the caller may keep the array. */
  public byte[] name() {
    return name;
  }

  /** Number of its database. */
  public long database() {
    return database;
  }

  /** When it expires, in milliseconds since 1970, or {@link #NO_EXPIRY}. May be long past. */
  public long expireAtMs() {
    return expireAtMs;
  }

  /** For how long nobody used it, or {@link #NO_IDLE}. */
  public long idleSeconds() {
    return idleSeconds;
  }

  /** Its logarithmic access counter (0–255), or {@link #NO_FREQUENCY}. */
  public int frequency() {
    return frequency;
  }

  /** Byte of the file at which its record begins. */
  public long recordOffset() {
    return recordOffset;
  }

  /** True if its collection was stored in packed form rather than element by element. */
  public boolean isPacked() {
    return storedType > RdbValueType.ZSET;
  }

  /** Sets the idle time of a key to be written. */
  public RdbKey withIdleSeconds(long seconds) {
    idleSeconds = seconds;
    return this;
  }

  /** Sets the access counter of a key to be written. */
  public RdbKey withFrequency(int counter) {
    frequency = counter;
    return this;
  }

  void copy(RdbKey other) {
    name = other.name;
    database = other.database;
    expireAtMs = other.expireAtMs;
    idleSeconds = other.idleSeconds;
    frequency = other.frequency;
  }

  void clearAttributes() {
    expireAtMs = NO_EXPIRY;
    idleSeconds = NO_IDLE;
    frequency = NO_FREQUENCY;
  }
}
