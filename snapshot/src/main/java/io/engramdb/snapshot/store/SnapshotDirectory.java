package io.engramdb.snapshot.store;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVisitor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's own snapshots in one directory; see the package document. Whoever writes into it is one
 * thread; {@link #list} and {@link #read} may run on another at the same time.
 */
public final class SnapshotDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotDirectory.class);

  private static final String RDB = ".rdb";
  private static final String MANIFEST = ".manifest";
  private static final String TEMPORARY = ".tmp";
  private static final int BUFFER_SIZE_BYTES = 1 << 18;

  /** Largest manifest that is read. */
  private static final long MAX_MANIFEST_BYTES = 1 << 16;

  private final Path root;

  /** Names of snapshots that turned out to be none. */
  private final Set<String> rejected = ConcurrentHashMap.newKeySet();

  /** Names of snapshots that somebody reads, with how many do. */
  private final Map<String, Integer> pinned = new ConcurrentHashMap<>();

  private SnapshotDirectory(Path root) {
    this.root = root;
  }

  /** Opens a directory, makes it if need be, and removes what was left unfinished. */
  public static SnapshotDirectory open(Path root) throws IOException {
    Files.createDirectories(root);
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.toString().endsWith(TEMPORARY)) {
          Files.delete(file);
        }
      }
    }
    return new SnapshotDirectory(root);
  }

  /** Where it is. */
  public Path root() {
    return root;
  }

  /**
   * Snapshots that say they exist, the newest first. One whose manifest is damaged is none; a line
   * in the log says so.
   */
  public List<SnapshotManifest> list() throws IOException {
    List<SnapshotManifest> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.toString().endsWith(MANIFEST)) {
          try {
            if (Files.size(file) > MAX_MANIFEST_BYTES) {
              throw new IOException("it is larger than any manifest");
            }
            found.add(SnapshotManifest.decode(Files.readAllBytes(file)));
          } catch (IOException e) {
            LOG.error("{} is no snapshot: {}", file, e.getMessage());
          }
        }
      }
    }
    found.sort(Comparator.comparing(SnapshotManifest::index).reversed());
    return found;
  }

  /** Begins a file. */
  public SnapshotUpload begin() throws IOException {
    return new SnapshotUpload(root.resolve(UUID.randomUUID() + TEMPORARY));
  }

  /** The file of a snapshot. */
  public Path file(SnapshotManifest snapshot) {
    return root.resolve(snapshot.name() + RDB);
  }

  private Path manifestFile(SnapshotManifest snapshot) {
    return root.resolve(snapshot.name() + MANIFEST);
  }

  /**
   * Reads a complete file back, before it gets its name, and compares it with what it is to be.
   *
   * @throws IOException if it is something else
   */
  public void verify(SnapshotUpload upload, SnapshotManifest manifest) throws IOException {
    check(upload.file(), manifest);
    RdbDigest digest = new RdbDigest();
    readKeys(upload.file(), digest);
    compare(manifest, digest);
  }

  /**
   * Reads a snapshot and compares it with its manifest. Nothing that the visitor got is worth
   * anything unless this returns.
   */
  public void read(SnapshotManifest snapshot, RdbVisitor to) throws IOException {
    check(file(snapshot), snapshot);
    readKeys(file(snapshot), to);
  }

  /** Compares what was read, or said, with a manifest. */
  public static void compare(SnapshotManifest manifest, RdbDigest digest) throws IOException {
    if (digest.keys() != manifest.keys() || !digest.value().equals(manifest.digest())) {
      throw new IOException(
          String.format(
              "the snapshot has %d keys with digest %s, expected %d with %s",
              digest.keys(), digest.value(), manifest.keys(), manifest.digest()));
    }
  }

  private static void readKeys(Path file, RdbVisitor to) throws IOException {
    RdbLimits limits =
        RdbLimits.DEFAULT.withStringSizeBytes(Integer.MAX_VALUE - 8).withTracked(0, 0);
    try (RdbReader reader = RdbReader.open(file, limits, ModulePolicy.FAIL)) {
      reader.read(to);
    }
  }

  private static void check(Path file, SnapshotManifest manifest) throws IOException {
    CRC32C sum = new CRC32C();
    long sizeBytes = 0;
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer) >= 0) {
        buffer.flip();
        sizeBytes += buffer.remaining();
        sum.update(buffer);
        buffer.clear();
      }
    }
    if (sizeBytes != manifest.sizeBytes() || (int) sum.getValue() != manifest.crc32c()) {
      throw new IOException(
          String.format(
              "%s has %d bytes with checksum %08x, expected %d with %08x",
              file, sizeBytes, (int) sum.getValue(), manifest.sizeBytes(), manifest.crc32c()));
    }
  }

  /** A snapshot does not hold: it counts no more when others are deleted because of it. */
  public void reject(SnapshotManifest snapshot) {
    rejected.add(snapshot.name());
  }

  /** Makes a complete, verified file a snapshot. On disk when this returns. */
  public void publish(SnapshotUpload upload, SnapshotManifest manifest) throws IOException {
    Files.move(upload.file(), file(manifest), StandardCopyOption.ATOMIC_MOVE);
    forceDirectory();
    rejected.remove(manifest.name());
    Path temporary = root.resolve(UUID.randomUUID() + TEMPORARY);
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(manifest.encode());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, manifestFile(manifest), StandardCopyOption.ATOMIC_MOVE);
    forceDirectory();
  }

  /** Part of a snapshot's file; fewer bytes only at its end. Any thread. */
  public byte[] piece(SnapshotManifest snapshot, long offset, int sizeBytes) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate((int) Math.min(sizeBytes, snapshot.sizeBytes() - offset));
    try (FileChannel channel = FileChannel.open(file(snapshot), StandardOpenOption.READ)) {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw new IOException(file(snapshot) + " is shorter than its manifest says");
        }
      }
    }
    return buffer.array();
  }

  /** Somebody reads a snapshot: it stays until {@link #unpin}, however old. Any thread. */
  public void pin(SnapshotManifest snapshot) {
    pinned.merge(snapshot.name(), 1, Integer::sum);
  }

  /** A reader is done; once for each {@link #pin}. */
  public void unpin(SnapshotManifest snapshot) {
    pinned.computeIfPresent(snapshot.name(), (name, count) -> count == 1 ? null : count - 1);
  }

  /** The newest snapshots of a history, without those that turned out to be none. */
  public List<SnapshotManifest> kept(UUID incarnation, int count) throws IOException {
    return list().stream()
        .filter(each -> each.incarnation().equals(incarnation) && !rejected.contains(each.name()))
        .limit(count)
        .toList();
  }

  /**
   * Deletes all snapshots but the newest ones of a history, and those that somebody reads; those of
   * other histories are left alone.
   *
   * @return the newest that are left of it, the newest first
   */
  public List<SnapshotManifest> retain(UUID incarnation, int count) throws IOException {
    List<SnapshotManifest> kept = new ArrayList<>();
    for (SnapshotManifest each : list()) {
      if (!each.incarnation().equals(incarnation)) {
        continue;
      }
      if (kept.size() < count) {
        // A damaged one stays for whoever wants to look at it, until there are enough others.
        if (!rejected.contains(each.name())) {
          kept.add(each);
        }
      } else if (!pinned.containsKey(each.name())) {
        Files.deleteIfExists(manifestFile(each));
        forceDirectory();
        Files.deleteIfExists(file(each));
        LOG.info("snapshot {} is deleted", each.name());
      }
    }
    return kept;
  }

  private void forceDirectory() throws IOException {
    try (FileChannel directory = FileChannel.open(root, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
