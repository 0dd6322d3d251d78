package io.engramdb.node.shard;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.dict.ByteHash;

/**
 * Reads in advance what the next requests of a pipeline will look at.
 *
 * <p>A key among millions lies in no cache: a look-up waits for memory some five times, one read
 * after the other, longer than everything else that a GET does. The reads of different keys depend
 * on nothing of one another, so that looking at sixteen keys at once costs little more than looking
 * at one (the idea of batched prefetching, as in Valkey 8). Changes nothing. Shard thread only.
 */
final class RequestPreview {

  /** Requests that are looked at; what they touch must fit into the nearest cache. */
  private static final int MAX_REQUESTS = 16;

  private final CommandTable table;
  private final Keyspaces keyspaces;
  private final AccessTracker tracker;
  private final int[] hashes = new int[MAX_REQUESTS];

  /** Keeps the compiler from leaving out reads whose results nobody uses. */
  private long preloaded;

  RequestPreview(CommandTable table, Keyspaces keyspaces, AccessTracker tracker) {
    this.table = table;
    this.keyspaces = keyspaces;
    this.tracker = tracker;
  }

  /** Looks at the first key of each request, where its place is known without more work. */
  void look(Args[] batch, int count, int database) {
    int found = 0;
    for (int i = 0; i < count && found < MAX_REQUESTS; i++) {
      Args args = batch[i];
      CommandSpec spec = table.resolve(args);
      int place = spec == null ? -1 : spec.firstKeyPlace();
      if (place > 0 && place < args.count()) {
        int hash = ByteHash.of(args.array(), args.offset(place), args.length(place));
        hashes[found++] = hash;
        preloaded += tracker.preload(database, hash);
      }
    }
    keyspaces.database(database).preload(hashes, found);
  }
}
