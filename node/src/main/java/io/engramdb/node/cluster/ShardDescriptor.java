package io.engramdb.node.cluster;

import io.engramdb.node.base.Invariant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A shard: its slots, its data nodes and which of them is the primary. Immutable.
 *
 * @param id 40 hexadecimal digits
 * @param firstSlot first of its slots
 * @param lastSlot last of its slots
 * @param nodes the data nodes; log-only voters serve no client and are not among them
 * @param primary the node that is primary, or was last; null if this node has never heard of one
 * @param live whether it is primary now, as far as this node knows; without a live primary clients
 *     are shown the last one, as Redis does, and refused
 * @param epoch epoch of that primary
 */
public record ShardDescriptor(
    String id,
    int firstSlot,
    int lastSlot,
    List<ClusterNode> nodes,
    @Nullable ClusterNode primary,
    boolean live,
    long epoch) {

  public ShardDescriptor {
    nodes = List.copyOf(nodes);
    Invariant.check(primary != null || !live, "a live primary that is not known");
  }

  public int slotCount() {
    return lastSlot - firstSlot + 1;
  }

  public boolean covers(int slot) {
    return slot >= firstSlot && slot <= lastSlot;
  }

  public boolean isPrimary(ClusterNode node) {
    return primary != null && primary.id().equals(node.id());
  }

  /** Whether clients are to be told that this node works. */
  public boolean isHealthy(ClusterNode node) {
    return node.online() && (live || !isPrimary(node));
  }

  /** The nodes that are not the primary. */
  public List<ClusterNode> replicas() {
    return nodes.stream().filter(node -> !isPrimary(node)).toList();
  }
}
