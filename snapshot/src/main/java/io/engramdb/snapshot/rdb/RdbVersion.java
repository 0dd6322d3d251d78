package io.engramdb.snapshot.rdb;

/**
 * Whose format it is and which version of it. Numbers 12 to 79 belong to Redis, 80 and more to
 * Valkey, and types 22 and 23 mean other things in the two.
 *
 * @param valkey true for Valkey's own line of versions
 * @param number the version
 */
public record RdbVersion(boolean valkey, int number) {
  /** Newest version of Redis that is read and written, that of Redis 7.4. */
  public static final int NEWEST_REDIS = 12;

  /** The only version of Valkey's line that is read. */
  public static final int VALKEY_9 = 80;

  /** Oldest version that is written, that of Redis 5.0 to 6.2. */
  public static final int OLDEST_WRITTEN = 9;

  /** Version of Redis 7.0, the first with functions and without ziplists. */
  public static final int REDIS_7_0 = 10;

  /** Version of Redis 7.2, and what is written unless another one is asked for. */
  public static final int REDIS_7_2 = 11;

  /** Version of Redis 7.4, the first with expiry of hash fields. */
  public static final int REDIS_7_4 = 12;

  /** First version that ends in a checksum. */
  static final int FIRST_WITH_CHECKSUM = 5;

  boolean isReadable() {
    return valkey ? number == VALKEY_9 : number >= 1 && number <= NEWEST_REDIS;
  }

  @Override
  public String toString() {
    return (valkey ? "Valkey " : "Redis ") + number;
  }
}
