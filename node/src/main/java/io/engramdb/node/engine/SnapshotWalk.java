package io.engramdb.node.engine;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.Dictionary;
import org.jspecify.annotations.Nullable;

/**
 * Shows every entry exactly as it was at one moment, a few at a time, while commands go on changing
 * the databases.
 *
 * <p>At the beginning all entries carry the same mark, and the databases take the other one. An
 * entry that is shown, and one that is made from then on, carries the new mark. Whatever is about
 * to change and still carries the old one is shown first ({@link #saveFirst}): the change itself
 * calls it, in {@link Keyspace}, so no command can forget it. So each entry is shown once, before
 * its first change, and what came later never; where the walk stands plays no part in that. The
 * walk is by the cursor of {@link Dictionary#scan}, which misses nothing that stays, however the
 * table is resized meanwhile.
 *
 * <p>It goes through the tables as they were found, not through the databases: a table that
 * FLUSHALL throws away or SWAPDB moves is walked to its end, so both cost nothing extra.
 *
 * <p>A walk that is {@linkplain #abandon abandoned} must still be taken to its end, to mark what is
 * left; it shows nothing more. Shard thread only.
 */
public final class SnapshotWalk {

  /** Sees the entries; must not keep them and must not change anything. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * One entry as it was.
     *
     * @param database number that its database had at the beginning
     * @param expireAtMs when it expires, or {@link Entry#NO_EXPIRY}
     */
    void entry(int database, Entry entry, long expireAtMs);
  }

  /** Empty buckets that count as much as an entry. */
  private static final int BUCKETS_PER_ENTRY = 8;

  private final Keyspaces keyspaces;
  private final Dictionary<Entry>[] tables;
  private final ExpiryIndex[] expiries;
  private final int newMark;
  private @Nullable Visitor visitor;
  private int database;
  private long cursor;
  private long shown;
  private boolean forgotten;

  @SuppressWarnings("unchecked")
  private SnapshotWalk(Keyspaces keyspaces, Visitor visitor) {
    this.keyspaces = keyspaces;
    this.visitor = visitor;
    tables = new Dictionary[keyspaces.count()];
    expiries = new ExpiryIndex[tables.length];
    for (int i = 0; i < tables.length; i++) {
      tables[i] = keyspaces.database(i).table();
      expiries[i] = keyspaces.database(i).expiries();
    }
    newMark = 1 - keyspaces.mark;
  }

  /** Begins a walk over everything as it is now; none may be running. */
  public static SnapshotWalk begin(Keyspaces keyspaces, Visitor visitor) {
    Invariant.check(keyspaces.walk == null, "a snapshot runs already");
    SnapshotWalk walk = new SnapshotWalk(keyspaces, visitor);
    keyspaces.mark = walk.newMark;
    keyspaces.walk = walk;
    return walk;
  }

  /** All data were thrown away: nothing is left to show or to mark. */
  void forget() {
    forgotten = true;
    visitor = null;
    database = tables.length;
    keyspaces.walk = null;
  }

  /** Whether the data were thrown away before everything was shown. */
  public boolean isForgotten() {
    return forgotten;
  }

  /** Nothing is shown any more. */
  public void abandon() {
    visitor = null;
  }

  /**
   * Goes on.
   *
   * @param entries how many are shown, about
   * @return true at the end
   */
  public boolean step(int entries) {
    long end = shown + entries;
    long buckets = (long) entries * BUCKETS_PER_ENTRY;
    while (database < tables.length && shown < end && buckets > 0) {
      cursor = tables[database].scan(cursor, this::meet);
      buckets--;
      if (cursor == 0) {
        database++;
      }
    }
    if (database < tables.length) {
      return false;
    }
    if (!forgotten) {
      keyspaces.walk = null;
    }
    return true;
  }

  private void meet(Entry entry) {
    if (entry.mark() != newMark) {
      show(database, entry);
    }
  }

  private void show(int number, Entry entry) {
    entry.setMark(newMark);
    shown++;
    Visitor sees = visitor;
    if (sees != null) {
      sees.entry(number, entry, expiries[number].timeMs(entry));
    }
  }

  /** An entry with the old mark is about to change or to vanish. */
  void saveFirst(Dictionary<Entry> table, Entry entry) {
    for (int i = 0; i < tables.length; i++) {
      if (tables[i] == table) {
        show(i, entry);
        return;
      }
    }
    Invariant.check(false, "an entry of the snapshot in a table that it does not know");
  }
}
