package io.engramdb.node.shard;

import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.ScriptPort.Obstacle;
import io.engramdb.node.engine.Keyspaces;
import org.jspecify.annotations.Nullable;

/**
 * Memory, disk, role, state: what depends on the shard and not on the client. Shard thread only.
 */
final class StateCheck {

  private final Keyspaces keyspaces;
  private final ShardLimits limits;
  private ShardState state = ShardState.LOADING;

  StateCheck(Keyspaces keyspaces, ShardLimits limits) {
    this.keyspaces = keyspaces;
    this.limits = limits;
  }

  void enter(ShardState newState) {
    state = newState;
  }

  ShardLimits limits() {
    return limits;
  }

  ShardState state() {
    return state;
  }

  /** Why this command may not run now, or null. */
  @Nullable CommandError refuse(CommandSpec spec, ClientState client) {
    boolean grows = spec.isDenyOom() || (spec.isExec() && client.transaction.needsMemory());
    if (grows && state.leads()) {
      if (isMemoryFull()) {
        return CommandError.OOM;
      }
      if (limits.logDiskLow) {
        return CommandError.NO_SPACE;
      }
    }
    if (!CommandExecutor.usesData(spec, client)) {
      return null;
    }
    if (!state.showsData()) {
      return CommandError.LOADING;
    }
    boolean writes =
        spec.isWrite() || spec.isLogged() || (spec.isExec() && client.transaction.writes());
    if (writes && lacksReplicas()) {
      return CommandError.NO_REPLICAS;
    }
    return writes && state != ShardState.LEADING ? CommandError.READ_ONLY : null;
  }

  /** Whether this is a primary with too few replicas to take a write. */
  boolean lacksReplicas() {
    return limits.replicasToWrite > 0
        && state == ShardState.LEADING
        && limits.replicasOnline.getAsInt() < limits.replicasToWrite;
  }

  /** What keeps the commands of a script from writing. */
  Obstacle obstacle() {
    if (state != ShardState.LEADING) {
      return Obstacle.NOT_PRIMARY;
    }
    if (isMemoryFull()) {
      return Obstacle.MEMORY_FULL;
    }
    return limits.logDiskLow ? Obstacle.LOG_DISK_LOW : Obstacle.NONE;
  }

  private boolean isMemoryFull() {
    return limits.maxMemoryBytes > 0
        && !limits.makesRoom
        && keyspaces.usedBytes() > limits.maxMemoryBytes;
  }
}
