package io.engramdb.node.commands;

import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.Subscriptions.Kind;

/** A connection as one line of CLIENT LIST, in the form of Redis 7.2. */
final class ClientLine {

  private ClientLine() {}

  /**
   * Appends the line without its end.
   *
   * @param requestBytes bytes of the request that is running for this client; 0 for others
   */
  static void append(StringBuilder out, ConnectedClient client, long nowMs, long requestBytes) {
    ClientState state = client.state();
    var transaction = state.transaction;
    long input = client.inputBytes();
    long inputFree = client.inputFreeBytes();
    long output = client.outputBytes();
    field(out, "id", state.id);
    field(out, "addr", state.address);
    field(out, "laddr", state.localAddress);
    field(out, "fd", client.socketDescriptor());
    field(out, "name", state.name.toString());
    field(out, "age", Math.max(0, nowMs - state.createdMs) / 1000);
    field(out, "idle", Math.max(0, nowMs - state.lastCommandMs) / 1000);
    field(out, "flags", flags(client));
    field(out, "db", state.database);
    field(out, "sub", state.subscriptions.of(Kind.CHANNEL).size());
    field(out, "psub", state.subscriptions.of(Kind.PATTERN).size());
    field(out, "ssub", state.subscriptions.of(Kind.SHARD_CHANNEL).size());
    field(out, "multi", transaction.open ? transaction.queue().size() : -1);
    field(out, "qbuf", input);
    field(out, "qbuf-free", inputFree);
    field(out, "argv-mem", requestBytes);
    field(out, "multi-mem", transaction.queuedBytes());
    field(out, "rbs", 0);
    field(out, "rbp", 0);
    field(out, "obl", 0);
    field(out, "oll", output > 0 ? 1 : 0);
    field(out, "omem", output);
    field(out, "tot-mem", client.memoryBytes() + requestBytes);
    field(out, "events", output > 0 ? "rw" : "r");
    field(out, "cmd", state.lastCommand == null ? "NULL" : state.lastCommand.fullName());
    field(out, "user", state.user == null ? "default" : state.user);
    field(out, "redir", state.tracking == null ? -1 : state.tracking.redirect);
    field(out, "resp", state.protocol);
    field(out, "lib-name", state.libraryName.toString());
    field(out, "lib-ver", state.libraryVersion.toString());
    out.setLength(out.length() - 1);
  }

  private static void field(StringBuilder out, String name, long value) {
    out.append(name).append('=').append(value).append(' ');
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append(name).append('=').append(value).append(' ');
  }

  private static String flags(ConnectedClient client) {
    ClientState state = client.state();
    StringBuilder flags = new StringBuilder();
    if (client.kind() == ConnectedClient.Kind.REPLICA) {
      flags.append('S');
    }
    if (state.monitoring) {
      flags.append('O');
    }
    if (state.subscriptions.any()) {
      flags.append('P');
    }
    if (state.transaction.open) {
      flags.append('x');
    }
    if (client.blocked()) {
      flags.append('b');
    }
    if (state.tracking != null) {
      flags.append('t');
      flags.append(state.tracking.brokenRedirect ? "R" : "");
      flags.append(state.tracking.broadcast ? "B" : "");
    }
    if (state.transaction.broken) {
      flags.append('d');
    }
    if (state.closeAfterReply) {
      flags.append('c');
    }
    if (state.readOnlyAllowed) {
      flags.append('r');
    }
    if (state.noEvict) {
      flags.append('e');
    }
    if (state.noTouch) {
      flags.append('T');
    }
    return flags.isEmpty() ? "N" : flags.toString();
  }
}
