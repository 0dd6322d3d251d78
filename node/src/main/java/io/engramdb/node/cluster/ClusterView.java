package io.engramdb.node.cluster;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.CommandError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole cluster as one node sees it at one moment. Immutable; a change of primary or of a
 * node's health makes a new one, which is published as a whole.
 *
 * @param self this node; a snapshotter stands in none of the shards, so nobody is sent there
 * @param shards all shards, every slot covered at most once
 * @param tls whether the nodes' ports speak TLS
 * @param selfServes whether this node accepts commands as the primary of its shard: elected, caught
 *     up, waited out; that it is named as primary is not enough
 * @param endpoints what clients are told as a node's address first
 */
public record ClusterView(
    ClusterNode self,
    List<ShardDescriptor> shards,
    boolean tls,
    boolean selfServes,
    Endpoints endpoints) {

  /** The directive {@code cluster-preferred-endpoint-type}. */
  public enum Endpoints {
    IP,
    HOSTNAME,
    UNKNOWN_ENDPOINT
  }

  public ClusterView {
    shards = List.copyOf(shards);
    Invariant.check(
        !selfServes || shards.stream().anyMatch(shard -> shard.nodes().contains(self)),
        "a node that serves is in none of its shards");
  }

  /** The shard of a slot, or null if nobody serves it. */
  public @Nullable ShardDescriptor shardOf(int slot) {
    for (int i = 0; i < shards.size(); i++) {
      ShardDescriptor shard = shards.get(i);
      if (shard.covers(slot)) {
        return shard;
      }
    }
    return null;
  }

  /** The shard that this node belongs to; of a snapshotter the one whose log it hears. */
  public ShardDescriptor ownShard() {
    for (int i = 0; i < shards.size(); i++) {
      if (shards.get(i).nodes().contains(self)) {
        return shards.get(i);
      }
    }
    return shards.getFirst();
  }

  /** Slots that some shard has. */
  public int assignedSlots() {
    return shards.stream().mapToInt(ShardDescriptor::slotCount).sum();
  }

  /** Slots whose shard has a live primary. */
  public int servedSlots() {
    return shards.stream().filter(ShardDescriptor::live).mapToInt(ShardDescriptor::slotCount).sum();
  }

  /** Whether every slot is served. */
  public boolean isComplete() {
    return servedSlots() == SlotHash.SLOT_COUNT;
  }

  /** Highest epoch of all shards. */
  public long epoch() {
    return shards.stream().mapToLong(ShardDescriptor::epoch).max().orElse(0);
  }

  /** All data nodes. */
  public List<ClusterNode> nodes() {
    return shards.stream().flatMap(shard -> shard.nodes().stream()).toList();
  }

  /** The node of that id, or null. */
  public @Nullable ClusterNode find(String id) {
    for (ClusterNode node : nodes()) {
      if (node.id().equals(id)) {
        return node;
      }
    }
    return null;
  }

  /** The address that clients shall use, or null if they shall go on with the one they know. */
  public @Nullable String endpointOf(ClusterNode node) {
    return switch (endpoints) {
      case IP -> node.ip();
      // Redis shows a question mark where a host name is preferred and none is announced.
      case HOSTNAME -> node.hostname().isEmpty() ? "?" : node.hostname();
      case UNKNOWN_ENDPOINT -> null;
    };
  }

  /** The redirect of a slot to a node. */
  CommandError moved(int slot, ClusterNode node) {
    String endpoint = endpointOf(node);
    return new CommandError(
        "MOVED", slot + " " + (endpoint == null ? "" : endpoint) + ':' + node.port());
  }
}
