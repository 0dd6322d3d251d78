package io.engramdb.node.shard;

import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import org.jspecify.annotations.Nullable;

/** What a client that listens may still do under RESP2, where messages look like replies. */
final class SubscriberMode {

  private SubscriberMode() {}

  /** Hardly anything: null if it is allowed. */
  static @Nullable CommandError refuse(CommandSpec spec, ClientState client) {
    if (client.protocol != 2 || !client.subscriptions.any()) {
      return null;
    }
    return switch (spec.fullName()) {
      case "ping",
          "subscribe",
          "psubscribe",
          "ssubscribe",
          "unsubscribe",
          "punsubscribe",
          "sunsubscribe",
          "quit",
          "reset" ->
          null;
      default ->
          CommandError.err(
              "Can't execute '"
                  + spec.fullName()
                  + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed"
                  + " in this context");
    };
  }
}
