package io.engramdb.node.command;

/**
 * Runs one command. Its visible parts, in this order: parse, look up, change and record, reply.
 *
 * <p>May throw {@link CommandError} only before its first change. Never sees sockets, threads, the
 * log, the system clock or a random source of its own.
 */
@FunctionalInterface
public interface CommandHandler {
  /** Runs the command and writes exactly one reply, unless it defers it. */
  void execute(ExecutionContext context, Args args, ReplyWriter reply);
}
