package io.engramdb.node.script;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ScriptPort;
import io.engramdb.node.command.ScriptPort.Obstacle;
import org.jspecify.annotations.Nullable;

/** One execution of a script or function: what it may do, what it has done. Shard thread only. */
final class ScriptRun {

  static final int NO_SLOT = -1;

  /** How the script is called in error texts: the hash of its text, or the function's name. */
  final String name;

  final ExecutionContext context;
  final ScriptPort port;
  final boolean readOnly;
  final boolean allowOom;
  final boolean allowCrossSlot;

  /** What kept writes back when it began. */
  final Obstacle obstacle;

  final long effectsAtStart;

  /** Protocol version in which it speaks with commands, 2 or 3. */
  int protocol = 2;

  /** The request, as long as it runs; a copy of it once others are told of it. */
  Args request;

  /** FCALL and not EVAL. */
  final boolean function;

  /** Monotonic nanoseconds. */
  long beganNanos;

  /** Others are answered in the middle of it. */
  boolean slow;

  /** With what it is to end at the next look; null if it may go on. */
  @Nullable String verdict;

  /** Slot of the keys so far, in cluster mode. */
  int slot = NO_SLOT;

  ScriptRun(
      String name,
      ExecutionContext context,
      Args request,
      boolean function,
      boolean readOnly,
      boolean allowOom,
      boolean allowCrossSlot) {
    this.name = name;
    this.context = context;
    this.request = request;
    this.function = function;
    this.port = context.scripts();
    this.readOnly = readOnly;
    this.allowOom = allowOom;
    this.allowCrossSlot = allowCrossSlot;
    this.obstacle = port.obstacle();
    this.effectsAtStart = port.effectCount();
  }

  /** Whether it has changed anything yet. */
  boolean hasWritten() {
    return port.effectCount() != effectsAtStart;
  }
}
