package io.engramdb.node.cluster;

/**
 * The text of CLUSTER NODES: one line per node with id, address, flags, primary, times of ping and
 * pong, epoch, link and slots. Other tools parse it, so its form is fixed.
 */
public final class ClusterNodesText {

  private ClusterNodesText() {}

  /** All nodes of the picture. */
  public static String of(ClusterView view, long nowMs) {
    StringBuilder text = new StringBuilder();
    for (ShardDescriptor shard : view.shards()) {
      for (ClusterNode node : shard.nodes()) {
        appendLine(text, view, shard, node, nowMs);
        text.append('\n');
      }
    }
    return text.toString();
  }

  /** The line of one node, without a line end. */
  public static String line(ClusterView view, ShardDescriptor shard, ClusterNode node, long nowMs) {
    StringBuilder text = new StringBuilder();
    appendLine(text, view, shard, node, nowMs);
    return text.toString();
  }

  private static void appendLine(
      StringBuilder text, ClusterView view, ShardDescriptor shard, ClusterNode node, long nowMs) {
    boolean self = node.id().equals(view.self().id());
    boolean primary = shard.isPrimary(node);
    boolean healthy = shard.isHealthy(node);
    text.append(node.id()).append(' ');
    text.append(node.ip()).append(':').append(node.port()).append('@').append(node.busPort());
    if (!node.hostname().isEmpty()) {
      text.append(',').append(node.hostname());
    }
    text.append(' ').append(self ? "myself," : "").append(primary ? "master" : "slave");
    text.append(healthy ? "" : ",fail");
    ClusterNode owner = shard.primary();
    text.append(' ').append(primary || owner == null ? "-" : owner.id());
    text.append(" 0 ").append(self || !healthy ? 0 : nowMs);
    text.append(' ').append(shard.epoch());
    text.append(self || healthy ? " connected" : " disconnected");
    if (primary) {
      text.append(' ').append(shard.firstSlot());
      if (shard.lastSlot() > shard.firstSlot()) {
        text.append('-').append(shard.lastSlot());
      }
    }
  }
}
