package io.engramdb.node.rdb;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVisitor;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Says all libraries and keys at once, while nothing changes them. */
public final class KeyspacesToRdb {

  private KeyspacesToRdb() {}

  /** Says the function libraries and the keys of all databases. */
  public static void say(Keyspaces keyspaces, RdbVisitor to) {
    try {
      for (Bytes library : keyspaces.scripts().libraries().values()) {
        to.function(library.array());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < keyspaces.count(); i++) {
      int database = i;
      keyspaces
          .database(i)
          .forEach(
              entry -> {
                try {
                  long expireAtMs = keyspaces.database(database).expireAtMs(entry);
                  RdbKey key = new RdbKey(database, entry.key, expireAtMs);
                  ValueToRdb.say(key, entry.value(), to);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
