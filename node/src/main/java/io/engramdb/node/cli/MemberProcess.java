package io.engramdb.node.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The process of one member of a local cluster.
 *
 * <p>Process numbers are used again by the system, so a number from a file proves nothing: a
 * process counts as the member's, and is signalled, only if its command line names the member's own
 * configuration file.
 */
final class MemberProcess {
  /** A log of earlier runs that is larger is put aside at a start; one such is kept. */
  private static final long MAX_LOG_BYTES = 64L << 20;

  private final ClusterDirectory directory;
  private final ClusterMember member;

  MemberProcess(ClusterDirectory directory, ClusterMember member) {
    this.directory = directory;
    this.member = member;
  }

  ClusterMember member() {
    return member;
  }

  /** The running process, if there is one. */
  Optional<ProcessHandle> find() {
    try {
      String text = Files.readString(directory.pidFile(member)).strip();
      return ProcessHandle.of(Long.parseLong(text))
          .filter(ProcessHandle::isAlive)
          .filter(process -> isOurs(process, directory.configFile(member)));
    } catch (IOException | NumberFormatException unknown) {
      return Optional.empty();
    }
  }

  /** Whether the command line of a process names this configuration file as one of its words. */
  static boolean isOurs(ProcessHandle process, Path configFile) {
    String wanted = configFile.toString();
    return process
        .info()
        .arguments()
        .map(arguments -> Arrays.asList(arguments).contains(wanted))
        .orElse(false);
  }

  /**
   * Starts the process in a session of its own, so that it lives on when this command and its
   * terminal end.
   *
   * @param arguments words of the command line behind the configuration file
   */
  ProcessHandle start(String heap, List<String> arguments) throws CliException {
    Path log = directory.logFile(member);
    try {
      if (Files.exists(log) && Files.size(log) > MAX_LOG_BYTES) {
        Files.move(log, log.resolveSibling("engram.log.1"), StandardCopyOption.REPLACE_EXISTING);
      }
      ProcessBuilder builder = new ProcessBuilder(Launcher.detached(command(arguments)));
      builder.directory(directory.of(member).toFile());
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      Map<String, String> environment = builder.environment();
      // What the user set for the command is not meant for the servers, but for these.
      environment
          .keySet()
          .removeIf(name -> name.startsWith("ENGRAM_") && !name.equals("ENGRAM_JAVA_OPTS"));
      environment.put("ENGRAM_HEAP", heap);
      environment.put("ENGRAM_BUILD", "no");
      environment.put("ENGRAM_JAVA", Launcher.java());
      ProcessHandle process = builder.start().toHandle();
      ClusterDirectory.writePrivate(directory.pidFile(member), process.pid() + "\n");
      return process;
    } catch (IOException e) {
      throw new CliException("can't start " + member.name() + ": " + e.getMessage(), e);
    }
  }

  private List<String> command(List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(Launcher.script().toString());
    words.add(
        switch (member.role()) {
          case ClusterMember.DATA -> NodeCommand.NAME;
          case ClusterMember.SNAPSHOTTER -> SnapshotterCommand.NAME;
          default -> LogVoterCommand.NAME;
        });
    words.add(directory.configFile(member).toString());
    words.addAll(arguments);
    return words;
  }

  /** The last thing that the process said, for an error message. */
  String lastLine() {
    try (Stream<String> lines = Files.lines(directory.logFile(member))) {
      return lines.filter(line -> !line.isBlank()).reduce((a, b) -> b).orElse("it said nothing");
    } catch (IOException | UncheckedIOException e) {
      return "its output can't be read: " + e.getMessage();
    }
  }

  /** Waits until a process has ended. */
  static boolean awaitExit(ProcessHandle process, Duration limit) {
    CompletableFuture<ProcessHandle> exit = process.onExit();
    try {
      exit.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
