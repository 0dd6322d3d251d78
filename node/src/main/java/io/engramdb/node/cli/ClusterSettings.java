package io.engramdb.node.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a local cluster was made with.
 *
 * @param port first client port
 * @param logPort first log port
 * @param metricsPort first HTTP port for figures and health, 0 for none
 * @param replicas data nodes beside the primary
 * @param user user that may do everything, or null: the default user
 * @param password password of that user, or of the default user; null without one
 * @param electionTimeoutMs lower bound of the election time-out; the upper bound is twice that
 * @param heap heap of a data node as the JVM reads it, for example 512m
 * @param directives of data nodes beside those that this program writes, by name
 * @param snapshotter whether a process of its own makes the snapshots
 */
record ClusterSettings(
    String host,
    int port,
    int logPort,
    int metricsPort,
    int replicas,
    boolean tls,
    @Nullable String user,
    @Nullable String password,
    boolean clusterEnabled,
    int electionTimeoutMs,
    String heap,
    Map<String, String> directives,
    boolean snapshotter) {

  ClusterSettings {
    // A cluster that was made before there were any has none.
    directives = directives == null ? Map.of() : Map.copyOf(directives);
  }

  /** HTTP port of a data node for figures and health; 0 for none. */
  int metricsPort(ClusterMember member) {
    return metricsPort == 0 ? 0 : metricsPort + member.port() - port;
  }

  @Override
  public String toString() {
    return "ClusterSettings[port=" + port + ", replicas=" + replicas + ", tls=" + tls + "]";
  }
}
