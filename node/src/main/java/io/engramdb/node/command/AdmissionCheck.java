package io.engramdb.node.command;

import org.jspecify.annotations.Nullable;

/** One reason to refuse a command before it runs. */
@FunctionalInterface
public interface AdmissionCheck {
  /** The error to answer with, or null if this check has nothing against the command. */
  @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client);

  /** As {@link #refuse} for a command of a transaction, which was accepted when it was queued. */
  default @Nullable CommandError refuseQueued(CommandSpec spec, Args args, ClientState client) {
    return refuse(spec, args, client);
  }

  /** As {@link #refuse} for a command that a script calls. */
  default @Nullable CommandError refuseInScript(CommandSpec spec, Args args, ClientState client) {
    return refuse(spec, args, client);
  }

  /** Whether a script of this client could call the command, as far as rights go. */
  default boolean permits(CommandSpec spec, Args args, ClientState client) {
    return true;
  }
}
