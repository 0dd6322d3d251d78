package io.engramdb.node.security;

import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import org.jspecify.annotations.Nullable;

/** Refuses what needs a login before there was one. Shard thread only. */
public final class AuthCheck implements AdmissionCheck {

  private final UserRegistry users;

  public AuthCheck(UserRegistry users) {
    this.users = users;
  }

  @Override
  public @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client) {
    if (client.authenticated || spec.has(CommandFlag.NO_AUTH) || users.isOpen()) {
      return null;
    }
    return CommandError.NO_AUTH;
  }
}
