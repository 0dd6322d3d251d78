package io.engramdb.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A small disk that can be filled without harm to the machine: a tmpfs of limited size, with a
 * ballast file that takes the space away and gives it back.
 */
public final class TmpfsMount implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Path directory;

  private TmpfsMount(Path directory) {
    this.directory = directory;
  }

  /** Mounts it; fails with one line that says what is missing if that is not allowed here. */
  public static TmpfsMount ofMegabytes(int sizeMb) {
    try {
      Path directory = Files.createTempDirectory("engram-it-disk-");
      Command.Result mounted =
          Command.run(
              LIMIT, "mount", "-t", "tmpfs", "-o", "size=" + sizeMb + "m", "tmpfs", directory + "");
      if (mounted.exitCode() != 0) {
        Files.delete(directory);
        throw new AssertionError(
            "the full-disk test must mount a tmpfs: run it as root with CAP_SYS_ADMIN ("
                + mounted.err().strip()
                + ")");
      }
      return new TmpfsMount(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path directory() {
    return directory;
  }

  public long freeBytes() {
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Takes space until so little is left. The servers write meanwhile, so what is free now may be
   * taken a moment later; then less is asked for.
   */
  public void fillUpTo(long leftBytes) {
    Await.until("the disk is full", LIMIT, () -> takeAllBut(leftBytes));
  }

  private boolean takeAllBut(long leftBytes) throws IOException {
    long held = Files.exists(ballast()) ? Files.size(ballast()) : 0;
    long wanted = held + freeBytes() - leftBytes;
    return wanted <= held
        || Command.run(
                    LIMIT, null, Map.of(), List.of("fallocate", "-l", "" + wanted, ballast() + ""))
                .exitCode()
            == 0;
  }

  /** Gives the space back. */
  public void release() {
    try {
      Files.deleteIfExists(ballast());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path ballast() {
    return directory.resolve("ballast");
  }

  @Override
  public void close() {
    Command.Result unmounted = Command.run(LIMIT, "umount", directory.toString());
    if (unmounted.exitCode() != 0) {
      Command.run(LIMIT, "umount", "-l", directory.toString()).orFail();
    }
    try {
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
