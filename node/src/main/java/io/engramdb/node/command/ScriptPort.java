package io.engramdb.node.command;

import org.jspecify.annotations.Nullable;

/**
 * Port: what a running script asks of the shard. A script is one command to the shard; what it
 * calls adds to the effects of that command. Shard thread only.
 */
public interface ScriptPort {

  /** What keeps a script from writing, or from growing the data. */
  enum Obstacle {
    NONE,
    /** Another node is the primary. */
    NOT_PRIMARY,
    /** Memory is full: only what frees or reads may run. */
    MEMORY_FULL,
    /** The log's disk is nearly full, with the same consequence. */
    LOG_DISK_LOW
  }

  /** The command of a request; null if there is none, a container if the subcommand is unknown. */
  @Nullable CommandSpec resolve(Args args);

  /** What login, rights and slots say against a command of the running client; null for nothing. */
  @Nullable CommandError refuseByChecks(CommandSpec spec, Args args);

  /** Whether the running client's user may run a command. */
  boolean permits(CommandSpec spec, Args args);

  /** Whether scripts may call what scripts must not call; only a test switches that on. */
  default boolean allowsAll() {
    return false;
  }

  /** What keeps writes back, the most important first. */
  Obstacle obstacle();

  /** Whether too few replicas answer for a script to begin to write. */
  boolean lacksReplicas();

  /** Runs a command and writes its reply, errors too. */
  void call(CommandSpec spec, Args args, ReplyWriter reply);

  /** A command that the script called was refused. */
  void rejected(@Nullable CommandSpec spec, CommandError error);

  /** The script's own reply is this error. */
  void failed(CommandError error);

  /** Effects recorded so far by what runs; grows when something is changed. */
  long effectCount();

  /** What the effects of what runs take so far, bytes. */
  long effectBytes();
}
