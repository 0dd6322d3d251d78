package io.engramdb.node.shard;

import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.KeyspaceObserver;
import io.engramdb.node.engine.Keyspaces;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Notes what a command looks at and changes: which record its reply must wait for, which keys its
 * own record makes dirty, which watches break. Shard thread only.
 */
final class AccessTracker implements KeyspaceObserver {

  private static final byte[] DEL = {'d', 'e', 'l'};
  private static final byte[] HDEL = {'h', 'd', 'e', 'l'};

  /**
   * Where the table of dirty keys notes changes of scripts and functions: as if they were a key.
   */
  private static final int SCRIPTS = 0x5C21975;

  private final Keyspaces keyspaces;
  private final DirtyKeys dirty;
  private final WatchedKeys watched;
  private final BlockedClients blocked;
  private @Nullable CommitPipeline pipeline;
  private EffectRecorder recorder = EffectRecorder.NONE;

  /** Null unless somebody wants to hear of changes: one look, and nothing more, is the cost. */
  private @Nullable KeyChangeListener listener;

  private long newestTouched;
  private boolean touchedAnything;

  AccessTracker(Keyspaces keyspaces, DirtyKeys dirty, WatchedKeys watched, BlockedClients blocked) {
    this.keyspaces = keyspaces;
    this.blocked = blocked;
    this.dirty = dirty;
    this.watched = watched;
  }

  /** Who hears of changes from now on; null for nobody. */
  void tell(@Nullable KeyChangeListener newListener) {
    listener = newListener;
  }

  /** On a primary: changes are marked with the number of the open record. */
  void lead(CommitPipeline newPipeline) {
    pipeline = newPipeline;
    recorder = newPipeline.recorder();
    dirty.clear();
  }

  /** On a replica: changes come from committed records, nothing is dirty. */
  void follow() {
    pipeline = null;
    recorder = EffectRecorder.NONE;
  }

  /** Forgets what the last command looked at. */
  void beginCommand() {
    newestTouched = 0;
    touchedAnything = false;
  }

  /** Whether the last command looked at any key: its reply depends on data. */
  boolean touchedAnything() {
    return touchedAnything;
  }

  /** Newest record that changed something the last command looked at. */
  long newestTouched() {
    return newestTouched;
  }

  /** The reply depends on everything written so far. */
  void touchEverything() {
    touchedAnything = true;
    newestTouched = Math.max(newestTouched, dirty.newestOfAll());
  }

  @Override
  public void touched(int database, int hash) {
    touchedAnything = true;
    if (pipeline == null || dirty.newestOfAll() <= pipeline.committedSequence()) {
      return;
    }
    long newest = dirty.newest(database, hash);
    if (newest > newestTouched) {
      newestTouched = newest;
    }
  }

  /** Reads what {@link #touched} will read for this key; the result means nothing. */
  long preload(int database, int hash) {
    return dirty.newest(database, hash);
  }

  @Override
  public void touchedAll(int database) {
    touchEverything();
  }

  @Override
  public void changing(int database, Entry entry) {
    if (pipeline != null) {
      dirty.mark(database, entry.hash, pipeline.openSequence());
    }
    watched.changed(database, entry.key);
    if (listener != null) {
      listener.changing(database, entry);
    }
  }

  @Override
  public void added(int database, Entry entry) {
    if (listener != null) {
      listener.added(database, entry);
    }
  }

  @Override
  public void removing(int database, Entry entry) {
    if (listener != null) {
      listener.removing(database, entry);
    }
  }

  @Override
  public void expirySet(int database, Entry entry) {
    if (listener != null) {
      listener.expirySet(database, entry);
    }
  }

  @Override
  public void expiryCleared(int database, Entry entry) {
    if (listener != null) {
      listener.expiryCleared(database, entry);
    }
  }

  @Override
  public void rewritten(int database, Entry entry) {
    watched.changed(database, entry.key);
    if (listener != null) {
      listener.changing(database, entry);
    }
  }

  @Override
  public void announced(int database, byte[] buffer, int offset, int length, String event) {
    if (listener != null) {
      listener.announced(database, buffer, offset, length, event);
    }
  }

  @Override
  public void ready(int database, byte[] key) {
    blocked.signal(database, key);
  }

  @Override
  public void missed(int database, byte[] buffer, int offset, int length) {
    if (listener != null) {
      listener.missed(database, buffer, offset, length);
    }
  }

  @Override
  public void changingAll(int database) {
    if (pipeline != null) {
      dirty.markAll(database, pipeline.openSequence());
    }
    watched.changedAll(keyspaces, database);
    blocked.signalAll(database);
    if (listener != null) {
      listener.changingAll(database);
    }
  }

  @Override
  public void evicted(int database, byte[] key) {
    recorder.begin(database, DEL, 1);
    recorder.argument(key, 0, key.length);
    if (listener != null) {
      listener.evicted(database, key);
    }
  }

  @Override
  public void fieldsExpired(int database, byte[] key, List<byte[]> fields, boolean all) {
    recorder.begin(database, all ? DEL : HDEL, 1 + fields.size());
    recorder.argument(key, 0, key.length);
    for (byte[] field : fields) {
      recorder.argument(field, 0, field.length);
    }
    if (listener != null) {
      listener.fieldsExpired(database, key, all);
    }
  }

  @Override
  public void scriptsTouched() {
    touched(0, SCRIPTS);
  }

  @Override
  public void scriptsChanging() {
    if (pipeline != null) {
      dirty.mark(0, SCRIPTS, pipeline.openSequence());
    }
  }

  @Override
  public void expired(int database, byte[] key) {
    recorder.begin(database, DEL, 1);
    recorder.argument(key, 0, key.length);
    if (listener != null) {
      listener.expired(database, key);
    }
  }
}
