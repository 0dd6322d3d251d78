package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardStatus;

/**
 * WAIT and WAITAOF. A write's own reply already means that a majority has it on disk; these tell
 * how many do, and wait for more. Shard thread only.
 */
final class WaitCommands {

  private static final CommandError TIMEOUT_NOT_INTEGER =
      CommandError.err("timeout is not an integer or out of range");
  private static final CommandError TIMEOUT_NEGATIVE = CommandError.err("timeout is negative");
  private static final CommandError TIMEOUT_TOO_LARGE = CommandError.err("timeout is out of range");
  private static final CommandError NOT_POSITIVE =
      CommandError.err("value is out of range, must be positive");
  private static final CommandError NOT_ZERO_OR_ONE =
      CommandError.err("value is out of range, value must between 0 and 1");
  private static final String LOCAL_WRITES =
      " cannot be used with replica instances. Please also note that %swrites to replicas are just"
          + " local and are not propagated.";
  private static final CommandError WAIT_ON_REPLICA =
      CommandError.err(
          "WAIT"
              + LOCAL_WRITES.formatted(
                  "since Redis 4.0 if a replica is configured to be writable (which is not the"
                      + " default) "));
  private static final CommandError WAITAOF_ON_REPLICA =
      CommandError.err("WAITAOF" + LOCAL_WRITES.formatted(""));

  private final ShardStatus status;
  private final ShardControl control;

  WaitCommands(ShardStatus status, ShardControl control) {
    this.status = status;
    this.control = control;
  }

  /**
   * {@code WAIT copies timeout}
   *
   * <p>Reply: integer, the other voters that have the client's last write on disk.
   */
  void waitCopies(ExecutionContext context, Args args, ReplyWriter reply) {
    if (!status.isPrimary()) {
      throw WAIT_ON_REPLICA;
    }
    long copies = args.longAt(1);
    complete(context, reply, new Wait(context.client(), copies, 0, false, deadline(context, args)));
  }

  /**
   * {@code WAITAOF own copies timeout}
   *
   * <p>Reply: array of 1 if this node has the client's last write on disk, and of the other voters
   * that have.
   */
  void waitDisk(ExecutionContext context, Args args, ReplyWriter reply) {
    long own = args.longInRange(1, 0, 1, NOT_ZERO_OR_ONE);
    long copies = args.longInRange(2, 0, Long.MAX_VALUE, NOT_POSITIVE);
    long deadlineMs = deadline(context, args);
    if (!status.isPrimary()) {
      throw WAITAOF_ON_REPLICA;
    }
    complete(context, reply, new Wait(context.client(), copies, own, true, deadlineMs));
  }

  /** Shard time at which to answer with what there is; the timeout is the last word. */
  private static long deadline(ExecutionContext context, Args args) {
    long timeoutMs = args.longAt(args.count() - 1, TIMEOUT_NOT_INTEGER);
    if (timeoutMs < 0) {
      throw TIMEOUT_NEGATIVE;
    }
    if (timeoutMs > Long.MAX_VALUE - context.nowMs()) {
      throw TIMEOUT_TOO_LARGE;
    }
    return timeoutMs == 0 ? Long.MAX_VALUE : context.nowMs() + timeoutMs;
  }

  private static boolean counts(PeerPosition peer) {
    return peer.online() && peer.member().votes();
  }

  private static void complete(ExecutionContext context, ReplyWriter reply, Wait wait) {
    if (!wait.tryComplete(reply, !context.mayDefer())) {
      context.defer(wait);
    }
  }

  /** One client's wait for the record that its newest write went into. */
  private final class Wait implements DeferredReply {
    private final long epoch;
    private final long sequence;
    private final long copiesWanted;
    private final long ownWanted;
    private final boolean tellsOwn;
    private final long deadlineMs;

    Wait(ClientState client, long copiesWanted, long ownWanted, boolean tellsOwn, long deadlineMs) {
      this.epoch = client.lastWriteEpoch;
      this.sequence = client.lastWriteSequence;
      this.copiesWanted = copiesWanted;
      this.ownWanted = ownWanted;
      this.tellsOwn = tellsOwn;
      this.deadlineMs = deadlineMs;
    }

    @Override
    public boolean tryComplete(ReplyWriter reply, boolean expired) {
      int copies = copies();
      int own = sequence == 0 || control.onOwnDisk(epoch, sequence) ? 1 : 0;
      if (!expired && (copies < copiesWanted || own < ownWanted)) {
        return false;
      }
      if (tellsOwn) {
        reply.array(2);
        reply.integer(own);
      }
      reply.integer(copies);
      return true;
    }

    /** A client that has written nothing has lost nothing: every voter that answers counts. */
    private int copies() {
      return sequence == 0
          ? (int) status.peers().stream().filter(WaitCommands::counts).count()
          : control.copiesElsewhere(epoch, sequence);
    }

    @Override
    public long deadlineMs() {
      return deadlineMs;
    }
  }
}
