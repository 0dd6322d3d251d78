package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_ASYNC_LOADING;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.cluster.ClusterNode;
import io.engramdb.node.cluster.ClusterNodesText;
import io.engramdb.node.cluster.ClusterView;
import io.engramdb.node.cluster.ShardDescriptor;
import io.engramdb.node.cluster.SlotHash;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * CLUSTER: what the cluster looks like. Upstream behaviour: Redis 7.2 {@code cluster.c}.
 *
 * <p>Membership and slots are not gossip here, so the subcommands that would change one node's
 * opinion (MEET, FORGET, SETSLOT …) only say so, LINKS is empty and failure reports are zero.
 */
public final class ClusterCommands implements CommandFamily {

  private static final CommandError DISABLED =
      CommandError.err("This instance has cluster support disabled");
  private static final CommandError INVALID_SLOT = CommandError.err("Invalid slot");
  private static final CommandError INVALID_SLOT_OR_COUNT =
      CommandError.err("Invalid slot or number of keys");

  private static final CommandError DECIDED =
      CommandError.err(
          "Slots and roles follow from the members of the shards: no node changes them by CLUSTER");

  private static final List<String> HELP =
      List.of(
          "COUNT-FAILURE-REPORTS <node-id>",
          "    Reports that a node has failed; always 0, because nodes do not gossip.",
          "COUNTKEYSINSLOT <slot>",
          "    How many keys of a slot this node holds.",
          "GETKEYSINSLOT <slot> <count>",
          "    Some keys of a slot that this node holds.",
          "INFO",
          "    The state of the cluster.",
          "KEYSLOT <key>",
          "    The slot of a key.",
          "LINKS",
          "    Links of the cluster bus; always empty, because there is none.",
          "MYID",
          "    The id of this node.",
          "MYSHARDID",
          "    The id of this node's shard.",
          "NODES",
          "    One line per node:",
          "    <id> <ip:port@bus> <flags> <primary> <ping> <pong> <epoch> <link> <slot> ...",
          "REPLICAS <node-id>",
          "    The replicas of a primary.",
          "SHARDS",
          "    Shards with their slots and nodes.",
          "SLOTS",
          "    Ranges of slots with the nodes that serve them.");

  private final ShardServices services;

  public ClusterCommands(ShardServices services) {
    this.services = services;
  }

  /** A handler that is reached in cluster mode only. */
  @FunctionalInterface
  private interface ClusterHandler {
    void execute(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply);
  }

