package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ALLOW_BUSY;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.SKIP_SLOWLOG;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import java.util.List;

/**
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH.
 *
 * <p>A transaction is one run of effects: in the log it stands whole, so replicas and restarts see
 * all of it or nothing. Upstream behaviour: Redis {@code multi.c}.
 */
public final class TransactionCommands implements CommandFamily {

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.TRANSACTIONS);
    List<KeySpec> watched = List.of(KeySpec.keys(1, -1, 1).with(KeyFlag.RO));
    table
        .other("multi", "1.2.0", 1, TransactionCommands::multi)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .add();
    table
        .other("exec", "1.2.0", 1, TransactionCommands::exec)
        .flags(NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG)
        .add();
    table
        .other("discard", "2.0.0", 1, TransactionCommands::discard)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .add();
    table
        .keyed("watch", "2.2.0", -2, watched, TransactionCommands::watch)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .add();
    table
        .other("unwatch", "2.2.0", 1, TransactionCommands::unwatch)
        .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
        .add();
  }

  /** {@code MULTI}: OK; no effects; O(1). A nested one is an error, and the first goes on. */
  private static void multi(ExecutionContext context, Args args, ReplyWriter reply) {
    ClientState client = context.client();
    if (client.transaction.open) {
      throw CommandError.err("MULTI calls can not be nested");
    }
    client.transaction.open = true;
    reply.ok();
  }

  /**
   * {@code EXEC}: array of the commands' replies, or null if a watched key has changed; the effects
   * of all commands as one run; cost of the commands.
   */
  private static void exec(ExecutionContext context, Args args, ReplyWriter reply) {
    if (!context.client().transaction.open) {
      throw CommandError.err("EXEC without MULTI");
    }
    context.transactions().exec(context.client(), reply);
  }

  /** {@code DISCARD}: OK; no effects; O(queued commands and watched keys). */
  private static void discard(ExecutionContext context, Args args, ReplyWriter reply) {
    if (!context.client().transaction.open) {
      throw CommandError.err("DISCARD without MULTI");
    }
    context.transactions().end(context.client());
    reply.ok();
  }

  /**
   * {@code WATCH key [key …]}: OK; no effects; O(keys). Within a transaction it is an error, and
   * the transaction goes on.
   */
  private static void watch(ExecutionContext context, Args args, ReplyWriter reply) {
    ClientState client = context.client();
    if (client.transaction.open) {
      throw CommandError.err("WATCH inside MULTI is not allowed");
    }
    if (!client.transaction.broken) {
      for (int i = 1; i < args.count(); i++) {
        context.transactions().watch(client, args.bytes(i));
      }
    }
    reply.ok();
  }

  /** {@code UNWATCH}: OK; no effects; O(watched keys). */
  private static void unwatch(ExecutionContext context, Args args, ReplyWriter reply) {
    context.transactions().unwatch(context.client());
    reply.ok();
  }
}
