package io.engramdb.node.shard;

import java.util.Arrays;

/**
 * For each key the newest record that changes it, as long as that record may be uncommitted.
 *
 * <p>A fixed table indexed by the key's hash, holding sequence numbers. Whoever reads a key waits
 * for the number found there if it is above the committed one. Two keys that share a place only
 * make a read wait for a write that does not concern it; nothing needs cleaning up when a record
 * commits, nothing is allocated, and a deleted key stays dirty by itself. Shard thread only.
 */
final class DirtyKeys {

  /** Places; with at most a few thousand keys in flight few share one. A power of two. */
  private static final int PLACES = 1 << 16;

  private final long[] newestByPlace = new long[PLACES];
  private final long[] newestOfDatabase;
  private long newestOfAny;

  DirtyKeys(int databaseCount) {
    newestOfDatabase = new long[databaseCount];
  }

  private static int place(int database, int hash) {
    int mixed = hash + database * 0x9E3779B9;
    return (mixed ^ mixed >>> 16) & (PLACES - 1);
  }

  void mark(int database, int hash, long sequence) {
    newestByPlace[place(database, hash)] = sequence;
    newestOfAny = sequence;
  }

  /** The whole database is changed by this record. */
  void markAll(int database, long sequence) {
    newestOfDatabase[database] = sequence;
    newestOfAny = sequence;
  }

  /** Newest record that may have changed this key in the present epoch; 0 if none. */
  long newest(int database, int hash) {
    return Math.max(newestByPlace[place(database, hash)], newestOfDatabase[database]);
  }

  /** Newest record that changed anything. */
  long newestOfAll() {
    return newestOfAny;
  }

  /** A new epoch begins; its numbers start again. */
  void clear() {
    Arrays.fill(newestByPlace, 0);
    Arrays.fill(newestOfDatabase, 0);
    newestOfAny = 0;
  }
}
