package io.engramdb.node.engine;

import io.engramdb.node.base.Invariant;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The numbered databases of one shard, with the clock and the counters they share. Shard thread
 * only.
 */
public final class Keyspaces {

  private final Keyspace[] databases;
  private final boolean slotted;
  private KeyspaceObserver observer = KeyspaceObserver.NONE;
  private ExpiryMode expiryMode = ExpiryMode.REPLAY;
  private long nowMs;
  private boolean tracksAccess = true;
  private final KeyspaceStats stats = new KeyspaceStats();
  private final UserRules users = new UserRules();
  private final StoredScripts scripts = new StoredScripts(this);

  /** What entries carry that no running snapshot has to write. */
  int mark;

  /** The running snapshot, or null. */
  @Nullable SnapshotWalk walk;

  // What it decides is logged as its result, or concerns this node alone.
  private final RandomGenerator random = new SplittableRandom(0);
  private final AccessRecord access = new AccessRecord(random);
  private final EvictionSampler eviction;

  /** Some database holds values that were edited and not weighed again. */
  boolean hasEdits;

  /** Counts changes of the data; a command that leaves it as it was has changed nothing. */
  long changeCount;

  /**
   * @param databaseCount 16 as a rule, 1 in cluster mode
   * @param slotOf slot of a key (array, length), or null if slots are not counted
   */
  public Keyspaces(int databaseCount, @Nullable SlotFunction slotOf) {
    Invariant.check(databaseCount > 0, "databaseCount=%d", databaseCount);
    slotted = slotOf != null;
    databases = new Keyspace[databaseCount];
    for (int i = 0; i < databaseCount; i++) {
      databases[i] = new Keyspace(this, i, slotOf);
    }
    eviction = new EvictionSampler(databases, access, random);
  }

  /** Slot of a key, 0–16383. */
  @FunctionalInterface
  public interface SlotFunction {
    int slotOf(byte[] key, int offset, int length);
  }

  /** Whether keys belong to slots, which is so in cluster mode alone. */
  public boolean hasSlots() {
    return slotted;
  }

  public int count() {
    return databases.length;
  }

  public Keyspace database(int index) {
    return databases[index];
  }

  /** Who hears of accesses and changes from now on. */
  public void observe(KeyspaceObserver newObserver) {
    observer = newObserver;
  }

  KeyspaceObserver observer() {
    return observer;
  }

  /**
   * Sets what look-ups need until the next call; called by the executor before each command.
   *
   * @param nowMs shard time, Unix milliseconds
   * @param tracksAccess false if look-ups must not refresh the idle time (CLIENT NO-TOUCH)
   */
  public void beginCommand(long nowMs, ExpiryMode mode, boolean tracksAccess) {
    this.nowMs = nowMs;
    this.expiryMode = mode;
    this.tracksAccess = tracksAccess;
  }

  /** Settles the memory account of values edited in place; called after each command. */
  public void endCommand() {
    if (!hasEdits) {
      return;
    }
    hasEdits = false;
    for (Keyspace database : databases) {
      database.settleEdits();
    }
  }

  public long nowMs() {
    return nowMs;
  }

  public ExpiryMode expiryMode() {
    return expiryMode;
  }

  boolean tracksAccess() {
    return tracksAccess;
  }

  /** Changes so far; see {@code Replication.VERBATIM}. */
  public long changeCount() {
    return changeCount;
  }

  /** Estimated bytes of keys, values and tables. */
  public long usedBytes() {
    long tables = 0;
    for (Keyspace database : databases) {
      tables += database.tableSizeBytes();
    }
    return dataSizeBytes() + tables;
  }

  /** Estimated bytes of keys and values alone. */
  public long dataSizeBytes() {
    long total = 0;
    for (Keyspace database : databases) {
      total += database.dataSizeBytes();
    }
    return total;
  }

  /** How uses of keys are remembered, and which key is given up for room. */
  public AccessRecord access() {
    return access;
  }

  /**
   * Gives up one key, on a primary; the observer logs it.
   *
   * @return false if there is none that may go
   */
  public boolean evictOne() {
    Invariant.check(expiryMode == ExpiryMode.PRIMARY, "eviction off the primary");
    return eviction.evictOne(nowMs);
  }

  /** Users that the log knows; they are replicated with the data, but are no part of it. */
  public UserRules users() {
    return users;
  }

  public KeyspaceStats stats() {
    return stats;
  }

  /** Loaded scripts and function libraries. */
  public StoredScripts scripts() {
    return scripts;
  }

  /** Keys of all databases. */
  public long keyCount() {
    long total = 0;
    for (Keyspace database : databases) {
      total += database.size();
    }
    return total;
  }

  /**
   * Throws all data away without telling anybody: it was never worth anything. Users stay: they
   * change with commits alone.
   */
  public void reset() {
    SnapshotWalk running = walk;
    if (running != null) {
      running.forget();
    }
    eviction.forget();
    for (Keyspace database : databases) {
      database.reset();
    }
    scripts.reset();
  }

  /** Takes over all data of another one, which must not be used any more. */
  public void takeOver(Keyspaces other) {
    Invariant.check(other.count() == count(), "%d databases, expected %d", other.count(), count());
    Invariant.check(walk == null && other.walk == null, "a snapshot runs while data are exchanged");
    mark = other.mark;
    for (int i = 0; i < databases.length; i++) {
      databases[i].takeOver(other.databases[i]);
    }
    users.takeOver(other.users);
    scripts.takeOver(other.scripts);
    changeCount++;
  }

  /** Exchanges two databases, as clients see them. */
  public void swap(int first, int second) {
    if (first == second) {
      return;
    }
    observer.changingAll(first);
    observer.changingAll(second);
    Keyspace.exchange(databases[first], databases[second]);
    // Again, because keys that were only in the other one have appeared now.
    observer.changingAll(first);
    observer.changingAll(second);
    changeCount++;
  }
}
