package io.engramdb.node.cli;

import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code engram snapshot create}. */
@Command(
    name = "create",
    description = {
      "Have the snapshotter of a cluster on this machine, or else a replica, make a snapshot, and"
          + " bring it into a store.",
      "A primary is asked only if no other is up. It stays there until it is deleted by hand."
    },
    mixinStandardHelpOptions = true)
final class SnapshotCreateCommand implements Callable<Integer> {
  private static final int TIMEOUT_MS = 5000;
  private static final long POLL_MS = 50;

  /** How long a member may take to catch up before the next one is looked at. */
  private static final long CATCH_UP_SECONDS = 10;

  @Mixin SnapshotOptions options;
  @Mixin DirectoryOption directory;
  @Mixin OutputOptions output;

  @Option(
      names = "--wait-seconds",
      paramLabel = "N",
      description = "how long the node may take to make it (default: 3600)")
  long waitSeconds = 3600;

  @Override
  public Integer call() throws CliException, InterruptedException {
    ClusterDirectory files = directory.open();
    if (!files.holdsCluster()) {
      throw new CliException("there is no cluster in " + files.root());
    }
    ClusterFile cluster = files.read();
    ClusterMember member = caughtUp(cluster, new ClusterProbe(files, cluster));
    return options.run(
        store -> {
          // Before the node does its work: an address that is wrong is said at once.
          store.objects().unfinished();
          output.progress(member.name() + " makes a snapshot");
          save(files, cluster, member);
          StoredSnapshot stored = publish(files.of(member).resolve("snapshots"), store);
          output.result(
              SnapshotText.document(stored), stored.path() + " is in " + store.description());
          return ExitCode.OK;
        });
  }

  /**
   * A member that has what was committed when this command was called, spared as little as can be.
   */
  private static ClusterMember caughtUp(ClusterFile cluster, ClusterProbe probe)
      throws CliException, InterruptedException {
    ClusterReport report = probe.ask();
    long committed =
        report.primary().stream()
            .mapToLong(MemberReport::commitIndex)
            .findFirst()
            .orElseGet(
                () ->
                    report.members().stream()
                        .mapToLong(MemberReport::commitIndex)
                        .max()
                        .orElse(-1));
    for (MemberReport each : candidates(report)) {
      long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS);
      while (true) {
        if (has(probe.ask(), each.name(), committed)) {
          return cluster.members().stream()
              .filter(member -> member.name().equals(each.name()))
              .findFirst()
              .orElseThrow();
        }
        if (System.nanoTime() > endNanos) {
          break;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MS));
      }
    }
    throw new CliException("no node with data is up that has everything up to index " + committed);
  }

  private static boolean has(ClusterReport report, String member, long index) {
    return report.members().stream()
        .anyMatch(
            each -> each.name().equals(member) && each.isUp() && each.appliedIndex() >= index);
  }

  private static List<MemberReport> candidates(ClusterReport report) throws CliException {
    List<MemberReport> candidates =
        report.members().stream()
            .filter(MemberReport::isUp)
            .filter(each -> !each.role().equals(MemberReport.LOG_VOTER))
            .sorted(Comparator.comparing(SnapshotCreateCommand::burden))
            .toList();
    if (candidates.isEmpty()) {
      throw new CliException("no node with data is up");
    }
    return candidates;
  }

  /** Who is spared: clients of a primary notice most of it, a snapshotter has none. */
  private static int burden(MemberReport member) {
    return switch (member.role()) {
      case MemberReport.SNAPSHOTTER -> 0;
      case MemberReport.REPLICA -> 1;
      default -> 2;
    };
  }

  private void save(ClusterDirectory files, ClusterFile cluster, ClusterMember member)
      throws IOException, CliException {
    ClusterSettings settings = cluster.settings();
    Path authority = settings.tls() ? CertificateMaker.authorityFile(files.tls()) : null;
    try (RespClient client = RespClient.connect(member, settings, authority, TIMEOUT_MS)) {
      client.call("BGSAVE");
      long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
      String info = String.valueOf(client.call("INFO", "persistence"));
      while (info.contains("rdb_bgsave_in_progress:1")) {
        if (System.nanoTime() > endNanos) {
          throw new CliException(member.name() + " has not made it within " + waitSeconds + " s");
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MS));
        info = String.valueOf(client.call("INFO", "persistence"));
      }
      if (!info.contains("rdb_last_bgsave_status:ok")) {
        throw new CliException(member.name() + " could not make it, see " + files.logFile(member));
      }
    }
  }

  /** Under a name of its own, because the node deletes its older snapshots whenever it likes. */
  private static StoredSnapshot publish(Path own, SnapshotStore store)
      throws IOException, CliException {
    Path link = own.resolve(UUID.randomUUID() + ".tmp");
    try (SnapshotStore local = new SnapshotStore(new DirectoryObjects(own))) {
      StoredSnapshot newest = SnapshotOptions.find(local, SnapshotOptions.NEWEST);
      Files.createLink(link, own.resolve(newest.path() + ".rdb"));
      return store.publish(SnapshotSeries.MANUAL, newest.manifest(), link);
    } finally {
      Files.deleteIfExists(link);
    }
  }
}
