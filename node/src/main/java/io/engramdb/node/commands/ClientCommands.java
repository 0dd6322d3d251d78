package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientDirectory;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.ClientState.ReplyMode;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.pubsub.MessageHub;
import io.engramdb.node.security.UserRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * CLIENT: what is known of connections, and what may be done to them; for caching see {@link
 * TrackingCommands}. Upstream: Redis 7.2 {@code networking.c}.
 */
public final class ClientCommands implements CommandFamily {

  private static final List<String> HELP =
      List.of(
          "CACHING (YES|NO)",
          "    Whether the keys of the next command are tracked.",
          "GETNAME",
          "    The name that this connection has been given.",
          "GETREDIR",
          "    Number of the client that invalidations go to; 0: this one, -1: tracking is off.",
          "ID",
          "    The number of this connection.",
          "INFO",
          "    This connection as one line of CLIENT LIST.",
          "KILL <ip:port>",
          "    Close the connection from that address.",
          "KILL <option> <value> [<option> <value> [...]]",
          "    Close every connection for which all options hold:",
          "    * ADDR <ip:port>, LADDR <ip:port>: its address, or ours",
          "    * ID <client-id>: its number",
          "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB): its kind",
          "    * USER <username>: who it has logged in as",
          "    * SKIPME (YES|NO): never this one (default: yes)",
          "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [...]]",
          "    All connections, or some of them, one per line.",
          "NO-EVICT (ON|OFF)",
          "    Keep this connection when connections are closed for want of memory.",
          "NO-TOUCH (ON|OFF)",
          "    Let reads of this connection not count as use of a key.",
          "PAUSE <timeout> [WRITE|ALL]",
          "    Let commands, or only writes, wait for that many milliseconds.",
          "REPLY (ON|OFF|SKIP)",
          "    Send replies, send none, or leave out the next one.",
          "SETINFO (LIB-NAME|LIB-VER) <value>",
          "    The client library's name or version.",
          "SETNAME <name>",
          "    Give this connection a name.",
          "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
          "         [OPTIN] [OPTOUT] [NOLOOP]",
          "    Tell this connection, or another one, when keys change that it has read.",
          "TRACKINGINFO",
          "    How keys are tracked for this connection.",
          "UNBLOCK <client-id> [TIMEOUT|ERROR]",
          "    End the wait of a blocked client.",
          "UNPAUSE",
          "    End a pause.");

  private final UserRegistry users;
  private final Supplier<ClientDirectory> clients;
  private final TrackingCommands tracking;

