package io.engramdb.node.server;

import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshotter answers to clients that want data: nothing. It is there for whoever looks
 * after it (INFO, CONFIG, BGSAVE, ACL and their like); its memory may lag as far as it likes, and
 * no client shall come to depend on it. Stateless.
 */
final class SnapshotterRefusal implements AdmissionCheck {
  private static final Set<CommandGroup> SERVED =
      EnumSet.of(CommandGroup.CONNECTION, CommandGroup.SERVER, CommandGroup.CLUSTER);

  private static final CommandError NO_DATA =
      new CommandError("READONLY", "This member makes snapshots and serves no data.");

  @Override
  public @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client) {
    return SERVED.contains(spec.group()) ? null : NO_DATA;
  }
}
