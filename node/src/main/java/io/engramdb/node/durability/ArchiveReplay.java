package io.engramdb.node.durability;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.engine.KeyspaceObserver;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.SnapshotWalk;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.rdb.ValueToRdb;
import io.engramdb.node.shard.EffectCodec;
import io.engramdb.node.shard.ReplayExecutor;
import io.engramdb.snapshot.archive.ArchiveException;
import io.engramdb.snapshot.archive.ArchivedRecord;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.Segment;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.rdb.ReadWatcher;
import io.engramdb.snapshot.restore.RestorePlan;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import io.engramdb.txlog.api.RecordKind;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Makes in memory, away from any shard, the state that a snapshot and the archived log behind it
 * give: with the handlers that executed the commands, as a restart would. Everything is compared on
 * the way: the snapshot with its digest, each segment with its checksums, each record with the
 * running checksum of what came before. One thread; worth nothing if anything throws.
 */
public final class ArchiveReplay {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int ENTRIES_PER_STEP = 1024;

  private final Keyspaces keyspaces;
  private final ValueLimits limits;
  private final long maxSizeBytes;
  private final ReplayExecutor replay;
  private long appliedIndex;
  private long records;

  /**
   * Nothing yet.
   *
   * @param empty where the state grows
   * @param maxSizeBytes estimated bytes that it may take
   */
  public ArchiveReplay(CommandTable table, Keyspaces empty, ValueLimits limits, long maxSizeBytes) {
    keyspaces = empty;
    keyspaces.observe(KeyspaceObserver.NONE);
    this.limits = limits;
    this.maxSizeBytes = maxSizeBytes;
    replay = new ReplayExecutor(table, keyspaces);
  }

  /** Carries a plan out. */
  public void run(SnapshotStore store, RestorePlan plan) throws IOException {
    run(store, plan, ReadWatcher.NONE);
  }

  /** As {@link #run(SnapshotStore, RestorePlan)}; the bytes are those of the log's segments. */
  public void run(SnapshotStore store, RestorePlan plan, ReadWatcher watcher) throws IOException {
    long doneBytes = 0;
    StoredSnapshot base = plan.base();
    if (base != null) {
      load(store, base);
    }
    appliedIndex = plan.fromIndex() - 1;
    LogArchive archive = store.archive();
    for (SegmentHead each : plan.segments()) {
      Segment segment = archive.read(each.name());
      if (!segment.head().equals(each)) {
        throw new ArchiveException(each.name() + " is another one than a moment ago");
      }
      segment.read(record -> apply(plan, record));
      doneBytes += each.sizeBytes();
      watcher.at(records, doneBytes);
    }
  }

  private void load(SnapshotStore store, StoredSnapshot base) throws IOException {
    SnapshotManifest manifest = base.manifest();
    LoadedSnapshot.load(manifest, to -> store.read(base, to), keyspaces, limits, maxSizeBytes);
    replay.restore(manifest.runningChecksum(), manifest.timeMs(), manifest.records());
  }

  private void apply(RestorePlan plan, ArchivedRecord record) throws IOException {
    if (record.index() <= appliedIndex || record.index() > plan.lastIndex()) {
      return;
    }
    appliedIndex = record.index();
    if (record.kind() == RecordKind.GENESIS.code()) {
      check(plan, Genesis.decode(record.payload()));
      return;
    }
    if (record.kind() != RecordKind.DATA.code() || !EffectCodec.isReadable(record.payload())) {
      throw new ArchiveException("record " + record.index() + " is of a kind that is not known");
    }
    try {
      replay.apply(record.term(), record.payload());
    } catch (Invariant.InvariantViolation | RuntimeException e) {
      throw new IOException(
          "record " + record.index() + " of the archived log can't be applied: " + e.getMessage(),
          e);
    }
    records++;
    if (keyspaces.usedBytes() > maxSizeBytes) {
      throw new IOException(
          "the data takes more memory than there is: " + maxSizeBytes + " bytes may be used");
    }
  }

  private static void check(RestorePlan plan, Genesis genesis) throws ArchiveException {
    if (!genesis.incarnation().equals(plan.history().incarnation())) {
      throw new ArchiveException("the archived log begins with the record of another history");
    }
    if (genesis.seeded() && plan.base() == null) {
      throw new ArchiveException("the file that this history began with is not in the store");
    }
  }

  /** DATA records that were applied. */
  public long records() {
    return records;
  }

  /** DATA records that made the state, those before the snapshot included. */
  public long allRecords() {
    return replay.appliedRecords();
  }

  public int runningChecksum() {
    return replay.runningChecksum();
  }

  /** Whether the last run was cut short by the end of the plan; none of it was applied. */
  public boolean endsInsideRun() {
    return replay.hasOpenRun();
  }

  public long keys() {
    return keyspaces.keyCount();
  }

  /** The digest of all keys. */
  public String digest() throws IOException {
    RdbDigest digest = new RdbDigest();
    for (Bytes library : keyspaces.scripts().libraries().values()) {
      digest.function(library.array());
    }
    show(digest, null);
    return digest.value();
  }

  /**
   * Writes the state as an RDB file.
   *
   * @param file must not exist
   * @param pattern only keys that match, and no functions; null: everything
   */
  public void write(Path file, @Nullable GlobPattern pattern) throws IOException {
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            BUFFER_BYTES)) {
      RdbWriter writer = new RdbWriter(out, RdbVersion.REDIS_7_4, false);
      writer.header(writer.version());
      if (pattern == null) {
        for (Bytes library : keyspaces.scripts().libraries().values()) {
          writer.function(library.array());
        }
      }
      show(writer, pattern);
      writer.end();
    }
  }

  private void show(RdbVisitor to, @Nullable GlobPattern pattern) throws IOException {
    IOException[] failure = {null};
    SnapshotWalk walk =
        SnapshotWalk.begin(
            keyspaces,
            (database, entry, expireAtMs) -> {
              try {
                if (failure[0] == null && (pattern == null || pattern.matches(entry.key))) {
                  RdbKey key = new RdbKey(database, entry.key, expireAtMs);
                  ValueToRdb.say(key, entry.value(), to);
                }
              } catch (IOException e) {
                failure[0] = e;
              }
            });
    boolean over = false;
    while (!over) {
      over = walk.step(ENTRIES_PER_STEP);
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }
}