  private CommandHandler inCluster(ClusterHandler handler) {
    return (context, args, reply) -> {
      Supplier<ClusterView> views = services.cluster();
      if (views == null) {
        throw DISABLED;
      }
      handler.execute(views.get(), context, args, reply);
    };
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.CLUSTER);
    table.within(table.container("cluster", "3.0.0", -2).add());
    table
        .other("count-failure-reports", "3.0.0", 3, inCluster(this::countFailureReports))
        .flags(ADMIN, STALE)
        .add();
    table.other("countkeysinslot", "3.0.0", 3, inCluster(this::countKeysInSlot)).flags(STALE).add();
    table.other("getkeysinslot", "3.0.0", 4, inCluster(this::getKeysInSlot)).flags(STALE).add();
    table.other("info", "3.0.0", 2, inCluster(this::info)).flags(STALE).add();
    table.other("keyslot", "3.0.0", 3, inCluster(this::keySlot)).flags(STALE).add();
    table.other("links", "7.0.0", 2, inCluster(this::links)).flags(STALE).add();
    table.other("myid", "3.0.0", 2, inCluster(this::myId)).flags(STALE).add();
    table.other("myshardid", "7.2.0", 2, inCluster(this::myShardId)).flags(STALE).add();
    table.other("nodes", "3.0.0", 2, inCluster(this::nodes)).flags(STALE).add();
    table.other("replicas", "5.0.0", 3, inCluster(this::replicas)).flags(ADMIN, STALE).add();
    table.other("slaves", "3.0.0", 3, inCluster(this::replicas)).flags(ADMIN, STALE).add();
    table.other("shards", "7.0.0", 2, inCluster(this::shards)).flags(STALE).add();
    table.other("slots", "3.0.0", 2, inCluster(this::slots)).flags(STALE).add();
    table
        .other(
            "help",
            "5.0.0",
            2,
            inCluster((view, context, args, reply) -> HelpReply.write(reply, "CLUSTER", HELP)))
        .flags(LOADING, STALE)
        .add();
    registerRefused(table);
    table.topLevel();
  }

  /** What administrators of a cluster of gossip use: they are told that it is not needed. */
  private void registerRefused(CommandTable.Builder table) {
    CommandHandler refusal =
        inCluster(
            (view, context, args, reply) -> {
              throw DECIDED;
            });
    List.of(
            new Refused("addslots", "3.0.0", -3),
            new Refused("addslotsrange", "7.0.0", -4),
            new Refused("bumpepoch", "3.0.0", 2),
            new Refused("delslots", "3.0.0", -3),
            new Refused("delslotsrange", "7.0.0", -4),
            new Refused("failover", "3.0.0", -2),
            new Refused("flushslots", "3.0.0", 2),
            new Refused("forget", "3.0.0", 3),
            new Refused("meet", "3.0.0", -4),
            new Refused("replicate", "3.0.0", 3),
            new Refused("saveconfig", "3.0.0", 2),
            new Refused("set-config-epoch", "3.0.0", 3),
            new Refused("setslot", "3.0.0", -4))
        .forEach(
            row ->
                table
                    .other(row.name, row.since, row.arity, refusal)
                    .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                    .add());
    table.other("reset", "3.0.0", -2, refusal).flags(ADMIN, STALE, NOSCRIPT).add();
  }

  private record Refused(String name, String since, int arity) {}

  /** {@code CLUSTER COUNT-FAILURE-REPORTS node-id}; reply: integer. */
  private void countFailureReports(
      ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    find(view, args);
    reply.integer(0);
  }

  private static ClusterNode find(ClusterView view, Args args) {
    ClusterNode node = view.find(args.text(2));
    if (node == null) {
      throw CommandError.err("Unknown node " + args.textToZero(2));
    }
    return node;
  }

  /** {@code CLUSTER COUNTKEYSINSLOT slot}; reply: integer. Cost: O(1). */
  private void countKeysInSlot(
      ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    int slot = (int) args.longInRange(2, 0, SlotHash.SLOT_COUNT - 1, INVALID_SLOT);
    reply.integer(context.keyspaces().database(0).countInSlot(slot));
  }

  /** {@code CLUSTER GETKEYSINSLOT slot count}; reply: array of keys. Cost: O(keys). */
  private void getKeysInSlot(
      ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    long slot = args.longAt(2);
    long count = args.longAt(3);
    if (slot < 0 || slot >= SlotHash.SLOT_COUNT || count < 0) {
      throw INVALID_SLOT_OR_COUNT;
    }
    int limit = (int) Math.min(count, Integer.MAX_VALUE);
    List<byte[]> keys = context.keyspaces().database(0).keysInSlot((int) slot, limit);
    reply.array(keys.size());
    keys.forEach(reply::bulk);
  }

  /** {@code CLUSTER INFO}; reply: text of {@code name:value} lines. */
  private void info(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    long primaries = view.shards().stream().filter(shard -> shard.primary() != null).count();
    int assigned = view.assignedSlots();
    String text =
        "cluster_state:"
            + (view.isComplete() ? "ok" : "fail")
            + "\r\ncluster_slots_assigned:"
            + assigned
            + "\r\ncluster_slots_ok:"
            + view.servedSlots()
            + "\r\ncluster_slots_pfail:0\r\ncluster_slots_fail:"
            + (assigned - view.servedSlots())
            + "\r\ncluster_known_nodes:"
            + view.nodes().size()
            + "\r\ncluster_size:"
            + primaries
            + "\r\ncluster_current_epoch:"
            + view.epoch()
            + "\r\ncluster_my_epoch:"
            + view.ownShard().epoch()
            + "\r\ncluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0"
            + "\r\ntotal_cluster_links_buffer_limit_exceeded:0\r\n";
    reply.verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@code CLUSTER KEYSLOT key}; reply: integer. Cost: O(length of the key). */
  private void keySlot(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    reply.integer(SlotHash.slotOf(args, 2));
  }

  /** {@code CLUSTER LINKS}; reply: empty array. */
  private void links(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    reply.array(0);
  }

  /** {@code CLUSTER MYID}; reply: bulk string. */
  private void myId(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    reply.bulk(view.self().id());
  }

  /** {@code CLUSTER MYSHARDID}; reply: bulk string. */
  private void myShardId(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    reply.bulk(view.ownShard().id());
  }

  /** {@code CLUSTER NODES}; reply: text, see {@link ClusterNodesText}. */
  private void nodes(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    String text = ClusterNodesText.of(view, context.nowMs());
    reply.verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@code CLUSTER REPLICAS node-id}; reply: array of lines as in NODES. */
  private void replicas(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    ClusterNode node = find(view, args);
    for (ShardDescriptor shard : view.shards()) {
      if (shard.isPrimary(node)) {
        List<ClusterNode> replicas = shard.replicas();
        reply.array(replicas.size());
        for (ClusterNode replica : replicas) {
          reply.bulk(ClusterNodesText.line(view, shard, replica, context.nowMs()));
        }
        return;
      }
    }
    throw CommandError.err("The specified node is not a master");
  }

  /** {@code CLUSTER SLOTS}; reply: array of ranges: first, last, primary, replicas. */
  private void slots(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    List<ShardDescriptor> served =
        view.shards().stream().filter(shard -> shard.primary() != null).toList();
    reply.array(served.size());
    for (ShardDescriptor shard : served) {
      // Clients send reads to whatever is listed, so replicas that can't be reached are not.
      List<ClusterNode> replicas =
          shard.replicas().stream().filter(node -> node.online() || isSelf(view, node)).toList();
      reply.array(3 + replicas.size());
      reply.integer(shard.firstSlot());
      reply.integer(shard.lastSlot());
      writeEndpoint(view, shard.primary(), reply);
      replicas.forEach(node -> writeEndpoint(view, node, reply));
    }
  }

  private static boolean isSelf(ClusterView view, ClusterNode node) {
    return node.id().equals(view.self().id());
  }

  private static void writeEndpoint(ClusterView view, ClusterNode node, ReplyWriter reply) {
    boolean showsIp = view.endpoints() != ClusterView.Endpoints.IP;
    boolean showsHost =
        view.endpoints() != ClusterView.Endpoints.HOSTNAME && !node.hostname().isEmpty();
    reply.array(4);
    writeEndpointName(view, node, reply);
    reply.integer(node.port());
    reply.bulk(node.id());
    reply.map((showsIp ? 1 : 0) + (showsHost ? 1 : 0));
    if (showsIp) {
      reply.bulk("ip");
      reply.bulk(node.ip());
    }
    if (showsHost) {
      reply.bulk("hostname");
      reply.bulk(node.hostname());
    }
  }

  private static void writeEndpointName(ClusterView view, ClusterNode node, ReplyWriter reply) {
    String endpoint = view.endpointOf(node);
    if (endpoint == null) {
      reply.nil();
    } else {
      reply.bulk(endpoint);
    }
  }

  /** {@code CLUSTER SHARDS}; reply: array of maps with slots and nodes. */
  private void shards(ClusterView view, ExecutionContext context, Args args, ReplyWriter reply) {
    reply.array(view.shards().size());
    for (ShardDescriptor shard : view.shards()) {
      reply.map(2);
      reply.bulk("slots");
      reply.array(2);
      reply.integer(shard.firstSlot());
      reply.integer(shard.lastSlot());
      reply.bulk("nodes");
      reply.array(shard.nodes().size());
      for (ClusterNode node : shard.nodes()) {
        writeNode(view, shard, node, reply);
      }
    }
  }

  private void writeNode(
      ClusterView view, ShardDescriptor shard, ClusterNode node, ReplyWriter reply) {
    boolean named = !node.hostname().isEmpty();
    reply.map(named ? 8 : 7);
    reply.bulk("id");
    reply.bulk(node.id());
    reply.bulk(view.tls() ? "tls-port" : "port");
    reply.integer(node.port());
    reply.bulk("ip");
    reply.bulk(node.ip());
    reply.bulk("endpoint");
    writeEndpointName(view, node, reply);
    if (named) {
      reply.bulk("hostname");
      reply.bulk(node.hostname());
    }
    reply.bulk("role");
    reply.bulk(shard.isPrimary(node) ? "master" : "replica");
    reply.bulk("replication-offset");
    reply.integer(offsetOf(view, shard, node));
    reply.bulk("health");
    reply.bulk(health(view, shard, node));
  }

  private String health(ClusterView view, ShardDescriptor shard, ClusterNode node) {
    if (isSelf(view, node) && services.status().loading()) {
      return "loading";
    }
    return isSelf(view, node) || shard.isHealthy(node) ? "online" : "fail";
  }

  /** Newest log index that a node is known to have. */
  private long offsetOf(ClusterView view, ShardDescriptor shard, ClusterNode node) {
    ShardStatus status = services.status();
    if (isSelf(view, node)) {
      return ServerCommands.offset(status);
    }
    for (PeerPosition peer : status.peers()) {
      if (peer.member().nodeId().equals(node.id())) {
        return peer.matchIndex();
      }
    }
    return shard.isPrimary(node) ? status.commitIndex() : 0;
  }
}
