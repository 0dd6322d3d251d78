package io.engramdb.node.shard;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.TransactionState;
import io.engramdb.node.command.TransactionState.WatchedKey;
import io.engramdb.node.engine.Keyspaces;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which clients watch which keys (WATCH). Shard thread only. */
public final class WatchedKeys {

  private final Map<WatchedKey, List<TransactionState>> watchers = new HashMap<>();
  private final Set<TransactionState> all = new HashSet<>();

  /** WATCH one key of the client's database. */
  public void watch(ClientState client, Bytes key) {
    TransactionState transaction = client.transaction;
    WatchedKey watched = new WatchedKey(client.database, key);
    if (transaction.watched().contains(watched)) {
      return;
    }
    transaction.watched().add(watched);
    watchers.computeIfAbsent(watched, unused -> new ArrayList<>(1)).add(transaction);
    all.add(transaction);
  }

  /** UNWATCH, EXEC, DISCARD, end of the connection. */
  public void unwatchAll(ClientState client) {
    TransactionState transaction = client.transaction;
    for (WatchedKey watched : transaction.watched()) {
      List<TransactionState> list = watchers.get(watched);
      if (list != null) {
        list.remove(transaction);
        if (list.isEmpty()) {
          watchers.remove(watched);
        }
      }
    }
    transaction.watched().clear();
    transaction.broken = false;
    all.remove(transaction);
  }

  /** A key changes. */
  void changed(int database, byte[] key) {
    if (watchers.isEmpty()) {
      return;
    }
    List<TransactionState> list = watchers.get(new WatchedKey(database, Bytes.wrap(key)));
    if (list != null) {
      for (TransactionState transaction : list) {
        transaction.broken = true;
      }
    }
  }

  /**
   * Two databases are about to be exchanged: keys whose time has passed are gone before, in both,
   * where somebody watches one of that name; so only what is really there counts as a change.
   */
  void meet(Keyspaces keyspaces, int first, int second) {
    for (WatchedKey watched : List.copyOf(watchers.keySet())) {
      if (watched.database() == first || watched.database() == second) {
        keyspaces.database(first).find(watched.key().array());
        keyspaces.database(second).find(watched.key().array());
      }
    }
  }

  /** A whole database is about to change: breaks the watches of keys that are in it. */
  void changedAll(Keyspaces keyspaces, int database) {
    for (Map.Entry<WatchedKey, List<TransactionState>> entry : watchers.entrySet()) {
      WatchedKey watched = entry.getKey();
      if (watched.database() == database
          && keyspaces.database(database).holds(watched.key().array())) {
        entry.getValue().forEach(transaction -> transaction.broken = true);
      }
    }
  }

  /** Leadership or memory was lost: no watch means anything any more. */
  void breakAll() {
    all.forEach(transaction -> transaction.broken = true);
  }
}
