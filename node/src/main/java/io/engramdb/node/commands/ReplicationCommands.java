package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.ALLOW_BUSY;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_ASYNC_LOADING;
import static io.engramdb.node.command.CommandFlag.NO_MULTI;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplicaState;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardControl;

/**
 * SYNC, PSYNC and REPLCONF: what a server of another make, or a tool, says in order to replicate
 * from this node.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code replication.c}. Differences from upstream: PSYNC always
 * begins anew; a replica's acknowledgements are no copies in the sense of WAIT.
 */
final class ReplicationCommands implements CommandFamily {

  private static final CommandError ATTACHED =
      CommandError.err("this connection is a replica already");
  private static final int MAX_PORT = 65_535;

  private final ShardControl control;

  ReplicationCommands(ShardServices services) {
    control = services.control();
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .other("sync", "1.0.0", 1, this::sync)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .add();
    table
        .other("psync", "2.8.0", -3, this::psync)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .add();
    table
        .other("replconf", "3.0.0", -1, this::configure)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY)
        .add();
  }

  /** {@code SYNC}; reply: an RDB file as a bulk string, then every change; O(all keys), beside. */
  private void sync(ExecutionContext context, Args args, ReplyWriter reply) {
    attach(context.client(), false);
  }

  /**
   * {@code PSYNC replicationid offset}; reply: {@code FULLRESYNC} with identity and offset, then as
   * SYNC; O(all keys), beside.
   */
  private void psync(ExecutionContext context, Args args, ReplyWriter reply) {
    args.longAt(2);
    attach(context.client(), true);
  }

  /** The reply comes when the snapshot is there. */
  private void attach(ClientState client, boolean partial) {
    ReplicaState replica = state(client);
    if (replica.attached) {
      throw ATTACHED;
    }
    replica.partial = partial;
    String refusal = control.replicateTo(client);
    if (refusal != null) {
      throw CommandError.err(refusal);
    }
    replica.attached = true;
  }

  private static ReplicaState state(ClientState client) {
    ReplicaState replica = client.replica;
    if (replica == null) {
      replica = new ReplicaState();
      client.replica = replica;
    }
    return replica;
  }

  /** {@code REPLCONF option value …}; reply: OK, none to ACK and GETACK; O(1). */
  private void configure(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() % 2 == 0) {
      throw CommandError.SYNTAX;
    }
    ReplicaState replica = state(context.client());
    for (int i = 1; i < args.count(); i += 2) {
      if (args.is(i, "ACK")) {
        replica.acknowledgedOffset = args.longOr(i + 1, replica.acknowledgedOffset);
        replica.acknowledgedMs = context.nowMs();
        return;
      }
      if (args.is(i, "GETACK")) {
        return;
      }
      set(replica, args, i);
    }
    reply.ok();
  }

  private static void set(ReplicaState replica, Args args, int place) {
    if (args.is(place, "LISTENING-PORT")) {
      replica.listeningPort =
          (int) args.longInRange(place + 1, 0, MAX_PORT, CommandError.NOT_AN_INTEGER);
    } else if (args.is(place, "CAPA")) {
      replica.takesEndMark |= args.is(place + 1, "EOF");
    } else if (args.is(place, "RDB-FILTER-ONLY")) {
      for (String word : args.text(place + 1).split(" +")) {
        if (!word.isEmpty() && !word.equalsIgnoreCase("functions")) {
          throw CommandError.err("Unsupported rdb-filter-only option: " + word);
        }
        replica.functionsOnly |= !word.isEmpty();
      }
    } else if (!args.is(place, "IP-ADDRESS") && !args.is(place, "RDB-ONLY")) {
      throw CommandError.err("Unrecognized REPLCONF option: " + args.text(place));
    }
  }
}
