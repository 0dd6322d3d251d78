package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.security.UserRegistry;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which connections CLIENT KILL means, in its long form: all conditions must hold. */
final class ClientFilter {

  private long id;
  private @Nullable String address;
  private @Nullable String localAddress;
  private @Nullable String user;
  private ConnectedClient.@Nullable Kind kind;
  private boolean skipsAsker = true;

  private ClientFilter() {}

  /**
   * Reads the conditions from that word on.
   *
   * @throws CommandError syntax error, or what is wrong with a value
   */
  static ClientFilter parse(Args args, int from, UserRegistry users) {
    ClientFilter filter = new ClientFilter();
    for (int word = from; word < args.count(); word += 2) {
      if (word + 1 == args.count()) {
        throw CommandError.SYNTAX;
      }
      filter.condition(args, word, users);
    }
    return filter;
  }

  private void condition(Args args, int word, UserRegistry users) {
    String value = args.text(word + 1);
    if (args.is(word, "ID")) {
      id = args.longOr(word + 1, 0);
      if (id < 1) {
        throw CommandError.err("client-id should be greater than 0");
      }
    } else if (args.is(word, "TYPE")) {
      kind = kind(value);
    } else if (args.is(word, "ADDR")) {
      address = value;
    } else if (args.is(word, "LADDR")) {
      localAddress = value;
    } else if (args.is(word, "USER")) {
      if (users.find(value) == null) {
        throw CommandError.err("No such user '" + value + "'");
      }
      user = value;
    } else if (args.is(word, "SKIPME") && args.is(word + 1, "YES")) {
      skipsAsker = true;
    } else if (args.is(word, "SKIPME") && args.is(word + 1, "NO")) {
      skipsAsker = false;
    } else {
      throw CommandError.SYNTAX;
    }
  }

  /** The kind of that name. */
  static ConnectedClient.Kind kind(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "normal" -> ConnectedClient.Kind.NORMAL;
      case "slave", "replica" -> ConnectedClient.Kind.REPLICA;
      case "pubsub" -> ConnectedClient.Kind.PUBSUB;
      case "master" -> ConnectedClient.Kind.MASTER;
      default -> throw CommandError.err("Unknown client type '" + name + "'");
    };
  }

  /** Whether the one who asks is never meant. */
  boolean skipsAsker() {
    return skipsAsker;
  }

  boolean accepts(ConnectedClient client) {
    ClientState state = client.state();
    return (id == 0 || state.id == id)
        && (address == null || state.address.equals(address))
        && (localAddress == null || state.localAddress.equals(localAddress))
        && (user == null || user.equals(state.user))
        && (kind == null || kind == client.kind());
  }
}
