package io.engramdb.node.cli;

import java.util.List;

/**
 * Content of {@code cluster.json}: what a local cluster is and was made with.
 *
 * @param format version of this file's form
 * @param clusterId 40 hexadecimal digits, as is {@code shardId}
 * @param initialized true once the cluster has served; from then on a member whose log directory is
 *     gone is never given a new one under its old name, because it would vote without the memory of
 *     what it had promised
 */
record ClusterFile(
    int format,
    String clusterId,
    String shardId,
    boolean initialized,
    ClusterSettings settings,
    List<ClusterMember> members) {
  static final int FORMAT = 1;

  ClusterFile {
    members = List.copyOf(members);
  }

  /** The same cluster, after it has served. */
  ClusterFile asInitialized() {
    return new ClusterFile(format, clusterId, shardId, true, settings, members);
  }
}
