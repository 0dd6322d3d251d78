package io.engramdb.node.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code engram down}: stops every member of the local cluster. All are asked at the same moment:
 * nobody is left to hand over to. What does not end in time is killed; nothing that was
 * acknowledged depends on a proper end.
 */
@Command(
    name = "down",
    description = "Stop the local cluster; its data stays.",
    mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

  @Mixin DirectoryOption directory;
  @Mixin OutputOptions output;

  @Option(
      names = "--wait-seconds",
      paramLabel = "N",
      description = "kill what has not stopped by then (default: 15)")
  int waitSeconds = 15;

  /** What {@code -o json} prints. */
  record Result(List<String> stopped, List<String> killed) {}

  @Override
  public Integer call() throws CliException {
    ClusterDirectory files = directory.open();
    ClusterFile cluster = files.read();
    try (ClusterDirectory.Lock lock = files.lock()) {
      Map<String, ProcessHandle> running = new LinkedHashMap<>();
      for (ClusterMember member : cluster.members()) {
        new MemberProcess(files, member)
            .find()
            .ifPresent(process -> running.put(member.name(), process));
      }
      running.values().forEach(ProcessHandle::destroy);
      Result result = await(running);
      output.result(
          result,
          running.isEmpty()
              ? "nothing was running"
              : "stopped " + running.size() + " processes; engram up starts them again");
      return ExitCode.OK;
    }
  }

  private Result await(Map<String, ProcessHandle> running) throws CliException {
    List<String> stopped = new ArrayList<>();
    List<String> killed = new ArrayList<>();
    long deadlineNs = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
    for (Map.Entry<String, ProcessHandle> entry : running.entrySet()) {
      ProcessHandle process = entry.getValue();
      Duration left = Duration.ofNanos(Math.max(0, deadlineNs - System.nanoTime()));
      if (MemberProcess.awaitExit(process, left)) {
        output.progress(entry.getKey() + "  stopped");
        stopped.add(entry.getKey());
        continue;
      }
      process.destroyForcibly();
      if (!MemberProcess.awaitExit(process, KILL_LIMIT)) {
        throw new CliException(
            entry.getKey() + ": process " + process.pid() + " can't be ended, not even by a kill");
      }
      output.progress(entry.getKey() + "  did not stop in " + waitSeconds + " s, killed");
      killed.add(entry.getKey());
    }
    return new Result(stopped, killed);
  }
}
