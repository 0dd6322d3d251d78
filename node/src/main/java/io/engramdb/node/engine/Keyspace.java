package io.engramdb.node.engine;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.Keyspaces.SlotFunction;
import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.Dictionary;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.HeapSize;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One logical database: keys, values, expiry.
 *
 * <p>Every look-up tells the {@link KeyspaceObserver} and applies the {@link ExpiryMode}, so a
 * command gets both right by using this class at all. The order for a change is: look up, {@link
 * #edit}, change the value. {@link #put}, {@link #remove} and {@link #expireAt} do the second step
 * themselves. Shard thread only.
 */
public final class Keyspace {

  /** Heap bytes of an entry, with compact object headers. */
  private static final int ENTRY_BYTES = 32;

  /** Values edited by one command before the account is settled in between. */
  private static final int EDITS_HELD = 16;

  private static final int SLOT_COUNT = 16384;

  private final Keyspaces owner;
  private final int index;
  private final @Nullable SlotFunction slotOf;
  private Dictionary<Entry> entries = new Dictionary<>();
  private ExpiryIndex expiries = new ExpiryIndex();
  private FieldExpiryIndex fieldExpiries = new FieldExpiryIndex();
  private final ArrayList<Entry> edited = new ArrayList<>();
  private final int @Nullable [] keysPerSlot;
  private long expirySumMs;

  /** Estimated bytes of entries and values; those in {@link #edited} count without their value. */
  private long dataSizeBytes;

  Keyspace(Keyspaces owner, int index, @Nullable SlotFunction slotOf) {
    this.owner = owner;
    this.index = index;
    this.slotOf = slotOf;
    this.keysPerSlot = slotOf == null ? null : new int[SLOT_COUNT];
  }

  /** Number of this database. */
  public int index() {
    return index;
  }

  /** Keys, those included whose time has passed but which nobody has met yet. */
  public int size() {
    return entries.size();
  }

  /** As {@link #size}, as part of a command: the reply waits for uncommitted changes. */
  public int countKeys() {
    owner.observer().touchedAll(index);
    return entries.size();
  }

  public int expiringCount() {
    return expiries.size();
  }

  /** Hashes with fields that expire. */
  public int expiringHashCount() {
    return fieldExpiries.size();
  }

  /** Average time to live of expiring keys in milliseconds, 0 if none. */
  public long averageTimeToLiveMs() {
    int count = expiries.size();
    return count == 0 ? 0 : Math.max(0, expirySumMs / count - owner.nowMs());
  }

  /** Estimated bytes of a key and its value, for MEMORY USAGE. */
  public static long sizeBytesOf(Entry entry) {
    return ENTRY_BYTES + HeapSize.ofArray(entry.key.length) + entry.value.sizeBytes();
  }

  // --- look up

  /** The entry of a key, or null; counts as an access and in the hit statistics. */
  public @Nullable Entry read(byte[] buffer, int offset, int length) {
    Entry entry = find(buffer, offset, length);
    if (entry == null) {
      missed(buffer, offset, length);
      return null;
    }
    owner.stats().hits++;
    accessed(entry);
    return entry;
  }

  /** As {@link #read}, but does not refresh the idle time; for TYPE, TTL, EXISTS, OBJECT. */
  public @Nullable Entry peek(byte[] buffer, int offset, int length) {
    Entry entry = find(buffer, offset, length);
    if (entry == null) {
      missed(buffer, offset, length);
    } else {
      owner.stats().hits++;
    }
    return entry;
  }

  private void missed(byte[] buffer, int offset, int length) {
    owner.stats().misses++;
    owner.observer().missed(index, buffer, offset, length);
  }

  /** Seconds for which nobody has used an entry; means nothing where accesses are counted. */
  public long idleSeconds(Entry entry) {
    return owner.access().idleSeconds(entry.access, owner.nowMs());
  }

  /** How often an entry is used, 0 to 255; means nothing where accesses are timed. */
  public int frequency(Entry entry) {
    return owner.access().count(entry.access, owner.nowMs());
  }

  /** Makes an entry look as if nobody had used it for so long. */
  public void setIdleSeconds(Entry entry, long seconds) {
    if (!owner.access().policy.countsAccesses()) {
      entry.access = (int) (owner.nowMs() / 1000 - seconds);
    }
  }

  /** Makes an entry look as if it had been used as often as this count says, 0 to 255. */
  public void setFrequency(Entry entry, int count) {
    if (owner.access().policy.countsAccesses()) {
      entry.access = owner.access().counted(count, owner.nowMs());
    }
  }

  private void accessed(Entry entry) {
    if (owner.tracksAccess()) {
      entry.access = owner.access().accessed(entry.access, owner.nowMs());
    }
  }

  /** The entry of a key, or null; does not refresh its idle time nor count in the statistics. */
  public @Nullable Entry find(byte[] buffer, int offset, int length) {
    int hash = ByteHash.of(buffer, offset, length);
    owner.observer().touched(index, hash);
    Entry entry = entries.find(hash, buffer, offset, length);
    return entry == null || !entry.hasTimes() ? entry : current(entry);
  }

  /** What a look-up shows of an entry that expires, or of whose hash fields do. */
  private @Nullable Entry current(Entry entry) {
    if (entry.expires() && isPast(entry)) {
      return met(entry);
    }
    if (!entry.fieldsExpire()) {
      return entry;
    }
    HashValue hash = (HashValue) entry.value;
    if (owner.expiryMode() == ExpiryMode.REPLICA_READ) {
      hash.showAsOf(owner.nowMs());
      return hash.isAllDue(owner.nowMs()) ? null : entry;
    }
    hash.showAll();
    if (owner.expiryMode() == ExpiryMode.PRIMARY && hash.nextExpiryMs() <= owner.nowMs()) {
      // All at once: what follows must neither see them nor leave them to a replica.
      return expireFields(entry, Integer.MAX_VALUE) ? entry : null;
    }
    return entry;
  }

  /** As {@link #find(byte[], int, int)} for a whole array. */
  public @Nullable Entry find(byte[] key) {
    return find(key, 0, key.length);
  }

  /** Whether a key is there, whatever its expiry; nobody hears of the look-up. */
  public boolean holds(byte[] key) {
    return entries.find(ByteHash.of(key, 0, key.length), key, 0, key.length) != null;
  }

  /** Type of what a key holds, or null, as {@link #holds}. */
  public @Nullable ValueType typeOf(byte[] key) {
    Entry entry = entries.find(ByteHash.of(key, 0, key.length), key, 0, key.length);
    return entry == null ? null : entry.value.type();
  }

  /** The entry of a key, whatever its expiry; nothing happens to it and no event is told. */
  public @Nullable Entry inspect(byte[] key) {
    int hash = ByteHash.of(key, 0, key.length);
    owner.observer().touched(index, hash);
    return entries.find(hash, key, 0, key.length);
  }

  /** Visits every key as {@link #inspect} does; the visitor must not change the database. */
  public void inspectAll(Consumer<? super Entry> visitor) {
    owner.observer().touchedAll(index);
    entries.forEach(visitor);
  }

  /** Buckets of the table of keys. */
  public long bucketCount() {
    return entries.bucketCount();
  }

  /** Announces that clients may wait for what was just put into this value. */
  public void signal(Entry entry) {
    owner.observer().ready(index, entry.key);
  }

  /**
   * Reads what a look-up of keys with these hashes will read, all at once: the processor waits for
   * memory once instead of once for each key. Nobody hears of it.
   */
  public void preload(int[] hashes, int count) {
    entries.preload(hashes, count);
  }

  /** Whether an entry is there for nobody. */
  private boolean isGone(Entry entry) {
    return entry.hasTimes() && (entry.expires() && isPast(entry) || hasOnlyPastFields(entry));
  }

  private boolean hasOnlyPastFields(Entry entry) {
    return entry.fieldsExpire()
        && owner.expiryMode() != ExpiryMode.REPLAY
        && ((HashValue) entry.value).isAllDue(owner.nowMs());
  }

  private boolean isPast(Entry entry) {
    return owner.expiryMode() != ExpiryMode.REPLAY && owner.nowMs() >= expiries.timeMs(entry);
  }

  /** Deals with an entry whose time has passed: never visible to the caller. */
  private @Nullable Entry met(Entry entry) {
    if (owner.expiryMode() == ExpiryMode.PRIMARY) {
      if (entry.expires() && isPast(entry)) {
        expire(entry);
      } else {
        expireFields(entry, Integer.MAX_VALUE);
      }
    }
    return null;
  }

  private void expire(Entry entry) {
    // Logged by the observer, so it must not count as a change of the command that met the key.
    long changesBefore = owner.changeCount;
    owner.observer().expired(index, entry.key);
    remove(entry);
    owner.changeCount = changesBefore;
    owner.stats().expiredKeys++;
  }

  /**
   * Removes fields whose time has passed, and the hash if none is left.
   *
   * @param limit how many at most; a hash of which none is left is removed as a whole
   * @return false if the hash is gone
   */
  private boolean expireFields(Entry entry, int limit) {
    HashValue hash = (HashValue) entry.value;
    long nowMs = owner.nowMs();
    // As with keys, it must not count as a change of the command that met them.
    long changesBefore = owner.changeCount;
    if (hash.isAllDue(nowMs)) {
      owner.stats().expiredFields += hash.fullSize();
      owner.observer().fieldsExpired(index, entry.key, List.of(), true);
      remove(entry);
      owner.changeCount = changesBefore;
      return false;
    }
    List<byte[]> names = hash.dueFields(nowMs, limit);
    owner.stats().expiredFields += names.size();
    owner.observer().fieldsExpired(index, entry.key, names, false);
    changing(entry);
    boolean isWeighed = !edited.contains(entry);
    dataSizeBytes -= isWeighed ? hash.sizeBytes() : 0;
    hash.showAll();
    for (byte[] name : names) {
      hash.remove(ByteRange.of(name));
    }
    dataSizeBytes += isWeighed ? hash.sizeBytes() : 0;
    indexFields(entry);
    return true;
  }

  /** Notes when the next field of an entry's hash expires, if any. */
  private void indexFields(Entry entry) {
    if (entry.value instanceof HashValue hash) {
      long nextMs = hash.nextExpiryMs();
      if (nextMs != Long.MAX_VALUE) {
        fieldExpiries.update(entry, nextMs);
      } else if (entry.fieldsExpire()) {
        fieldExpiries.remove(entry);
      }
    }
  }

  /** To be called before a value goes. */
  private void forgetFields(Entry entry) {
    if (entry.fieldsExpire()) {
      fieldExpiries.remove(entry);
    }
  }

  // --- change

  /** Whoever must know what was before is told first. */
  private void changing(Entry entry) {
    SnapshotWalk walk = owner.walk;
    if (walk != null && entry.mark() != owner.mark) {
      walk.saveFirst(entries, entry);
    }
    owner.observer().changing(index, entry);
  }

  /** The table of keys as it is now; a snapshot goes on with it whatever becomes of it here. */
  Dictionary<Entry> table() {
    return entries;
  }

  /** When the keys of {@link #table} expire, as it is now. */
  ExpiryIndex expiries() {
    return expiries;
  }

  /**
   * Adds a key that is known to be absent, or exchanges the value of a present one and forgets its
   * expiry.
   *
   * @return the entry, with no expiry
   */
  public Entry put(byte[] buffer, int offset, int length, Value value) {
    Entry present = find(buffer, offset, length);
    if (present == null) {
      return add(buffer, offset, length, value);
    }
    replace(present, value);
    clearExpiry(present);
    return present;
  }

  /** Adds a key that the caller has just looked up and not found. */
  public Entry add(byte[] buffer, int offset, int length, Value value) {
    byte[] key = Arrays.copyOfRange(buffer, offset, offset + length);
    Entry entry = new Entry(key, ByteHash.of(key, 0, length), value);
    entry.setMark(owner.mark);
    entry.access = owner.access().created(owner.nowMs());
    entries.add(entry);
    dataSizeBytes += sizeBytesOf(entry);
    countSlot(key, 1);
    indexFields(entry);
    owner.changeCount++;
    owner.observer().added(index, entry);
    changing(entry);
    owner.observer().ready(index, entry.key);
    return entry;
  }

  /** Exchanges the value of a present key; its expiry stays. */
  public void replace(Entry entry, Value value) {
    edit(entry);
    forgetFields(entry);
    entry.value = value;
    owner.observer().ready(index, entry.key);
  }

  /**
   * Announces that the value of this entry will be changed in place. Must be called before the
   * change, and only if there will be one.
   */
  public void edit(Entry entry) {
    changing(entry);
    owner.changeCount++;
    accessed(entry);
    if (edited.contains(entry)) {
      return;
    }
    if (edited.size() == EDITS_HELD) {
      settleEdits();
    }
    dataSizeBytes -= entry.value.sizeBytes();
    edited.add(entry);
    owner.hasEdits = true;
  }

  /** Announces that a command has written what was there already; nothing changes. */
  public void rewrite(Entry entry) {
    owner.observer().rewritten(index, entry);
    accessed(entry);
  }

  /**
   * Tells those who hear of events what no row of a table can know: that beside what the command is
   * called after, something else happened to the key. Nothing changes.
   */
  public void announce(byte[] buffer, int offset, int length, String event) {
    owner.observer().announced(index, buffer, offset, length, event);
  }

  /** Adds what edited values weigh now. */
  void settleEdits() {
    if (edited.isEmpty()) {
      return;
    }
    for (int i = 0; i < edited.size(); i++) {
      dataSizeBytes += edited.get(i).value.sizeBytes();
      indexFields(edited.get(i));
    }
    edited.clear();
  }

  /** Removes a present key. */
  public void remove(Entry entry) {
    changing(entry);
    owner.observer().removing(index, entry);
    owner.changeCount++;
    forgetEdit(entry);
    dataSizeBytes -= sizeBytesOf(entry);
    dropExpiry(entry);
    forgetFields(entry);
    countSlot(entry.key, -1);
    entries.remove(entry);
    owner.observer().ready(index, entry.key);
  }

  private void forgetEdit(Entry entry) {
    if (edited.remove(entry)) {
      dataSizeBytes += entry.value.sizeBytes();
    }
  }

  /** When a present key expires, Unix milliseconds, or {@link Entry#NO_EXPIRY}. */
  public long expireAtMs(Entry entry) {
    return expiries.timeMs(entry);
  }

  /** Sets when a present key expires. */
  public void expireAt(Entry entry, long expireAtMs) {
    Invariant.check(expireAtMs >= 0, "expireAtMs=%d", expireAtMs);
    changing(entry);
    owner.observer().expirySet(index, entry);
    owner.changeCount++;
    if (entry.expires()) {
      expirySumMs -= expiries.timeMs(entry);
    }
    expirySumMs += expireAtMs;
    expiries.update(entry, expireAtMs);
  }

  /**
   * Makes a present key permanent.
   *
   * @return false if it was already
   */
  public boolean clearExpiry(Entry entry) {
    if (!entry.expires()) {
      return false;
    }
    changing(entry);
    owner.observer().expiryCleared(index, entry);
    owner.changeCount++;
    dropExpiry(entry);
    return true;
  }

  private void dropExpiry(Entry entry) {
    if (entry.expires()) {
      expirySumMs -= expiries.timeMs(entry);
      expiries.remove(entry);
    }
  }

  /**
   * Removes every key; O(1), the memory is left to the collector.
   *
   * @return how many there were
   */
  public int clear() {
    int count = entries.size();
    owner.observer().changingAll(index);
    reset();
    if (count > 0) {
      owner.changeCount++;
    }
    return count;
  }

  // --- whole-database reads

  /**
   * Visits some keys; see {@link Dictionary#scan}. Keys whose time has passed are not shown, and
   * are removed on a primary.
   */
  public long scan(long cursor, Consumer<? super Entry> visitor) {
    owner.observer().touchedAll(index);
    ArrayList<Entry> seen = new ArrayList<>();
    long next = entries.scan(cursor, seen::add);
    for (Entry entry : seen) {
      if (isGone(entry)) {
        met(entry);
      } else {
        visitor.accept(entry);
      }
    }
    return next;
  }

  /** Visits every key whose time has not passed; the visitor must not change the database. */
  public void forEach(Consumer<? super Entry> visitor) {
    owner.observer().touchedAll(index);
    ArrayList<Entry> past = new ArrayList<>();
    entries.forEach(
        entry -> {
          if (isGone(entry)) {
            past.add(entry);
          } else {
            visitor.accept(entry);
          }
        });
    past.forEach(this::met);
  }

  /**
   * A key at random, or null if there is none. Where expired keys stay and nothing else is found it
   * is one of those, as in Redis.
   */
  public @Nullable Entry random(RandomGenerator random) {
    owner.observer().touchedAll(index);
    // On a replica expired keys stay, and may be all there are: bound the search, as Redis does.
    int attempts = 100;
    Entry entry = null;
    while (attempts-- > 0) {
      entry = entries.random(random);
      if (entry == null) {
        return null;
      }
      if (!isGone(entry)) {
        return entry;
      }
      met(entry);
      if (owner.expiryMode() == ExpiryMode.PRIMARY) {
        attempts++;
      }
    }
    return entry;
  }

  // --- expiry in the background

  /**
   * Removes keys and fields whose time has passed, the longest overdue first; on a primary only.
   *
   * @return how many were removed, at most {@code limit}
   */
  public int expireDue(int limit) {
    Invariant.check(owner.expiryMode() == ExpiryMode.PRIMARY, "active expiry off the primary");
    int removed = 0;
    Entry entry = expiries.first();
    while (removed < limit && entry != null && owner.nowMs() >= expiries.firstMs()) {
      expire(entry);
      removed++;
      entry = expiries.first();
    }
    entry = fieldExpiries.first();
    while (removed < limit && entry != null && owner.nowMs() >= fieldExpiries.firstMs()) {
      long before = owner.stats().expiredFields;
      // A hash that goes as a whole is one removal.
      boolean isLeft = expireFields(entry, limit - removed);
      removed += isLeft ? (int) (owner.stats().expiredFields - before) : 1;
      entry = fieldExpiries.first();
    }
    return removed;
  }

  /** When the next key or field expires, Unix milliseconds, or {@link Long#MAX_VALUE}. */
  public long nextExpiryMs() {
    return Math.min(expiries.firstMs(), fieldExpiries.firstMs());
  }

  /** When the next key expires, Unix milliseconds, or {@link Long#MAX_VALUE}. */
  long nextKeyExpiryMs() {
    return expiries.firstMs();
  }

  // --- eviction

  /** A key at random, expired ones included; nobody hears of it. */
  @Nullable Entry sample(RandomGenerator random, boolean expiringOnly) {
    return expiringOnly ? expiries.random(random) : entries.random(random);
  }

  /** What a key holds if it may be given up; nobody hears of it. */
  @Nullable Entry entryOf(byte[] key, boolean expiringOnly) {
    Entry entry = entries.find(ByteHash.of(key, 0, key.length), key, 0, key.length);
    return entry == null || (expiringOnly && !entry.expires()) ? null : entry;
  }

  /** The key that expires next, or null. */
  @Nullable Entry soonestToExpire() {
    return expiries.first();
  }

  /** Gives a key up; the observer logs it. */
  void evict(Entry entry) {
    owner.observer().evicted(index, entry.key);
    remove(entry);
    owner.stats().evictedKeys++;
  }

  // --- slots

  /** Keys of a slot; only where slots are counted. */
  public int countInSlot(int slot) {
    owner.observer().touchedAll(index);
    return keysPerSlot == null ? 0 : keysPerSlot[slot];
  }

  /** Up to {@code limit} keys of a slot. O(keys of the database) unless the slot is empty. */
  public ArrayList<byte[]> keysInSlot(int slot, int limit) {
    ArrayList<byte[]> keys = new ArrayList<>();
    SlotFunction function = slotOf;
    if (function == null || countInSlot(slot) == 0) {
      return keys;
    }
    int wanted = Math.min(limit, countInSlot(slot));
    long cursor = 0;
    do {
      cursor =
          entries.scan(
              cursor,
              entry -> {
                if (keys.size() < wanted
                    && function.slotOf(entry.key, 0, entry.key.length) == slot) {
                  keys.add(entry.key);
                }
              });
    } while (cursor != 0 && keys.size() < wanted);
    return keys;
  }

  private void countSlot(byte[] key, int change) {
    if (keysPerSlot != null && slotOf != null) {
      keysPerSlot[slotOf.slotOf(key, 0, key.length)] += change;
    }
  }

  // --- housekeeping

  /** Estimated bytes of keys and values, exact after {@link #settleEdits}. */
  long dataSizeBytes() {
    return dataSizeBytes;
  }

  /** Bytes of the hash tables. */
  long tableSizeBytes() {
    return HeapSize.ofReferences(entries.bucketCount())
        + expiries.sizeBytes()
        + fieldExpiries.sizeBytes();
  }

  /**
   * Goes on with a running resize of the key table.
   *
   * @return true if there is more to do
   */
  public boolean rehash(int buckets) {
    return entries.rehash(buckets);
  }

  /**
   * Throws everything away without telling anybody; see {@link Keyspaces#reset}. Tables are dropped
   * as a whole: no walk, however many keys there were.
   */
  void reset() {
    edited.clear();
    dataSizeBytes = 0;
    entries = new Dictionary<>();
    expiries = new ExpiryIndex();
    fieldExpiries = new FieldExpiryIndex();
    expirySumMs = 0;
    if (keysPerSlot != null) {
      Arrays.fill(keysPerSlot, 0);
    }
  }

  /** Takes over all data of the same database of another shard. */
  void takeOver(Keyspace other) {
    reset();
    other.settleEdits();
    dataSizeBytes = other.dataSizeBytes;
    entries = other.entries;
    expiries = other.expiries;
    fieldExpiries = other.fieldExpiries;
    expirySumMs = other.expirySumMs;
    if (keysPerSlot != null && other.keysPerSlot != null) {
      System.arraycopy(other.keysPerSlot, 0, keysPerSlot, 0, keysPerSlot.length);
    }
  }

  /** Checks every counter and index against the entries; see {@link KeyspaceValidator}. */
  void validate() {
    Invariant.check(edited.isEmpty(), "%d edited values are not settled", edited.size());
    entries.validate();
    expiries.validate();
    fieldExpiries.validate();
    long[] expiring = {0, 0, 0};
    long[] sizeBytes = {0};
    int[] perSlot = new int[SLOT_COUNT];
    entries.forEach(
        entry -> {
          entry.value.validate();
          Invariant.check(
              owner.walk != null || entry.mark() == owner.mark,
              "an entry is marked for a snapshot that does not run");
          sizeBytes[0] += sizeBytesOf(entry);
          Invariant.check(
              entry.expires() == (entry.expiryPlace() >= 0), "an expiry that is not in the index");
          if (entry.expires()) {
            expiring[0]++;
            expiring[1] += expiries.timeMs(entry);
          }
          expiring[2] += entry.fieldsExpire() ? 1 : 0;
          Invariant.check(
              entry.fieldsExpire()
                  == (entry.value instanceof HashValue hash && hash.hasExpiringFields()),
              "fields that expire unknown to the index, or the reverse");
          if (slotOf != null) {
            perSlot[slotOf.slotOf(entry.key, 0, entry.key.length)]++;
          }
        });
    Invariant.check(
        expiring[0] == expiries.size(), "%d keys expire, indexed %d", expiring[0], expiries.size());
    Invariant.check(
        expiring[2] == fieldExpiries.size(),
        "fields of %d hashes expire, indexed %d",
        expiring[2],
        fieldExpiries.size());
    Invariant.check(
        expiring[1] == expirySumMs, "expiries sum to %d, accounted %d", expiring[1], expirySumMs);
    Invariant.check(
        sizeBytes[0] == dataSizeBytes, "data weigh %d, accounted %d", sizeBytes[0], dataSizeBytes);
    if (keysPerSlot != null) {
      Invariant.check(Arrays.equals(perSlot, keysPerSlot), "keys per slot are miscounted");
    }
  }

  /** Exchanges the contents of two databases of the same shard. */
  static void exchange(Keyspace first, Keyspace second) {
    first.settleEdits();
    second.settleEdits();
    long dataSizeBytes = first.dataSizeBytes;
    first.dataSizeBytes = second.dataSizeBytes;
    second.dataSizeBytes = dataSizeBytes;
    Dictionary<Entry> entries = first.entries;
    ExpiryIndex expiries = first.expiries;
    FieldExpiryIndex fieldExpiries = first.fieldExpiries;
    long expirySumMs = first.expirySumMs;
    first.entries = second.entries;
    first.expiries = second.expiries;
    first.fieldExpiries = second.fieldExpiries;
    first.expirySumMs = second.expirySumMs;
    second.entries = entries;
    second.expiries = expiries;
    second.fieldExpiries = fieldExpiries;
    second.expirySumMs = expirySumMs;
    Invariant.check(first.keysPerSlot == null, "databases of a cluster are not exchanged");
  }
}
