package io.engramdb.node.engine;

import java.util.List;

/**
 * What the shard must learn of every access to the data. Called by the keyspace itself, never by a
 * command, so that no command can forget it.
 *
 * <p>Implementations must not change the keyspace.
 */
public interface KeyspaceObserver {

  /**
   * A key was looked up, found or not. A reply that depends on it must not overtake an uncommitted
   * change of it.
   */
  void touched(int database, int hash);

  /** The whole database was looked at (KEYS, SCAN, DBSIZE, RANDOMKEY). */
  void touchedAll(int database);

  /**
   * A key is about to change or vanish, or has just been added; called before the change, so that a
   * snapshot can save what was.
   *
   * @param entry the entry as it is before the change; for a new key the entry just added
   */
  void changing(int database, Entry entry);

  /** The whole database is about to vanish or to be exchanged. */
  void changingAll(int database);

  /**
   * An expired key was met and removed; the removal must be logged before anything that the running
   * command does. Called only in {@link ExpiryMode#PRIMARY}.
   */
  void expired(int database, byte[] key);

  /**
   * Fields of a hash were met whose time has passed, and are about to be removed; the removal must
   * be logged before anything that the running command does. Called only in {@link
   * ExpiryMode#PRIMARY}.
   *
   * @param fields their names; none if the whole hash goes
   * @param all whether the whole hash goes; {@link #removing} of it follows
   */
  default void fieldsExpired(int database, byte[] key, List<byte[]> fields, boolean all) {}

  /** A key is given up for room, on a primary; {@link #removing} of it follows. */
  default void evicted(int database, byte[] key) {}

  /** A key was just added; {@link #changing} follows. */
  default void added(int database, Entry entry) {}

  /** A key is about to be removed; {@link #changing} has been called. */
  default void removing(int database, Entry entry) {}

  /** A key will expire from now on; {@link #changing} has been called. */
  default void expirySet(int database, Entry entry) {}

  /** A key will expire no more; {@link #changing} has been called. */
  default void expiryCleared(int database, Entry entry) {}

  /** A command wrote what was there already: nothing changes, and watches of the key break. */
  default void rewritten(int database, Entry entry) {}

  /** Something happened to a key beside what the command is called after. */
  default void announced(int database, byte[] buffer, int offset, int length, String event) {}

  /**
   * A key has come or gone or got another value, or a stream an entry: whoever waits for it looks
   * again when the command that runs has ended.
   */
  default void ready(int database, byte[] key) {}

  /** A key that a command wanted to read is not there. */
  default void missed(int database, byte[] buffer, int offset, int length) {}

  /** Stored scripts or functions were looked at. */
  default void scriptsTouched() {}

  /** Stored scripts or functions are about to change. */
  default void scriptsChanging() {}

  /** Ignores everything. */
  KeyspaceObserver NONE =
      new KeyspaceObserver() {
        @Override
        public void touched(int database, int hash) {}

        @Override
        public void touchedAll(int database) {}

        @Override
        public void changing(int database, Entry entry) {}

        @Override
        public void changingAll(int database) {}

        @Override
        public void expired(int database, byte[] key) {}
      };
}
