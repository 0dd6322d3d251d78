package io.engramdb.snapshot.store;

import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.ObjectStore;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.objects.StoredObject;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.ReadWatcher;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots of any number of shards in a store of objects; see the package document. Any thread.
 *
 * <p>Nothing is believed of a store: a snapshot exists after its file was read back from there and
 * compared, key by key, with what its manifest says.
 */
public final class SnapshotStore implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotStore.class);
  private static final long NANOS_PER_MS = 1_000_000;

  static final String RDB = ".rdb";
  static final String MANIFEST = ".manifest";

  /** Largest manifest that is read. */
  private static final int MAX_MANIFEST_BYTES = 1 << 16;

  /** Of the tail of a file that is read only for its checksum. */
  private static final int BUFFER_SIZE_BYTES = 1 << 16;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final ObjectStore objects;

  /** The snapshots of this store, which is closed with this object. */
  public SnapshotStore(ObjectStore objects) {
    this.objects = objects;
  }

  /** Opens a store by its address; nobody is asked yet. */
  public static SnapshotStore open(StoreUrl url) throws IOException {
    return new SnapshotStore(ObjectStores.open(url));
  }

  /** What it is, for people. */
  public String description() {
    return objects.description();
  }

  /** Where the objects are. */
  public ObjectStore objects() {
    return objects;
  }

  /** The archived logs beside the snapshots. */
  public LogArchive archive() {
    return new LogArchive(objects);
  }

  /** Where a snapshot would be. The same for the same one, so that an upload can go on. */
  public static String path(SnapshotSeries series, SnapshotManifest manifest) {
    return String.format(
        "%s/%s/%s/%s-%s-%08x",
        series.folder(),
        manifest.shard(),
        manifest.incarnation(),
        TIME.format(Instant.ofEpochMilli(manifest.createdMs())),
        manifest.name(),
        manifest.crc32c());
  }

  /**
   * Brings a snapshot into the store: the file, then everything is read back, then the manifest. If
   * it is there already nothing is changed.
   *
   * @param file as the manifest says; must not change meanwhile
   */
  public StoredSnapshot publish(SnapshotSeries series, SnapshotManifest manifest, Path file)
      throws IOException {
    StoredSnapshot stored = new StoredSnapshot(path(series, manifest), manifest);
    if (objects.find(stored.manifestName()) != null && manifest.equals(manifest(stored.path()))) {
      return stored;
    }
    objects.put(stored.rdb(), Content.of(file), false);
    verify(stored);
    try {
      objects.put(stored.manifestName(), Content.of(manifest.encode()), true);
    } catch (StoreException e) {
      if (e.fault() != StoreFault.EXISTS || !manifest.equals(manifest(stored.path()))) {
        throw e;
      }
    }
    return stored;
  }

  /**
   * Snapshots in the store, the newest first. What has a damaged manifest is none; a line in the
   * log says so.
   */
  public List<StoredSnapshot> list() throws IOException {
    return list("");
  }

  /** Those whose path begins so. */
  public List<StoredSnapshot> list(String prefix) throws IOException {
    List<StoredSnapshot> found = new ArrayList<>();
    for (String name : manifests(prefix)) {
      String path = name.substring(0, name.length() - MANIFEST.length());
      try {
        found.add(new StoredSnapshot(path, manifest(path)));
      } catch (StoreException e) {
        if (e.fault() != StoreFault.NOT_FOUND) {
          throw e;
        }
      } catch (DamagedManifestException e) {
        LOG.error("{} in {} is no snapshot: {}", path, description(), e.getMessage());
      }
    }
    found.sort(
        Comparator.comparing((StoredSnapshot each) -> each.manifest().createdMs())
            .thenComparing(each -> each.manifest().index())
            .thenComparing(StoredSnapshot::path)
            .reversed());
    return found;
  }

  /** Names of manifests; among the segments of archived logs, which may be many, there is none. */
  private List<String> manifests(String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    boolean[] atArchive = {false};
    ObjectStore.Visitor visitor =
        object -> {
          atArchive[0] = object.name().startsWith(LogArchive.FOLDER);
          if (object.name().endsWith(MANIFEST) && !atArchive[0]) {
            if (names.size() == ObjectStore.MAX_LISTED) {
              throw new StoreException(
                  StoreFault.REFUSED, description() + " has more snapshots than " + names.size());
            }
            names.add(object.name());
          }
          return !atArchive[0];
        };
    objects.each(prefix, "", visitor);
    if (atArchive[0]) {
      objects.each(prefix, LogArchive.END, visitor);
    }
    return names;
  }

  /** Names of files that no manifest stands for. */
  public List<StoredObject> orphans() throws IOException {
    List<StoredObject> orphans = new ArrayList<>();
    // A file that somebody else has put beside them is never taken for a rest of one.
    for (SnapshotSeries each : SnapshotSeries.values()) {
      orphans.addAll(orphans(each.folder() + "/"));
    }
    return orphans;
  }

  /** Those whose names begin so. */
  public List<StoredObject> orphans(String prefix) throws IOException {
    List<StoredObject> all = objects.list(prefix);
    Set<String> known = all.stream().map(StoredObject::name).collect(Collectors.toSet());
    List<StoredObject> orphans = new ArrayList<>();
    for (StoredObject each : all) {
      String name = each.name();
      if (name.endsWith(RDB)
          && !known.contains(name.substring(0, name.length() - RDB.length()) + MANIFEST)) {
        orphans.add(each);
      }
    }
    return orphans;
  }

  private SnapshotManifest manifest(String path) throws IOException {
    byte[] bytes;
    try (InputStream in = objects.open(path + MANIFEST, 0, MAX_MANIFEST_BYTES)) {
      bytes = in.readAllBytes();
    }
    try {
      return SnapshotManifest.decode(bytes);
    } catch (IOException e) {
      throw new DamagedManifestException(e);
    }
  }

  /** One snapshot by its path. */
  public StoredSnapshot get(String path) throws IOException {
    return new StoredSnapshot(path, manifest(path));
  }

  /** The RDB file of a snapshot. Its reader must compare it with the manifest. */
  public InputStream openFile(StoredSnapshot snapshot) throws IOException {
    return objects.open(snapshot.rdb(), 0, snapshot.manifest().sizeBytes());
  }

  /** Reads all of a snapshot back and compares it with its manifest. */
  public SnapshotCheck verify(StoredSnapshot snapshot) throws IOException {
    long startNanos = System.nanoTime();
    RdbDigest digest = new RdbDigest();
    read(snapshot, digest);
    SnapshotDirectory.compare(snapshot.manifest(), digest);
    return new SnapshotCheck(
        digest.keys(),
        snapshot.manifest().sizeBytes(),
        (System.nanoTime() - startNanos) / NANOS_PER_MS);
  }

  /**
   * Shows a snapshot's keys. Nothing that the visitor got is worth anything unless this returns.
   */
  public void read(StoredSnapshot snapshot, RdbVisitor to) throws IOException {
    RdbLimits limits =
        RdbLimits.DEFAULT.withStringSizeBytes(Integer.MAX_VALUE - 8).withTracked(0, 0);
    CRC32C sum = new CRC32C();
    SummedStream in = new SummedStream(openFile(snapshot), sum);
    try (RdbReader reader = RdbReader.of(in, limits, ModulePolicy.FAIL)) {
      reader.read(to);
      byte[] buffer = new byte[BUFFER_SIZE_BYTES];
      while (in.read(buffer) >= 0) {
        // What stands behind the end counts for size and checksum.
      }
    }
    compare(snapshot, in.sizeBytes(), (int) sum.getValue());
  }

  /** Compares the file of a snapshot that was read with its manifest. */
  void compare(StoredSnapshot snapshot, long sizeBytes, int crc32c) throws StoreException {
    SnapshotManifest manifest = snapshot.manifest();
    if (sizeBytes != manifest.sizeBytes() || crc32c != manifest.crc32c()) {
      throw new StoreException(
          StoreFault.DAMAGED,
          String.format(
              "%s in %s has %d bytes with checksum %08x, expected %d with %08x",
              snapshot.rdb(),
              description(),
              sizeBytes,
              crc32c,
              manifest.sizeBytes(),
              manifest.crc32c()));
    }
  }

  /** Deletes a snapshot, the manifest first. */
  public void delete(StoredSnapshot snapshot) throws IOException {
    objects.delete(snapshot.manifestName());
    objects.delete(snapshot.rdb());
  }

  /**
   * Writes a snapshot's RDB file to a path, whole and compared, or not at all.
   *
   * @param file must not exist
   */
  public void download(StoredSnapshot snapshot, Path file) throws IOException {
    download(snapshot, file, ReadWatcher.NONE);
  }

  /** As {@link #download(StoredSnapshot, Path)}, with somebody who hears how far it is. */
  public void download(StoredSnapshot snapshot, Path file, ReadWatcher watcher) throws IOException {
    CRC32C sum = new CRC32C();
    FileCopy.write(
        new SummedStream(openFile(snapshot), sum),
        file,
        sizeBytes -> compare(snapshot, sizeBytes, (int) sum.getValue()),
        watcher);
  }

  @Override
  public void close() {
    objects.close();
  }

  private static final class DamagedManifestException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedManifestException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
