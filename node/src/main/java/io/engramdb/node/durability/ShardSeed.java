package io.engramdb.node.durability;

import io.engramdb.node.rdb.DataSize;
import io.engramdb.node.rdb.RdbTee;
import io.engramdb.node.rdb.SeedFilter;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.rdb.ReadWatcher;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotUpload;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Gives a shard that is not born yet its first data: makes of a foreign RDB file a snapshot that
 * stands before the first entry of the log, the same for all its data nodes. The shard's first
 * record says that there was one, so that a node that has lost it stops instead of going on with
 * half of the data.
 */
public final class ShardSeed {

  /** What holds whatever a foreign file may hold, expiry of hash fields included. */
  private static final int RDB_VERSION = RdbVersion.REDIS_7_4;

  private static final int BUFFER_SIZE_BYTES = 1 << 16;

  /** Index before the first one of any log. */
  static final long INDEX = -1;

  /**
   * What was made.
   *
   * @param keys keys in it
   * @param expiredKeys keys left out because their time has passed
   * @param functions function libraries in it
   */
  public record Report(long keys, long expiredKeys, long functions) {}

  /**
   * What must hold, and who hears how far it is.
   *
   * @param maxDataBytes memory that the keys may take on a data node
   */
  public record Terms(long maxDataBytes, ReadWatcher watcher) {

    /** None. */
    public static final Terms NONE = new Terms(Long.MAX_VALUE, ReadWatcher.NONE);
  }

  private ShardSeed() {}

  /**
   * Makes the snapshot in each of these directories.
   *
   * @param databases how many the shard has
   * @param directories of snapshots, one for each data node
   * @throws IOException the file is damaged or holds what the shard can't, or a disk failed; what
   *     was made until then is to be removed
   */
  public static Report plant(
      Path file, int databases, UUID shard, UUID incarnation, long nowMs, List<Path> directories)
      throws IOException {
    return plant(file, databases, shard, incarnation, nowMs, directories, Terms.NONE);
  }

  /** As the other one, on terms. */
  public static Report plant(
      Path file,
      int databases,
      UUID shard,
      UUID incarnation,
      long nowMs,
      List<Path> directories,
      Terms terms)
      throws IOException {
    SnapshotHead head =
        new SnapshotHead(
            new Genesis(incarnation, DurabilitySettings.DEFAULT_LEASE_DURATION_MS),
            0,
            INDEX,
            0,
            0,
            0);
    SnapshotDirectory first = SnapshotDirectory.open(directories.getFirst());
    SnapshotUpload upload = first.begin();
    RdbDigest digest = new RdbDigest();
    SeedFilter filter = copy(file, upload, head, digest, databases, nowMs, terms);
    upload.complete();
    SnapshotManifest manifest = head.manifest(shard, digest, upload, RDB_VERSION, nowMs);
    first.verify(upload, manifest);
    first.publish(upload, manifest);
    for (Path each : directories.subList(1, directories.size())) {
      copy(first.file(manifest), SnapshotDirectory.open(each), manifest);
    }
    return new Report(digest.keys(), filter.expiredKeys(), filter.functions());
  }

  private static SeedFilter copy(
      Path file,
      SnapshotUpload to,
      SnapshotHead head,
      RdbDigest digest,
      int databases,
      long nowMs,
      Terms terms)
      throws IOException {
    RdbWriter writer = new RdbWriter(new UploadStream(to), RDB_VERSION, false);
    writer.header(writer.version());
    head.say(writer);
    DataSize size = new DataSize();
    RdbTee kept = new RdbTee(digest, size, (name, value) -> {});
    try (RdbReader reader = RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      SeedFilter filter =
          new SeedFilter(new RdbTee(writer, kept, (name, value) -> {}), databases, nowMs);
      filter.listen(
          keys -> {
            terms.watcher().at(keys, reader.offset());
            if (size.bytes() > terms.maxDataBytes()) {
              throw new RdbRefusal(
                  RdbFault.LIMIT,
                  "not enough memory: the keys up to here take more than the "
                      + terms.maxDataBytes()
                      + " bytes of data that a node may hold");
            }
          });
      reader.read(filter);
      writer.end();
      return filter;
    }
  }

  private static void copy(Path file, SnapshotDirectory to, SnapshotManifest manifest)
      throws IOException {
    SnapshotUpload upload = to.begin();
    byte[] buffer = new byte[BUFFER_SIZE_BYTES];
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
        upload.write(buffer, size);
      }
    }
    upload.complete();
    to.verify(upload, manifest);
    to.publish(upload, manifest);
  }

  private static final class UploadStream extends OutputStream {
    private final SnapshotUpload to;

    UploadStream(SnapshotUpload to) {
      this.to = to;
    }

    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (offset == 0) {
        to.write(bytes, length);
      } else {
        byte[] part = Arrays.copyOfRange(bytes, offset, offset + length);
        to.write(part, length);
      }
    }
  }
}
