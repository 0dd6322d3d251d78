package io.engramdb.node.cli;

import io.engramdb.node.server.SeedFile;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.tool.RdbCheck;
import io.engramdb.snapshot.tool.RdbReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * {@code engram up}: makes a cluster, or starts what is missing of one, and returns when it takes
 * writes. The servers live on when this command ends.
 */
@Command(
    name = "up",
    description = {
      "Start a three-zone cluster on this machine.",
      "In a directory that holds a cluster it starts whatever does not run, with the settings that"
          + " the cluster was made with."
    },
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  private static final long POLL_MS = 100;
  private static final Duration PROGRESS_EVERY = Duration.ofSeconds(5);

  @Mixin DirectoryOption directory;
  @Mixin UpOptions options;
  @Mixin OutputOptions output;

  @Option(
      names = "--wait-seconds",
      paramLabel = "N",
      description = "how long to wait until the cluster takes writes (default: 60)")
  int waitSeconds = 60;

  @Option(
      names = "--from-rdb",
      paramLabel = "FILE",
      description = {
        "RDB file of Redis or Valkey with which a new cluster begins: every data node gets its keys"
            + " before it starts.",
        "Refused where there is a cluster already, and for a file that is damaged or holds what is"
            + " not supported."
      })
  @Nullable Path fromRdb;

  @Mixin RestoreOptions restoring;

  /** What {@code -o json} prints. */
  record Result(String directory, String state, List<String> started, ClusterReport report) {}

  @Override
  public Integer call() throws CliException, InterruptedException {
    options.check();
    StoreUrl source = restoreUrl();
    if (source != null && restoring.dryRun) {
      return dryRun(source);
    }
    ClusterDirectory files = directory.open();
    files.requireUsable();
    ClusterSettings wanted = files.holdsCluster() ? null : options.forNewCluster();
    if (wanted != null) {
      requireFreePorts(wanted, ClusterPlan.create(wanted).members());
    }
    try (ClusterDirectory.Lock lock = files.lock()) {
      ClusterFile cluster = load(files, source);
      List<MemberProcess> missing = missing(files, cluster);
      requireFreePorts(cluster.settings(), missing.stream().map(MemberProcess::member).toList());
      prepare(files, cluster, missing);
      Map<MemberProcess, ProcessHandle> started = new LinkedHashMap<>();
      if (missing.isEmpty()) {
        output.progress("every member runs already");
      }
      start(cluster, missing, started);
      ClusterReport report = await(files, cluster, started);
      List<String> names = started.keySet().stream().map(each -> each.member().name()).toList();
      output.result(
          new Result(files.root().toString(), report.state(), names, report),
          StatusText.verdict(report) + "\n" + ConnectText.of(files, cluster));
      return ExitCode.OK;
    }
  }

  private @Nullable StoreUrl restoreUrl() {
    if (restoring.url != null && fromRdb != null) {
      throw new ParameterException(
          options.spec.commandLine(), "--restore and --from-rdb exclude each other");
    }
    return restoring.source();
  }

  private int dryRun(StoreUrl source) throws CliException {
    try {
      List<String> lines = restoring.plan(source);
      output.result(lines, String.join("\n", lines));
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CliException("can't restore: " + e.getMessage(), e);
    }
  }

  private ClusterFile load(ClusterDirectory files, @Nullable StoreUrl source) throws CliException {
    if (files.holdsCluster()) {
      if (fromRdb != null || source != null) {
        throw new CliException(
            "there is a cluster in "
                + files.root()
                + " already; --from-rdb and --restore are for a new one, in another --dir");
      }
      ClusterFile cluster = files.read();
      options.requireAgreement(files, cluster.settings());
      return cluster;
    }
    ClusterFile cluster = ClusterPlan.create(options.forNewCluster());
    if (fromRdb != null) {
      plant(files, cluster, fromRdb);
    } else if (source != null) {
      restore(files, cluster, source);
    }
    files.write(cluster);
    return cluster;
  }

  private void restore(ClusterDirectory files, ClusterFile cluster, StoreUrl source)
      throws CliException {
    Path file = files.root().resolve("restore-" + UUID.randomUUID() + ".rdb");
    try {
      output.progress("restoring " + restoring.fetch(source, file, output));
      plant(files, cluster, file);
    } catch (IOException e) {
      throw new CliException("can't restore: " + e.getMessage(), e);
    } finally {
      try {
        Files.deleteIfExists(file);
      } catch (IOException leftBehind) {
        output.progress("left behind, delete it: " + file);
      }
    }
  }

  /** Before there is a cluster: whatever fails leaves none. */
  private void plant(ClusterDirectory files, ClusterFile cluster, Path rdb) throws CliException {
    List<Path> directories =
        cluster.members().stream().filter(ClusterMember::keepsSnapshots).map(files::of).toList();
    for (Path each : directories) {
      if (Files.exists(each)) {
        throw new CliException(each + " is there already; --from-rdb needs an unused --dir");
      }
    }
    try {
      long sizeBytes = Files.size(rdb);
      RdbReport report;
      try (ProgressLine progress = output.steps("checking", "keys", sizeBytes)) {
        report = RdbCheck.check(rdb, ModulePolicy.FAIL, progress);
      }
      if (!report.isWhole()) {
        throw new CliException(rdb + ": " + report.text());
      }
      ClusterDisk.requireRoom(files.root().resolve("seed"), sizeBytes * directories.size());
      ClusterSettings settings = cluster.settings();
      String planted;
      try (ProgressLine progress = output.steps("loading", "keys", sizeBytes)) {
        planted =
            SeedFile.plant(
                rdb,
                settings.clusterEnabled(),
                cluster.shardId(),
                directories,
                MemberConfig.maxDataBytes(settings),
                progress);
      }
      output.progress(rdb + ": " + planted);
    } catch (IOException e) {
      remove(directories);
      throw new CliException("can't begin with " + rdb + ": " + e.getMessage() + hint(e), e);
    }
  }

  private static String hint(IOException failure) {
    boolean memory = failure instanceof RdbException rdb && rdb.fault() == RdbFault.LIMIT;
    return memory ? "; half of --heap may be data" : "";
  }

  private static void remove(List<Path> directories) {
    for (Path each : directories) {
      try (Stream<Path> files = Files.walk(each)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      } catch (IOException leftBehind) {
        // The next attempt says that it is there.
      }
    }
  }

  private static List<MemberProcess> missing(ClusterDirectory files, ClusterFile cluster) {
    List<MemberProcess> missing = new ArrayList<>();
    for (ClusterMember member : cluster.members()) {
      MemberProcess process = new MemberProcess(files, member);
      if (process.find().isEmpty()) {
        missing.add(process);
      }
    }
    return missing;
  }

  private static void requireFreePorts(ClusterSettings settings, List<ClusterMember> members)
      throws CliException {
    for (ClusterMember member : members) {
      if (member.keepsSnapshots()) {
        requireFree(member, member.port());
        if (settings.metricsPort() != 0) {
          requireFree(member, settings.metricsPort(member));
        }
      }
      requireFree(member, member.logPort());
    }
  }

  private static void requireFree(ClusterMember member, int port) throws CliException {
    try (ServerSocket socket = new ServerSocket()) {
      // Connections of an earlier run that linger do not count.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(member.host(), port));
    } catch (IOException e) {
      throw new CliException(
          "port %d of %s, which %s needs, can't be used: %s; choose others with --port and"
                  .formatted(port, member.host(), member.name(), e.getMessage())
              + " --log-port",
          e);
    }
  }

  private static void prepare(
      ClusterDirectory files, ClusterFile cluster, List<MemberProcess> missing)
      throws CliException {
    ClusterSettings settings = cluster.settings();
    if (settings.tls()) {
      Set<String> addresses = new LinkedHashSet<>();
      addresses.add(settings.host());
      addresses.addAll(List.of("localhost", "127.0.0.1", "::1"));
      try {
        addresses.add(InetAddress.getLocalHost().getHostName());
      } catch (UnknownHostException e) {
        // A machine without a name is reached by its addresses.
      }
      List<String> names = cluster.members().stream().map(ClusterMember::name).toList();
      new CertificateMaker(files.tls(), Instant.now()).ensure(names, addresses);
    }
    for (MemberProcess each : missing) {
      MemberConfig.write(files, cluster, each.member());
    }
  }

  private void start(
      ClusterFile cluster, List<MemberProcess> missing, Map<MemberProcess, ProcessHandle> started)
      throws CliException {
    for (MemberProcess each : missing) {
      ClusterMember member = each.member();
      String heap = member.keepsSnapshots() ? cluster.settings().heap() : HeapSize.OF_LOG_VOTER;
      // Only a cluster that has never served may make logs: see ClusterFile.
      List<String> flags = cluster.initialized() ? List.of() : List.of("--log-create", "yes");
      ProcessHandle process = each.start(heap, flags);
      started.put(each, process);
      int port = member.keepsSnapshots() ? member.port() : member.logPort();
      output.progress(
          "%-8s zone %s  %s:%d  %s  starting, process %d"
              .formatted(
                  member.name(),
                  member.zone(),
                  member.host(),
                  port,
                  switch (member.role()) {
                    case ClusterMember.DATA -> "data    ";
                    case ClusterMember.SNAPSHOTTER -> "snapshots";
                    default -> "log only";
                  },
                  process.pid()));
    }
  }

  /**
   * Waits until every member is up and a primary takes writes. Only for a snapshotter not for ever:
   * nobody who writes needs it.
   */
  private ClusterReport await(
      ClusterDirectory files, ClusterFile cluster, Map<MemberProcess, ProcessHandle> started)
      throws CliException, InterruptedException {
    ClusterFile present = cluster;
    ClusterProbe probe = new ClusterProbe(files, cluster);
    long beginNs = System.nanoTime();
    long saidNs = beginNs;
    while (true) {
      ClusterReport report = probe.ask();
      if (report.isServed() && !present.initialized()) {
        // From now on no voter may come with an empty disk, whatever becomes of this command.
        present = present.asInitialized();
        files.write(present);
      }
      if (report.state().equals(ClusterReport.OK)) {
        return report;
      }
      boolean givenUp = startWhatEnded(files, present, started);
      long nowNs = System.nanoTime();
      givenUp |= nowNs - beginNs > Duration.ofSeconds(waitSeconds).toNanos();
      if (givenUp && report.isServed()) {
        output.progress("warning: the cluster takes writes, but has no snapshotter");
        return report;
      }
      if (nowNs - beginNs > Duration.ofSeconds(waitSeconds).toNanos()) {
        throw new CliException(
            "after %d s: %s; see the engram.log files in %s"
                .formatted(waitSeconds, StatusText.verdict(report), files.root()));
      }
      if (nowNs - saidNs > PROGRESS_EVERY.toNanos()) {
        saidNs = nowNs;
        output.progress("waiting ... " + StatusText.verdict(report));
      }
      awaitAnyExit(started.values());
    }
  }

  /** Waits for the next look: less if a process ends meanwhile. */
  private static void awaitAnyExit(Collection<ProcessHandle> processes)
      throws InterruptedException {
    CompletableFuture<?>[] exits =
        processes.stream()
            .filter(ProcessHandle::isAlive)
            .map(ProcessHandle::onExit)
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.anyOf(exits).get(POLL_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException allRun) {
      // As it should be.
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * A process that was about to end when this command came is missing by now.
   *
   * @return whether a snapshotter has ended that this command started
   */
  private boolean startWhatEnded(
      ClusterDirectory files, ClusterFile cluster, Map<MemberProcess, ProcessHandle> started)
      throws CliException {
    boolean snapshotterEnded = false;
    for (Map.Entry<MemberProcess, ProcessHandle> entry : started.entrySet()) {
      MemberProcess process = entry.getKey();
      if (entry.getValue().isAlive()) {
        continue;
      }
      if (!process.member().role().equals(ClusterMember.SNAPSHOTTER)) {
        throw ended(files, process);
      }
      snapshotterEnded = true;
    }
    List<MemberProcess> missing = missing(files, cluster);
    Set<String> ours =
        started.keySet().stream().map(each -> each.member().name()).collect(Collectors.toSet());
    missing.removeIf(each -> ours.contains(each.member().name()));
    prepare(files, cluster, missing);
    start(cluster, missing, started);
    return snapshotterEnded;
  }

  private static CliException ended(ClusterDirectory files, MemberProcess process) {
    ClusterMember member = process.member();
    return new CliException(
        "%s did not start: %s (see %s)"
            .formatted(member.name(), process.lastLine(), files.logFile(member)));
  }
}
