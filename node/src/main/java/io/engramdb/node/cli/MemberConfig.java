package io.engramdb.node.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Writes the configuration file of one member of a local cluster. */
final class MemberConfig {
  // Of a heap so much may be data: the rest is for structures, replies, log and collector.
  private static final int DATA_PERCENT_OF_HEAP = 50;

  private final ClusterDirectory directory;
  private final ClusterFile cluster;
  private final ClusterMember member;
  private final List<String> lines = new ArrayList<>();

  private MemberConfig(ClusterDirectory directory, ClusterFile cluster, ClusterMember member) {
    this.directory = directory;
    this.cluster = cluster;
    this.member = member;
  }

  /**
   * Writes {@code engram.conf} of a member; it may hold a password hash, so only its owner reads
   * it.
   */
  static void write(ClusterDirectory directory, ClusterFile cluster, ClusterMember member)
      throws CliException {
    Path file = directory.configFile(member);
    try {
      ClusterDirectory.writePrivate(file, new MemberConfig(directory, cluster, member).text());
    } catch (IOException e) {
      throw new CliException("can't write " + file + ": " + e.getMessage(), e);
    }
  }

  private String text() {
    ClusterSettings settings = cluster.settings();
    lines.add("# Made by engram up.");
    add("node-name", member.name());
    add("availability-zone", member.zone());
    add("cluster-id", cluster.clusterId());
    add("shard-id", cluster.shardId());
    add("dir", quoted(directory.of(member)));
    for (ClusterMember each : cluster.members()) {
      add("shard-member", memberText(each));
    }
    add("election-timeout-min-ms", settings.electionTimeoutMs());
    add("election-timeout-max-ms", 2 * settings.electionTimeoutMs());
    if (settings.tls()) {
      tls();
    }
    if (member.keepsSnapshots()) {
      dataNode(settings);
    }
    return String.join("\n", lines) + "\n";
  }

  private static String memberText(ClusterMember each) {
    String client = each.keepsSnapshots() ? " client=" + hostPort(each.host(), each.port()) : "";
    return each.name()
        + " zone="
        + each.zone()
        + " role="
        + each.role()
        + " log="
        + hostPort(each.host(), each.logPort())
        + client
        + " node-id="
        + each.nodeId();
  }

  private void tls() {
    add("tls-cert-file", quoted(CertificateMaker.certificateFile(directory.tls(), member.name())));
    add("tls-key-file", quoted(CertificateMaker.keyFile(directory.tls(), member.name())));
    add("tls-ca-cert-file", quoted(CertificateMaker.authorityFile(directory.tls())));
    add("tls-auth-clients", "no");
    add("tls-cluster", "yes");
  }

  /** A snapshotter has the same: whatever comes in the log has to fit there as well. */
  private void dataNode(ClusterSettings settings) {
    add("bind", settings.host());
    add("port", settings.tls() ? 0 : member.port());
    add("tls-port", settings.tls() ? member.port() : 0);
    add("cluster-enabled", settings.clusterEnabled() ? "yes" : "no");
    add("metrics-bind", settings.host());
    add("metrics-port", settings.metricsPort(member));
    add("maxmemory", maxDataBytes(settings));
    settings.directives().forEach((name, value) -> add(name, quoted(value)));
    // Who may connect is decided by the address that it listens on.
    add("protected-mode", "no");
    if (settings.user() != null && settings.password() != null) {
      add("user", "default off");
      add("user", settings.user() + " on #" + sha256(settings.password()) + " ~* &* +@all");
    } else if (settings.password() != null) {
      add("requirepass", quoted(settings.password()));
    }
  }

  /** How much memory the data of a node may take. */
  static long maxDataBytes(ClusterSettings settings) {
    return HeapSize.bytes(settings.heap()) / 100 * DATA_PERCENT_OF_HEAP;
  }

  private void add(String name, Object value) {
    lines.add(name + " " + value);
  }

  private static String hostPort(String host, int port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  private static String quoted(Object value) {
    return "\"" + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static String sha256(String password) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(password.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
