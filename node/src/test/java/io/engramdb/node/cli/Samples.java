package io.engramdb.node.cli;

import java.util.Map;

/** Settings that tests start from. */
final class Samples {
  private Samples() {}

  static ClusterSettings settings(int replicas) {
    return settings(replicas, false);
  }

  static ClusterSettings withSnapshotter(int replicas) {
    return settings(replicas, true);
  }

  private static ClusterSettings settings(int replicas, boolean snapshotter) {
    return new ClusterSettings(
        "127.0.0.1",
        7000,
        17000,
        9121,
        replicas,
        true,
        "shop",
        "sesame",
        true,
        300,
        "512m",
        Map.of(),
        snapshotter);
  }
}
