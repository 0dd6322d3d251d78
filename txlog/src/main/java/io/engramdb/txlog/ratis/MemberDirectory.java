package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.MemberDirectoryException;
import io.engramdb.txlog.api.MemberDirectoryException.Reason;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.SizeInBytes;

/**
 * A member's directory, opened by one process: makes a new one, or makes sure that an old one is
 * whole and the right one. It never deletes anything to make it fit.
 *
 * <p>A new directory gets its log first and its marker last; what a crash leaves in between has no
 * marker and is refused, and nothing was ever acknowledged with it.
 */
final class MemberDirectory implements Closeable {
  private static final String MARKER = "identity";
  private static final String LOCK = "lock";

  /** What a fresh file system may contain. */
  private static final List<String> IGNORED = List.of("lost+found", LOCK);

  private final Path root;
  private final UUID shard;
  private final FileChannel lockFile;
  private boolean joined;
  private LogPosition floor = LogPosition.NONE;

  private MemberDirectory(Path root, UUID shard, FileChannel lockFile) {
    this.root = root;
    this.shard = shard;
    this.lockFile = lockFile;
  }

  static MemberDirectory open(TxLogConfig config) throws IOException {
    Path root = config.directory();
    if (!config.create() && isEmpty(root)) {
      throw refused(
          Reason.EMPTY,
          root,
          "is empty: " + config.self() + " has never run here, or lost its disk");
    }
    Files.createDirectories(root);
    MemberDirectory directory = new MemberDirectory(root, config.shardId(), lock(root));
    try {
      if (config.create()) {
        directory.create(config);
      } else {
        directory.recognise(config);
      }
      directory.checkFloor(config);
      return directory;
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static boolean isEmpty(Path root) throws IOException {
    if (Files.notExists(root)) {
      return true;
    }
    try (Stream<Path> content = Files.list(root)) {
      return content.allMatch(path -> IGNORED.contains(path.getFileName().toString()));
    }
  }

  private static FileChannel lock(Path root) throws IOException {
    FileChannel channel =
        FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw refused(Reason.IN_USE, root, "is used by another process");
    }
    return channel;
  }

  private void create(TxLogConfig config) throws IOException {
    if (!isEmpty(root)) {
      throw refused(Reason.NOT_EMPTY, root, "is not empty: a new member needs an empty one");
    }
    Files.createDirectories(storage());
    try (RaftStorage formatted =
        RaftStorage.newBuilder()
            .setDirectory(group().toFile())
            .setOption(RaftStorage.StartupOption.FORMAT)
            .setLogCorruptionPolicy(CorruptionPolicy.EXCEPTION)
            .setStorageFreeSpaceMin(SizeInBytes.valueOf("0"))
            .build()) {
      formatted.initialize();
    }
    UUID id = UUID.randomUUID();
    DirectoryId.write(directoryIdFile(), id);
    ChecksummedFile.forceDirectory(segments());
    ChecksummedFile.forceDirectory(storage());
    joined = config.joining();
    new IdentityMarker(
            config.clusterId(), config.shardId(), id, joined, votes(config), config.self())
        .write(root.resolve(MARKER));
    Path above = root.toAbsolutePath().getParent();
    if (above != null) {
      ChecksummedFile.forceDirectory(above);
    }
  }

  private void recognise(TxLogConfig config) throws IOException {
    Path file = root.resolve(MARKER);
    if (Files.notExists(file)) {
      throw refused(
          Reason.MARKER_MISSING,
          root,
          "has no identity marker: its creation was interrupted, or part of it is missing");
    }
    IdentityMarker marker;
    try {
      marker = IdentityMarker.read(file);
    } catch (IOException e) {
      throw refused(Reason.MARKER_DAMAGED, root, "has an unreadable marker: " + e.getMessage());
    }
    checkOwner(config, marker);
    if (Files.notExists(segments().resolve("raft-meta")) || Files.notExists(directoryIdFile())) {
      throw refused(Reason.LOG_MISSING, root, "has an identity marker but its log is missing");
    }
    UUID inside;
    try {
      inside = DirectoryId.read(directoryIdFile());
    } catch (IOException e) {
      throw refused(Reason.MARKER_DAMAGED, root, "has an unreadable id: " + e.getMessage());
    }
    if (!inside.equals(marker.directory())) {
      throw refused(
          Reason.MIXED, root, "has a log of directory " + inside + ", not " + marker.directory());
    }
    joined = marker.joined();
  }

  private void checkOwner(TxLogConfig config, IdentityMarker marker) throws IOException {
    if (!marker.cluster().equals(config.clusterId())) {
      throw refused(
          Reason.FOREIGN,
          root,
          "belongs to cluster " + marker.cluster() + ", not " + config.clusterId());
    }
    if (!marker.shard().equals(config.shardId())) {
      throw refused(
          Reason.FOREIGN, root, "belongs to shard " + marker.shard() + ", not " + config.shardId());
    }
    if (!marker.member().equals(config.self())) {
      throw refused(
          Reason.FOREIGN, root, "belongs to member " + marker.member() + ", not " + config.self());
    }
    if (marker.votes() != votes(config)) {
      throw refused(
          Reason.OTHER_ROLE,
          root,
          "is that of a member that "
              + (marker.votes() ? "votes" : "has no vote")
              + ", which is not the role that "
              + config.self()
              + " is given now");
    }
  }

  private static boolean votes(TxLogConfig config) {
    return config.selfMember().role() != Member.Role.LISTENER;
  }

  private void checkFloor(TxLogConfig config) throws IOException {
    floor = FloorFile.read(floorFile());
    boolean needsData = config.selfMember().role() != Member.Role.LOG_VOTER;
    if (needsData && config.snapshot().index() < floor.index()) {
      throw refused(
          Reason.SNAPSHOT_TOO_OLD,
          root,
          "has a log that begins after " + floor + ", the snapshot ends at " + config.snapshot());
    }
  }

  static MemberDirectoryException refused(Reason reason, Path root, String message) {
    return new MemberDirectoryException(reason, "directory " + root + " " + message);
  }

  Path root() {
    return root;
  }

  /** Where Ratis keeps all groups; there is one. */
  Path storage() {
    return root.resolve("raft");
  }

  private Path group() {
    return storage().resolve(shard.toString());
  }

  /** Where the group's segments are. */
  Path segments() {
    return group().resolve("current");
  }

  Path removed() {
    return root.resolve("removed");
  }

  Path floorFile() {
    return root.resolve("floor");
  }

  private Path directoryIdFile() {
    return group().resolve("directory-id");
  }

  /** Whether the member was added to a shard that existed. */
  boolean joined() {
    return joined;
  }

  /** What was purged when the directory was opened. */
  LogPosition floor() {
    return floor;
  }

  @Override
  public void close() throws IOException {
    // Closing the channel gives the lock back. The file stays: removing it would race with others.
    lockFile.close();
  }
}
