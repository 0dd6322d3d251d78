package io.engramdb.node.cli;

import java.util.stream.Collectors;

/** Tells how to connect to a cluster. */
final class ConnectText {
  private ConnectText() {}

  static String of(ClusterDirectory files, ClusterFile cluster) {
    ClusterSettings settings = cluster.settings();
    StringBuilder command = new StringBuilder("redis-cli");
    if (settings.clusterEnabled()) {
      command.append(" -c");
    }
    command.append(" -h ").append(settings.host()).append(" -p ").append(settings.port());
    if (settings.tls()) {
      command.append(" --tls --cacert ").append(CertificateMaker.authorityFile(files.tls()));
    }
    if (settings.user() != null) {
      command.append(" --user ").append(settings.user());
    }
    if (settings.password() != null) {
      command.append(" --askpass");
    }
    String nodes =
        cluster.members().stream()
            .filter(ClusterMember::holdsData)
            .map(member -> member.host() + ":" + member.port())
            .collect(Collectors.joining(","));
    return "nodes:    " + nodes + "\nconnect:  " + command + monitoring(cluster);
  }

  /** Where figures and health of the data nodes are, if anywhere. */
  private static String monitoring(ClusterFile cluster) {
    ClusterSettings settings = cluster.settings();
    return settings.metricsPort() == 0
        ? ""
        : cluster.members().stream()
            .filter(ClusterMember::holdsData)
            .map(each -> "http://" + each.host() + ":" + settings.metricsPort(each) + "/metrics")
            .collect(Collectors.joining(" ", "\nmetrics:  ", ""));
  }
}
