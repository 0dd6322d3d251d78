package io.engramdb.node.server;

import io.engramdb.node.durability.ShardSeed;
import io.engramdb.snapshot.rdb.ReadWatcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Makes the data of an RDB file the first data of a shard's nodes, before they start. */
public final class SeedFile {
  private static final int DATABASES = 16;

  private SeedFile() {}

  /**
   * Plants a file.
   *
   * @param shardId as the nodes' configuration has it
   * @param nodeDirectories {@code dir} of each data node
   * @param maxDataBytes memory that the keys may take on a data node
   * @return what was planted, in words
   */
  public static String plant(
      Path file,
      boolean clusterEnabled,
      String shardId,
      List<Path> nodeDirectories,
      long maxDataBytes,
      ReadWatcher watcher)
      throws IOException {
    List<Path> directories =
        nodeDirectories.stream().map(each -> each.resolve(NodeWiring.SNAPSHOT_DIRECTORY)).toList();
    ShardSeed.Report report =
        ShardSeed.plant(
            file,
            clusterEnabled ? NodeWiring.CLUSTER_DATABASES : DATABASES,
            LogSettings.uuidOf(shardId),
            UUID.randomUUID(),
            System.currentTimeMillis(),
            directories,
            new ShardSeed.Terms(maxDataBytes, watcher));
    String words = report.keys() + " keys";
    words +=
        report.expiredKeys() == 0 ? "" : ", " + report.expiredKeys() + " expired ones left out";
    return report.functions() == 0
        ? words
        : words + ", " + report.functions() + " function libraries";
  }
}
