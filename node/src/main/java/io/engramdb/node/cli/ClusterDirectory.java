package io.engramdb.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/**
 * The files of one local cluster: {@code cluster.json}, {@code tls/} and one directory per member.
 * One command at a time works on it: see {@link #lock}.
 */
final class ClusterDirectory {
  private static final String CLUSTER_FILE = "cluster.json";
  private static final String LOCK_FILE = ".lock";
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path root;

  ClusterDirectory(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  Path root() {
    return root;
  }

  Path tls() {
    return root.resolve("tls");
  }

  Path of(ClusterMember member) {
    return root.resolve(member.name());
  }

  Path configFile(ClusterMember member) {
    return of(member).resolve("engram.conf");
  }

  Path logFile(ClusterMember member) {
    return of(member).resolve("engram.log");
  }

  Path pidFile(ClusterMember member) {
    return of(member).resolve("engram.pid");
  }

  /** Where a log-only voter says how it is. */
  Path statusFile(ClusterMember member) {
    return of(member).resolve("status.json");
  }

  /** Whether a cluster lives here. */
  boolean holdsCluster() {
    return Files.isRegularFile(root.resolve(CLUSTER_FILE));
  }

  /** Refuses a directory that is neither a cluster's nor empty. */
  void requireUsable() throws CliException {
    if (holdsCluster() || !Files.exists(root)) {
      return;
    }
    if (!Files.isDirectory(root)) {
      throw new CliException(root + " is a file; give a directory with --dir");
    }
    try (Stream<Path> entries = Files.list(root)) {
      if (entries.anyMatch(entry -> !entry.getFileName().toString().equals(LOCK_FILE))) {
        throw new CliException(
            root + " is not empty and holds no Engram cluster; give another directory with --dir");
      }
    } catch (IOException e) {
      throw new CliException("can't read " + root + ": " + e.getMessage(), e);
    }
  }

  /** Reads what the cluster was made with. */
  ClusterFile read() throws CliException {
    Path file = root.resolve(CLUSTER_FILE);
    if (!Files.isRegularFile(file)) {
      throw new CliException("no cluster in " + root + "; make one with: engram up --dir " + root);
    }
    try {
      ClusterFile cluster = JSON.readValue(Files.readAllBytes(file), ClusterFile.class);
      if (cluster.format() != ClusterFile.FORMAT) {
        throw new CliException(
            file
                + " has format "
                + cluster.format()
                + "; this program reads format "
                + ClusterFile.FORMAT);
      }
      return cluster;
    } catch (JsonProcessingException e) {
      throw new CliException(file + " is damaged: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CliException("can't read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Writes {@code cluster.json}, readable by its owner alone because it may hold a password. */
  void write(ClusterFile cluster) throws CliException {
    Path file = root.resolve(CLUSTER_FILE);
    try {
      writePrivate(file, JSON.writeValueAsString(cluster) + "\n");
    } catch (IOException e) {
      throw new CliException("can't write " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Replaces a file in one step by one that only its owner can read, even while it is written.
   *
   * @param content whole new content
   */
  static void writePrivate(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    if (POSIX) {
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(fresh);
    }
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      channel.write(StandardCharsets.UTF_8.encode(content));
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes the directory for one command; creates it if needed. */
  Lock lock() throws CliException {
    try {
      Files.createDirectories(root);
      FileChannel channel =
          FileChannel.open(
              root.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() != null) {
          return new Lock(channel);
        }
      } catch (OverlappingFileLockException e) {
        // The same process holds it: as good as another one.
      }
      channel.close();
    } catch (IOException e) {
      throw new CliException("can't use " + root + ": " + e.getMessage(), e);
    }
    throw new CliException("another engram command is working on " + root + "; wait until it ends");
  }

  /** Holds the directory until it is closed or the process ends. */
  static final class Lock implements AutoCloseable {
    private final FileChannel channel;

    private Lock(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void close() throws CliException {
      try {
        channel.close();
      } catch (IOException e) {
        throw new CliException("can't release the lock: " + e.getMessage(), e);
      }
    }
  }
}
