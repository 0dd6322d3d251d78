package io.engramdb.node.durability;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.SnapshotWalk;
import io.engramdb.node.rdb.RdbTee;
import io.engramdb.node.rdb.ValueToRdb;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotUpload;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One snapshot on its way: from the walk over the data, on the shard's thread, to the complete and
 * verified file, on the thread of snapshots.
 */
final class SnapshotRun {

  /** Encoded bytes that may wait for the disk before the walk pauses. */
  static final long PAUSE_AT_BYTES = 8 << 20;

  /**
   * Encoded bytes that may wait for the disk at all: commands that change more than it takes end
   * the snapshot, not the process. A single value may exceed it by its own size.
   */
  static final long GIVE_UP_AT_BYTES = 64 << 20;

  final SnapshotHead head;

  /** Epoch whose records the snapshot contains uncommitted; 0 if all of them were committed. */
  final long epoch;

  final long startedMs;
  final long startedNanos;
  final long totalKeys;
  final long changeCount;

  private final SnapshotDirectory directory;
  private final SnapshotStream stream;
  private final RdbWriter writer;
  private final RdbDigest digest = new RdbDigest();
  private final RdbTee keys;
  private final SnapshotWalk walk;

  /** Why it will come to nothing; null as long as it may. Shard thread only. */
  private @Nullable String broken;

  SnapshotRun(
      SnapshotHead head,
      long epoch,
      Keyspaces keyspaces,
      SnapshotDirectory directory,
      Executor background,
      long startedMs,
      long startedNanos)
      throws IOException {
    this.head = head;
    this.epoch = epoch;
    this.directory = directory;
    this.startedMs = startedMs;
    this.startedNanos = startedNanos;
    totalKeys = keyspaces.keyCount();
    changeCount = keyspaces.changeCount();
    stream = new SnapshotStream(directory, background);
    // Neither compressed nor summed: that would be the shard's time. The newer version only where
    // it
    // is needed: fewer servers read it.
    writer = RdbWriter.unsummed(stream, version(keyspaces));
    keys = new RdbTee(writer, digest, (name, value) -> {});
    writer.header(writer.version());
    head.say(writer);
    // At once, while they are those of this index.
    SnapshotHead.sayScripts(keyspaces.scripts(), writer);
    for (Bytes library : keyspaces.scripts().libraries().values()) {
      keys.function(library.array());
    }
    for (int i = 0; i < keyspaces.count(); i++) {
      int size = keyspaces.database(i).size();
      if (size > 0) {
        writer.databaseSize(i, size, keyspaces.database(i).expiringCount());
      }
    }
    walk = SnapshotWalk.begin(keyspaces, this::show);
  }

  private static int version(Keyspaces keyspaces) {
    for (int i = 0; i < keyspaces.count(); i++) {
      if (keyspaces.database(i).expiringHashCount() > 0) {
        return RdbVersion.REDIS_7_4;
      }
    }
    return RdbVersion.REDIS_7_2;
  }

  private void show(int database, Entry entry, long expireAtMs) {
    if (broken != null) {
      return;
    }
    try {
      RdbKey key = new RdbKey(database, entry.key, expireAtMs);
      ValueToRdb.say(key, entry.value(), keys);
    } catch (IOException e) {
      abandon(String.valueOf(e.getMessage()));
    }
    if (stream.waitingBytes() > GIVE_UP_AT_BYTES) {
      abandon("more is changed than the disk takes");
    }
  }

  /** Nothing more is written; the walk must be taken to its end all the same. */
  void abandon(String why) {
    if (broken == null) {
      broken = why;
      walk.abandon();
    }
  }

  /** Why it comes to nothing, or null. */
  @Nullable String broken() {
    return walk.isForgotten() ? "the data were thrown away" : broken;
  }

  /** Keys written so far. */
  long shownKeys() {
    return digest.keys();
  }

  /** Whether the disk is behind. */
  boolean mustPause() {
    return broken == null && stream.waitingBytes() > PAUSE_AT_BYTES;
  }

  /** Bytes so far, what stands in the encoder included. */
  long sizeBytes() {
    return writer.sizeBytes();
  }

  /** Goes on with some entries; true if all were met. */
  boolean step(int entries) {
    return walk.step(entries);
  }

  /** All keys were said: ends the file with the users. */
  void end(List<String> users) throws IOException {
    SnapshotHead.sayUsers(users, writer);
    writer.end();
    stream.flush();
  }

  // --- on the thread of snapshots

  /**
   * The file is complete: reads it back, compares it, and makes it exist.
   *
   * @return what makes it a snapshot
   */
  SnapshotManifest publish(UUID shard, long nowMs) throws IOException {
    SnapshotUpload upload = stream.complete();
    SnapshotManifest manifest =
        head.manifest(shard, digest, upload, writer.version().number(), nowMs);
    directory.verify(upload, manifest);
    directory.publish(upload, manifest);
    return manifest;
  }

  /** Removes what was written. */
  void discard() {
    stream.abort();
  }
}
