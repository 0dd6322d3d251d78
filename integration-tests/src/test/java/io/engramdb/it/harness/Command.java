package io.engramdb.it.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs a program to its end, with a limit on its time. */
public final class Command {
  private Command() {}

  /** What a program said and how it ended. */
  public record Result(List<String> command, int exitCode, String out, String err) {
    public Result orFail() {
      if (exitCode != 0) {
        throw new AssertionError(toString());
      }
      return this;
    }

    @Override
    public String toString() {
      return "%s exited %d%nout: %s%nerr: %s"
          .formatted(String.join(" ", command), exitCode, out.strip(), err.strip());
    }
  }

  public static Result run(Duration limit, String... command) {
    return run(limit, null, Map.of(), List.of(command));
  }

  /**
   * Output goes through files: a server that the program leaves running in the background may
   * inherit its output, and a pipe would then never end.
   */
  public static Result run(
      Duration limit, @Nullable Path directory, Map<String, String> environment, List<String> c) {
    Path out = null;
    Path err = null;
    try {
      out = Files.createTempFile("engram-it-", ".out");
      err = Files.createTempFile("engram-it-", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(c).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      if (directory != null) {
        builder.directory(directory.toFile());
      }
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "%s did not end within %s%nout: %s%nerr: %s"
                .formatted(String.join(" ", c), limit, text(out), text(err)));
      }
      return new Result(c, process.exitValue(), text(out), text(err));
    } catch (IOException e) {
      throw new AssertionError("cannot run " + c.getFirst() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted in " + c, e);
    } finally {
      delete(out);
      delete(err);
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException ignored) {
      // A leftover file in the temporary directory does not make a test wrong.
    }
  }
}
