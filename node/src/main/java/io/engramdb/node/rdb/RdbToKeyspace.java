package io.engramdb.node.rdb;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.LibraryHead;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbRefusal;
import java.io.IOException;

/**
 * Loads an RDB file into databases that are empty and that nobody else sees. They are worth nothing
 * before the reader has returned: whoever loads throws them away if it fails. One thread.
 *
 * <p>A shard's own snapshot is loaded as it is, keys whose time has passed included: the log after
 * it says when they went. A foreign file is loaded as of a moment: keys that have expired by then
 * are left out, as servers do.
 */
public final class RdbToKeyspace extends ValueLoader {

  /** Keys that are loaded between two looks at the memory they take. */
  private static final int KEYS_PER_CHECK = 256;

  /** As of no moment: expired keys stay. */
  public static final long KEEP_EXPIRED = Long.MIN_VALUE;

  private final Keyspaces into;
  private final long asOfMs;
  private final long maxSizeBytes;
  private long keys;
  private long expiredKeys;

  /**
   * A loader.
   *
   * @param asOfMs keys that expired before are left out, or {@link #KEEP_EXPIRED}
   * @param maxSizeBytes estimated bytes that may be loaded
   */
  public RdbToKeyspace(Keyspaces into, ValueLimits limits, long asOfMs, long maxSizeBytes) {
    super(limits);
    this.into = into;
    this.asOfMs = asOfMs;
    this.maxSizeBytes = maxSizeBytes;
    into.beginCommand(0, ExpiryMode.REPLAY, false);
  }

  /** Keys loaded so far. */
  public long keys() {
    return keys;
  }

  /** Keys left out because their time has passed. */
  public long expiredKeys() {
    return expiredKeys;
  }

  @Override
  public void function(byte[] source) throws IOException {
    LibraryHead head;
    try {
      head = LibraryHead.of(source);
    } catch (IllegalArgumentException e) {
      throw new RdbRefusal("a function library: " + e.getMessage());
    }
    if (into.scripts().libraries().containsKey(head.name())) {
      throw new RdbRefusal(RdbFault.DUPLICATE, "library " + head.name() + " is there twice");
    }
    into.scripts().putLibrary(head.name(), Bytes.wrap(source));
  }

  @Override
  protected void loaded(long database, byte[] name, Value loaded, long expireAtMs, long idleSeconds)
      throws IOException {
    if (database >= into.count()) {
      throw new RdbRefusal(
          "database " + database + " is not there, only those below " + into.count() + " are");
    }
    Keyspace keyspace = into.database((int) database);
    if (keyspace.holds(name)) {
      throw new RdbRefusal(RdbFault.DUPLICATE, "the key is there twice");
    }
    // A time before 1970 is one like 1970 to an engine that knows none before it.
    long expiry = expireAtMs == RdbKey.NO_EXPIRY ? Entry.NO_EXPIRY : Math.max(0, expireAtMs);
    if (expiry != Entry.NO_EXPIRY && expiry <= asOfMs) {
      expiredKeys++;
      return;
    }
    Entry entry = keyspace.add(name, 0, name.length, loaded);
    if (expiry != Entry.NO_EXPIRY) {
      keyspace.expireAt(entry, expiry);
    }
    if (++keys % KEYS_PER_CHECK == 0 && into.usedBytes() > maxSizeBytes) {
      throw new RdbRefusal(RdbFault.LIMIT, "the keys take more than " + maxSizeBytes + " bytes");
    }
  }
}
