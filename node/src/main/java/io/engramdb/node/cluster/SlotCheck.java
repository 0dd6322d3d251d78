package io.engramdb.node.cluster;

import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.TransactionState.Queued;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * In cluster mode: are all keys of the command in one slot, and does this node serve it?
 *
 * <p>Refuses with CROSSSLOT, MOVED or CLUSTERDOWN. A replica serves reads of clients that sent
 * READONLY, and shard channels. A command without keys is always accepted. For EXEC the keys of the
 * whole transaction count. Allocates nothing unless it refuses. One per shard, shard thread only.
 */
public final class SlotCheck implements AdmissionCheck {

  private static final int NO_SLOT = -1;
  private static final int SEVERAL_SLOTS = -2;

  private static final CommandError DOWN = CommandError.CLUSTER_DOWN;
  private static final CommandError UNBOUND =
      new CommandError("CLUSTERDOWN", "Hash slot not served");

  private final Supplier<ClusterView> views;

  // The request at hand, for the visitor below, which is made once and not for each request.
  private Args args = new Args();
  private int slot;

  /** The request is about shard channels, which every node of the shard serves. */
  private boolean sharded;

  private final KeySpec.PlaceVisitor visitor = this::visitKey;

  /**
   * @param views the newest picture of the cluster; asked once for each command
   */
  public SlotCheck(Supplier<ClusterView> views) {
    this.views = views;
  }

  @Override
  public @Nullable CommandError refuse(CommandSpec spec, Args request, ClientState client) {
    boolean exec = isExec(spec, client);
    if (spec.keys().isEmpty() && !exec) {
      return null;
    }
    slot = NO_SLOT;
    sharded = spec.has(CommandFlag.PUBSUB);
    boolean write = spec.isWrite();
    if (exec) {
      write = visitQueue(client.transaction.queue());
    } else {
      visitRequest(spec, request);
    }
    return slot == NO_SLOT ? null : judge(write, client);
  }

  private static boolean isExec(CommandSpec spec, ClientState client) {
    return client.transaction.open && spec.name().equals("exec");
  }

  /** Whether a command of the queue writes. */
  private boolean visitQueue(List<Queued> queue) {
    boolean write = false;
    for (int i = 0; i < queue.size(); i++) {
      Queued queued = queue.get(i);
      write |= queued.spec().isWrite();
      sharded |= queued.spec().has(CommandFlag.PUBSUB);
      visitRequest(queued.spec(), queued.args());
    }
    return write;
  }

  private void visitRequest(CommandSpec spec, Args request) {
    args = request;
    List<KeySpec> keys = spec.keys();
    for (int i = 0; i < keys.size(); i++) {
      // A count of keys that can't be right is the handler's to refuse: it knows the error text.
      keys.get(i).visit(request, visitor);
    }
  }

  private void visitKey(int place) {
    int found = SlotHash.slotOf(args, place);
    if (slot == NO_SLOT) {
      slot = found;
    } else if (slot != found) {
      slot = SEVERAL_SLOTS;
    }
  }

  private @Nullable CommandError judge(boolean write, ClientState client) {
    if (slot == SEVERAL_SLOTS) {
      return CommandError.CROSS_SLOT;
    }
    ClusterView view = views.get();
    ShardDescriptor shard = view.shardOf(slot);
    if (shard == null) {
      return UNBOUND;
    }
    boolean own = shard.nodes().contains(view.self());
    if (own && view.selfServes()) {
      return null;
    }
    boolean mayReplica = client.readOnlyAllowed || sharded;
    if (own && mayReplica && !write && !shard.isPrimary(view.self())) {
      return null;
    }
    ClusterNode primary = shard.primary();
    // A node that is named as primary and does not serve yet would only redirect to itself.
    if (primary == null || !shard.live() || primary.id().equals(view.self().id())) {
      return DOWN;
    }
    return view.moved(slot, primary);
  }
}
