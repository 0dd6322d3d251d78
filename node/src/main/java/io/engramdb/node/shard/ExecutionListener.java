package io.engramdb.node.shard;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import org.jspecify.annotations.Nullable;

/** Hears of each command, for statistics and the slow log. */
public interface ExecutionListener {

  /**
   * A command ran.
   *
   * @param error the error it answered with, or null
   */
  void executed(
      CommandSpec spec,
      Args args,
      ClientState client,
      long elapsedNanos,
      @Nullable CommandError error);

  /** A command that had waited ended with an error. */
  void waitFailed(CommandSpec spec, CommandError error);

  /** A command was refused before it ran; spec is null if there is no such command. */
  void rejected(@Nullable CommandSpec spec, CommandError error);

  ExecutionListener NONE =
      new ExecutionListener() {
        @Override
        public void executed(
            CommandSpec spec,
            Args args,
            ClientState client,
            long elapsedNanos,
            @Nullable CommandError error) {}

        @Override
        public void waitFailed(CommandSpec spec, CommandError error) {}

        @Override
        public void rejected(@Nullable CommandSpec spec, CommandError error) {}
      };
}