  /**
   * @param clients asked only when a command runs, as is the hub: both are made after the table
   */
  public ClientCommands(
      UserRegistry users, Supplier<ClientDirectory> clients, Supplier<MessageHub> hub) {
    this.users = users;
    this.clients = clients;
    this.tracking = new TrackingCommands(clients, hub);
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.CONNECTION);
    table.within(table.container("client", "2.4.0", -2).add());
    plain(table, "getname", "2.6.9", 2, ClientCommands::getName);
    plain(table, "id", "5.0.0", 2, ClientCommands::id);
    plain(table, "info", "6.2.0", 2, this::info);
    admin(table, "kill", "2.4.0", -3, this::kill);
    admin(table, "list", "2.4.0", -2, this::list);
    admin(table, "no-evict", "7.0.0", 3, ClientCommands::noEvict);
    plain(table, "no-touch", "7.2.0", 3, ClientCommands::noTouch);
    admin(table, "pause", "2.9.50", -3, this::pause);
    plain(table, "reply", "3.2.0", 3, ClientCommands::reply);
    plain(table, "setinfo", "7.2.0", 4, ClientCommands::setInfo);
    plain(table, "setname", "2.6.9", 3, ClientCommands::setName);
    tracking.register(table);
    admin(table, "unblock", "5.0.0", -3, this::unblock);
    admin(table, "unpause", "6.2.0", 2, this::unpause);
    table
        .other("help", "5.0.0", 2, (context, args, out) -> HelpReply.write(out, "CLIENT", HELP))
        .flags(LOADING, STALE)
        .add();
    table.topLevel();
  }

  private static void plain(
      CommandTable.Builder table, String name, String since, int arity, CommandHandler handler) {
    row(table, name, since, arity, handler);
  }

  private static void admin(
      CommandTable.Builder table, String name, String since, int arity, CommandHandler handler) {
    row(table, name, since, arity, handler, ADMIN);
  }

  private static void row(
      CommandTable.Builder table,
      String name,
      String since,
      int arity,
      CommandHandler handler,
      CommandFlag... more) {
    table.other(name, since, arity, handler).flags(NOSCRIPT, LOADING, STALE).flags(more).add();
  }

  /** {@code CLIENT GETNAME}; reply: bulk string or null; no effects; O(1). */
  private static void getName(ExecutionContext context, Args args, ReplyWriter out) {
    Bytes name = context.client().name;
    if (name.length() == 0) {
      out.nil();
    } else {
      out.bulk(name.array());
    }
  }

  /** {@code CLIENT ID}; reply: integer; no effects; O(1). */
  private static void id(ExecutionContext context, Args args, ReplyWriter out) {
    out.integer(context.client().id);
  }

  /** {@code CLIENT INFO}; reply: one line of CLIENT LIST; no effects; O(1). */
  private void info(ExecutionContext context, Args args, ReplyWriter out) {
    StringBuilder lines = new StringBuilder();
    ConnectedClient self = clients.get().find(context.client().id);
    if (self != null) {
      line(lines, self, context, args);
    }
    out.verbatim("txt", latin1(lines));
  }

  /** {@code CLIENT LIST [TYPE type] [ID id ...]}; reply: text; no effects; O(connections). */
  private void list(ExecutionContext context, Args args, ReplyWriter out) {
    StringBuilder lines = new StringBuilder();
    if (args.count() == 4 && args.is(2, "TYPE")) {
      ConnectedClient.Kind kind = ClientFilter.kind(args.text(3));
      for (ConnectedClient client : clients.get().clients()) {
        if (client.kind() == kind) {
          line(lines, client, context, args);
        }
      }
    } else if (args.count() > 3 && args.is(2, "ID")) {
      CommandError invalid = CommandError.err("Invalid client ID");
      for (int word = 3; word < args.count(); word++) {
        ConnectedClient client = clients.get().find(args.longAt(word, invalid));
        if (client != null) {
          line(lines, client, context, args);
        }
      }
    } else if (args.count() == 2) {
      for (ConnectedClient client : clients.get().clients()) {
        line(lines, client, context, args);
      }
    } else {
      throw CommandError.SYNTAX;
    }
    out.verbatim("txt", latin1(lines));
  }

  private static void line(
      StringBuilder lines, ConnectedClient client, ExecutionContext context, Args args) {
    boolean self = client.state() == context.client();
    ClientLine.append(lines, client, context.nowMs(), self ? args.sizeBytes() : 0);
    lines.append('\n');
  }

  private static byte[] latin1(StringBuilder text) {
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * {@code CLIENT KILL ip:port} or {@code CLIENT KILL option value ...}; reply: OK, or the number
   * of connections closed; no effects; O(connections).
   */
  private void kill(ExecutionContext context, Args args, ReplyWriter out) {
    if (args.count() == 3) {
      String address = args.text(2);
      if (kill(context, client -> client.state().address.equals(address), false) == 0) {
        throw CommandError.err("No such client");
      }
      out.ok();
      return;
    }
    ClientFilter filter = ClientFilter.parse(args, 2, users);
    out.integer(kill(context, filter::accepts, filter.skipsAsker()));
  }

  /** Closes the clients; the one who asks gets its reply first. */
  private int kill(
      ExecutionContext context, Predicate<ConnectedClient> filter, boolean skipsAsker) {
    ClientState asker = context.client();
    int killed = clients.get().kill(client -> client.state() != asker && filter.test(client));
    ConnectedClient self = clients.get().find(asker.id);
    if (!skipsAsker && self != null && filter.test(self)) {
      asker.closeAfterReply = true;
      killed++;
    }
    return killed;
  }

  /** {@code CLIENT NO-EVICT ON|OFF}; reply: OK; no effects; O(1). */
  private static void noEvict(ExecutionContext context, Args args, ReplyWriter out) {
    context.client().noEvict = isOn(args, 2);
    out.ok();
  }

  /** {@code CLIENT NO-TOUCH ON|OFF}; reply: OK; no effects; O(1). */
  private static void noTouch(ExecutionContext context, Args args, ReplyWriter out) {
    context.client().noTouch = isOn(args, 2);
    out.ok();
  }

  private static boolean isOn(Args args, int word) {
    if (args.is(word, "ON")) {
      return true;
    }
    if (args.is(word, "OFF")) {
      return false;
    }
    throw CommandError.SYNTAX;
  }

  /** {@code CLIENT PAUSE milliseconds [WRITE|ALL]}; reply: OK; no effects; O(1). */
  private void pause(ExecutionContext context, Args args, ReplyWriter out) {
    boolean writesOnly = args.count() == 4 && args.is(3, "WRITE");
    if (args.count() > 4) {
      throw tooManyWords("pause");
    }
    if (args.count() == 4 && !writesOnly && !args.is(3, "ALL")) {
      throw CommandError.err("CLIENT PAUSE mode must be WRITE or ALL");
    }
    long timeoutMs = args.longAt(2, CommandError.err("timeout is not an integer or out of range"));
    if (timeoutMs < 0) {
      throw CommandError.err("timeout is negative");
    }
    if (timeoutMs > Long.MAX_VALUE - context.nowMs()) {
      throw CommandError.err("timeout is out of range");
    }
    clients.get().pause(context.nowMs() + timeoutMs, writesOnly);
    out.ok();
  }

  private static CommandError tooManyWords(String subcommand) {
    return CommandError.err(
        "unknown subcommand or wrong number of arguments for '"
            + subcommand
            + "'. Try CLIENT HELP.");
  }

  /** {@code CLIENT UNPAUSE}; reply: OK; no effects; O(connections that waited). */
  private void unpause(ExecutionContext context, Args args, ReplyWriter out) {
    clients.get().unpause();
    out.ok();
  }

  /** {@code CLIENT REPLY ON|OFF|SKIP}; reply: OK for ON, else none; no effects; O(1). */
  private static void reply(ExecutionContext context, Args args, ReplyWriter out) {
    ClientState client = context.client();
    if (args.is(2, "ON")) {
      client.replyMode = ReplyMode.ON;
    } else if (args.is(2, "OFF")) {
      client.replyMode = ReplyMode.OFF;
    } else if (!args.is(2, "SKIP")) {
      throw CommandError.SYNTAX;
    } else if (client.replyMode != ReplyMode.OFF) {
      client.replyMode = ReplyMode.SKIP_NEXT;
    }
    // The session takes this back unless replies are on.
    out.ok();
  }

  /** {@code CLIENT SETINFO LIB-NAME|LIB-VER value}; reply: OK; no effects; O(1). */
  private static void setInfo(ExecutionContext context, Args args, ReplyWriter out) {
    ClientState client = context.client();
    if (args.is(2, "LIB-NAME")) {
      ClientWords.check(args, 3, "lib-name");
      client.libraryName = args.bytes(3);
    } else if (args.is(2, "LIB-VER")) {
      ClientWords.check(args, 3, "lib-ver");
      client.libraryVersion = args.bytes(3);
    } else {
      throw CommandError.err("Unrecognized option '" + args.textToZero(2) + "'");
    }
    out.ok();
  }

  /** {@code CLIENT SETNAME name}; reply: OK; no effects; O(1). */
  private static void setName(ExecutionContext context, Args args, ReplyWriter out) {
    ClientWords.checkName(args, 2);
    context.client().name = args.bytes(2);
    out.ok();
  }

  /** {@code CLIENT UNBLOCK id [TIMEOUT|ERROR]}; reply: 1 or 0; no effects; O(1). */
  private void unblock(ExecutionContext context, Args args, ReplyWriter out) {
    boolean withError = args.count() == 4 && args.is(3, "ERROR");
    if (args.count() > 4) {
      throw tooManyWords("unblock");
    }
    if (args.count() == 4 && !withError && !args.is(3, "TIMEOUT")) {
      throw CommandError.err("CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    ConnectedClient client = clients.get().find(args.longAt(2));
    boolean unblocked = client != null && clients.get().unblock(client, withError);
    out.integer(unblocked ? 1 : 0);
  }
}
