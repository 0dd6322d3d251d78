package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.KeyVisitor;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbRefusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where in a file which key stands, in the order of databases and names. One thread. */
final class KeyIndex extends KeyVisitor {
  /** Memory of a place beside the bytes of its key, about. */
  private static final int PLACE_OVERHEAD_BYTES = 72;

  private final long maxHeldBytes;
  private final List<Place> places = new ArrayList<>();
  private long heldBytes;
  private boolean anyIdle;
  private boolean anyFrequency;

  /** A key's record in the file. */
  record Place(long database, byte[] name, long offset) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byDatabase = Long.compare(database, other.database);
      return byDatabase != 0 ? byDatabase : Arrays.compareUnsigned(name, other.name);
    }
  }

  KeyIndex(long maxHeldBytes) {
    this.maxHeldBytes = maxHeldBytes;
  }

  /** All keys in order. */
  List<Place> sorted() {
    places.sort(null);
    return places;
  }

  boolean anyIdle() {
    return anyIdle;
  }

  boolean anyFrequency() {
    return anyFrequency;
  }

  @Override
  protected void begin(RdbKey key, Kind kind, long count) throws RdbRefusal {
    heldBytes += key.name().length + PLACE_OVERHEAD_BYTES;
    if (heldBytes > maxHeldBytes) {
      throw new RdbRefusal(
          RdbFault.LIMIT, "too many keys for the memory of this process to be sorted");
    }
    anyIdle |= key.idleSeconds() != RdbKey.NO_IDLE;
    anyFrequency |= key.frequency() != RdbKey.NO_FREQUENCY;
    places.add(new Place(key.database(), key.name(), key.recordOffset()));
  }
}
