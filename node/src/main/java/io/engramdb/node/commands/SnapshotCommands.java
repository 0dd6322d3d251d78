package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_ASYNC_LOADING;
import static io.engramdb.node.command.CommandFlag.NO_MULTI;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.command.SnapshotStatus;

/**
 * BGSAVE, BGREWRITEAOF, SAVE, LASTSAVE: a snapshot of this node's own. What is written is durable
 * without one; a snapshot bounds how much log a restart has to read.
 *
 * <p>Upstream behaviour: Redis 7.2 {@code rdb.c}. Differences from upstream: SAVE stops nobody but
 * the client that waits for it.
 */
final class SnapshotCommands implements CommandFamily {

  private static final long MS_PER_SECOND = 1000;
  private static final CommandError FAILED = CommandError.err("the snapshot failed, see the log");
  private static final CommandError NOT_IN_TRANSACTION =
      CommandError.err("Command not allowed inside a transaction");

  private final ShardStatus status;
  private final ShardControl control;

  SnapshotCommands(ShardServices services) {
    status = services.status();
    control = services.control();
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table
        .other("bgsave", "1.0.0", -1, this::backgroundSave)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .add();
    table
        .other("bgrewriteaof", "1.0.0", 1, this::rewriteLog)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
        .add();
    table
        .other("save", "1.0.0", 1, this::save)
        .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
        .add();
    table
        .other("lastsave", "1.0.0", 1, this::lastSave)
        .flags(LOADING, STALE, FAST)
        .categories(AclCategory.ADMIN, AclCategory.DANGEROUS)
        .add();
  }

  /** {@code BGSAVE [SCHEDULE]}; reply: status; O(1), the work is done beside. */
  private void backgroundSave(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() > 2 || (args.count() == 2 && !args.is(1, "SCHEDULE"))) {
      throw CommandError.SYNTAX;
    }
    if (args.count() == 2 && status.snapshots().running()) {
      // It is younger than the request, or about to be complete: both are what was asked for.
      reply.simple("Background saving scheduled");
      return;
    }
    start();
    reply.simple("Background saving started");
  }

  /**
   * {@code BGREWRITEAOF}; reply: status. What shortens a log here is a snapshot: a restart reads
   * the log behind it, and it may be cut there.
   */
  private void rewriteLog(ExecutionContext context, Args args, ReplyWriter reply) {
    if (status.snapshots().running()) {
      reply.simple("Background append only file rewriting scheduled");
      return;
    }
    start();
    reply.simple("Background append only file rewriting started");
  }

  private void start() {
    String refusal = control.startSnapshot();
    if (refusal != null) {
      throw CommandError.err(refusal);
    }
  }

  /** {@code SAVE}; reply: OK when the snapshot is complete. */
  private void save(ExecutionContext context, Args args, ReplyWriter reply) {
    if (!context.mayDefer()) {
      throw NOT_IN_TRANSACTION;
    }
    start();
    Save waiting = new Save();
    if (!waiting.tryComplete(reply, false)) {
      context.defer(waiting);
    }
  }

  private final class Save implements DeferredReply {
    @Override
    public boolean tryComplete(ReplyWriter reply, boolean expired) {
      SnapshotStatus now = status.snapshots();
      if (now.running()) {
        return false;
      }
      if (now.lastFailed()) {
        reply.error(FAILED);
      } else {
        reply.ok();
      }
      return true;
    }

    @Override
    public long deadlineMs() {
      return Long.MAX_VALUE;
    }
  }

  /** {@code LASTSAVE}; reply: integer, Unix seconds. */
  private void lastSave(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.integer(status.snapshots().lastSavedMs() / MS_PER_SECOND);
  }
}
