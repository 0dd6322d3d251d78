package io.engramdb.node.shard;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.engine.Entry;

/**
 * Hears what commands do to keys, to tell clients that asked for it: on a primary while they
 * execute, on a replica while their effects are applied. Called only while there is somebody to
 * tell. Must not change the data. Shard thread only.
 */
public interface KeyChangeListener {

  /** A command is about to run. */
  void begin(CommandSpec spec, ClientState client);

  /** A key was added, will be removed, changes otherwise; see {@code KeyspaceObserver}. */
  void changing(int database, Entry entry);

  void added(int database, Entry entry);

  void removing(int database, Entry entry);

  /** A key will expire from now on, or will no more. */
  void expirySet(int database, Entry entry);

  void expiryCleared(int database, Entry entry);

  /** A key whose time had passed is removed; {@link #removing} of the same key follows. */
  void expired(int database, byte[] key);

  /**
   * Fields of a hash whose time had passed are removed; {@link #changing} of the key follows.
   *
   * @param all whether the hash goes with them; {@link #removing} follows then, too
   */
  void fieldsExpired(int database, byte[] key, boolean all);

  /** A key is given up for room; {@link #removing} of the same key follows. */
  void evicted(int database, byte[] key);

  /** Something else happened to a key; see {@code KeyspaceObserver}. */
  void announced(int database, byte[] buffer, int offset, int length, String event);

  /** A key that was read is not there. */
  void missed(int database, byte[] buffer, int offset, int length);

  /** A whole database vanishes or changes places with another. */
  void changingAll(int database);

  /** The command has run; one that is part of a transaction or script as well. */
  void ran(CommandSpec spec, Args args, ClientState client);
}
