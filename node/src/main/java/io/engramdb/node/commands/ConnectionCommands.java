package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ALLOW_BUSY;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_AUTH;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.ClientState.ReplyMode;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.CompatibleVersion;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.security.AclLog;
import io.engramdb.node.security.User;
import io.engramdb.node.security.UserRegistry;
import io.engramdb.node.security.Verdict;
import java.util.function.Consumer;

/**
 * PING, ECHO, AUTH, HELLO, SELECT, RESET, QUIT, READONLY, READWRITE, ASKING: what a client settles
 * with the server about its own connection. Upstream: Redis 7.2 {@code networking.c}, {@code
 * acl.c}.
 */
public final class ConnectionCommands implements CommandFamily {

  private static final CommandError WRONG_PASSWORD =
      new CommandError("WRONGPASS", "invalid username-password pair or user is disabled.");

  private static final CommandError NO_PASSWORD_SET =
      CommandError.err(
          "AUTH <password> called without any password configured for the default user. Are you"
              + " sure your configuration is correct?");

  private static final CommandError BAD_PROTOCOL =
      new CommandError("NOPROTO", "unsupported protocol version");

  private static final CommandError HELLO_WITHOUT_LOGIN =
      new CommandError(
          "NOAUTH",
          "HELLO must be called with the client already authenticated, otherwise the HELLO <proto>"
              + " AUTH <user> <pass> option can be used to authenticate the client and select the"
              + " RESP protocol version at the same time");

  private static final CommandError NO_CLUSTER =
      CommandError.err("This instance has cluster support disabled");

  private static final CommandError NOT_AN_INT =
      CommandError.err(
          "value is out of range, value must between "
              + Integer.MIN_VALUE
              + " and "
              + Integer.MAX_VALUE);

  private static final byte[] PONG = {'P', 'O', 'N', 'G'};
  private static final byte[] PONG_WORD = {'p', 'o', 'n', 'g'};
  private static final byte[] RESET = {'R', 'E', 'S', 'E', 'T'};

  private final UserRegistry users;
  private final ShardStatus status;
  private final boolean clusterEnabled;
  private final Consumer<ClientState> silence;

  /**
   * @param silence lets a client hear nothing any more that it has not asked for
   */
  public ConnectionCommands(
      UserRegistry users,
      ShardStatus status,
      boolean clusterEnabled,
      Consumer<ClientState> silence) {
    this.users = users;
    this.status = status;
    this.clusterEnabled = clusterEnabled;
    this.silence = silence;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.CONNECTION);
    table.other("ping", "1.0.0", -1, ConnectionCommands::ping).flags(FAST).add();
    table.other("echo", "1.0.0", 2, ConnectionCommands::echo).flags(LOADING, STALE, FAST).add();
    table
        .other("auth", "1.0.0", -2, this::auth)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .add();
    table
        .other("hello", "6.0.0", -1, this::hello)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .add();
    table.other("select", "1.0.0", 2, this::select).flags(LOADING, STALE, FAST).add();
    table
        .other("reset", "6.2.0", 1, this::reset)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .add();
    table
        .other("quit", "1.0.0", -1, ConnectionCommands::quit)
        .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
        .add();
    table.group(CommandGroup.CLUSTER);
    table
        .other("readonly", "3.0.0", 1, (context, args, reply) -> readOnly(context, reply, true))
        .flags(LOADING, STALE, FAST)
        .categories(AclCategory.CONNECTION)
        .add();
    table
        .other("readwrite", "3.0.0", 1, (context, args, reply) -> readOnly(context, reply, false))
        .flags(LOADING, STALE, FAST)
        .categories(AclCategory.CONNECTION)
        .add();
    table
        .other("asking", "3.0.0", 1, this::asking)
        .flags(FAST)
        .categories(AclCategory.CONNECTION)
        .add();
  }

  /** {@code PING [message]}; reply: PONG or the message; no effects; O(1). */
  private static void ping(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() > 2) {
      throw CommandError.arity("ping");
    }
    if (context.client().protocol == 2 && context.client().subscriptions.any()) {
      // Told from the messages by its form, which is theirs.
      reply.array(2);
      reply.bulk(PONG_WORD);
      reply.bulk(
          args.array(), args.offset(args.count() - 1), args.count() == 1 ? 0 : args.length(1));
    } else if (args.count() == 1) {
      reply.simple(PONG);
    } else {
      reply.bulk(args.array(), args.offset(1), args.length(1));
    }
  }

  /** {@code ECHO message}; reply: the message; no effects; O(1). */
  private static void echo(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.bulk(args.array(), args.offset(1), args.length(1));
  }

  /** {@code AUTH [username] password}; reply: OK; no effects; O(length of the password). */
  private void auth(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() > 3) {
      throw CommandError.SYNTAX;
    }
    if (args.count() == 2 && users.defaultUser().anyPassword()) {
      throw NO_PASSWORD_SET;
    }
    String name = args.count() == 2 ? User.DEFAULT_NAME : args.text(1);
    logIn(context.client(), name, args, args.count() - 1);
    reply.ok();
  }

  private void logIn(ClientState client, String name, Args args, int passwordWord) {
    User user =
        users.authenticate(
            name, args.array(), args.offset(passwordWord), args.length(passwordWord));
    if (user == null) {
      AclLog.Context where =
          client.transaction.open ? AclLog.Context.MULTI : AclLog.Context.TOP_LEVEL;
      users.log().add(Verdict.AUTH, where, args.text(0), name, client);
      throw WRONG_PASSWORD;
    }
    users.become(client, user);
  }

  /**
   * {@code HELLO [protocol [AUTH username password] [SETNAME name]]}; reply: map about the server,
   * in the protocol asked for; no effects; O(1).
   */
  private void hello(ExecutionContext context, Args args, ReplyWriter reply) {
    ClientState client = context.client();
    long protocol = 0;
    int passwordWord = 0;
    int nameWord = 0;
    if (args.count() > 1) {
      protocol =
          args.longAt(1, CommandError.err("Protocol version is not an integer or out of range"));
      if (protocol < 2 || protocol > 3) {
        throw BAD_PROTOCOL;
      }
    }
    for (int word = 2; word < args.count(); word++) {
      int left = args.count() - 1 - word;
      if (args.is(word, "AUTH") && left >= 2) {
        passwordWord = word + 2;
        word += 2;
      } else if (args.is(word, "SETNAME") && left >= 1) {
        nameWord = word + 1;
        ClientWords.checkName(args, nameWord);
        word += 1;
      } else {
        throw CommandError.err("Syntax error in HELLO option '" + args.textToZero(word) + "'");
      }
    }
    if (passwordWord > 0) {
      logIn(client, args.text(passwordWord - 1), args, passwordWord);
    }
    if (!client.authenticated && !users.isOpen()) {
      throw HELLO_WITHOUT_LOGIN;
    }
    if (nameWord > 0) {
      client.name = args.bytes(nameWord);
    }
    if (protocol > 0) {
      client.protocol = (int) protocol;
    }
    introduce(client, reply.inProtocol(client.protocol));
  }

  private void introduce(ClientState client, ReplyWriter reply) {
    String zone = status.self().zone();
    reply.map(zone.isEmpty() ? 7 : 8);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(CompatibleVersion.REDIS);
    reply.bulk("proto");
    reply.integer(client.protocol);
    reply.bulk("id");
    reply.integer(client.id);
    reply.bulk("mode");
    reply.bulk(clusterEnabled ? "cluster" : "standalone");
    reply.bulk("role");
    reply.bulk(status.isPrimary() ? "master" : "replica");
    reply.bulk("modules");
    reply.array(0);
    if (!zone.isEmpty()) {
      reply.bulk("availability_zone");
      reply.bulk(zone);
    }
  }

  /** {@code SELECT index}; reply: OK; no effects; O(1). */
  private void select(ExecutionContext context, Args args, ReplyWriter reply) {
    long database = args.longInRange(1, Integer.MIN_VALUE, Integer.MAX_VALUE, NOT_AN_INT);
    if (clusterEnabled && database != 0) {
      throw CommandError.err("SELECT is not allowed in cluster mode");
    }
    if (database < 0 || database >= context.keyspaces().count()) {
      throw CommandError.err("DB index is out of range");
    }
    context.client().database = (int) database;
    reply.ok();
  }

  /** {@code RESET}; reply: RESET, in RESP2; no effects; O(watched keys + queued commands). */
  private void reset(ExecutionContext context, Args args, ReplyWriter reply) {
    ClientState client = context.client();
    context.transactions().end(client);
    silence.accept(client);
    client.database = 0;
    client.protocol = 2;
    client.name = Bytes.EMPTY;
    client.replyMode = ReplyMode.ON;
    client.readOnlyAllowed = false;
    client.asking = false;
    client.noTouch = false;
    client.noEvict = false;
    users.greet(client);
    reply.simple(RESET);
  }

  /** {@code QUIT}; reply: OK, after which the connection closes; no effects; O(1). */
  private static void quit(ExecutionContext context, Args args, ReplyWriter reply) {
    context.client().closeAfterReply = true;
    reply.ok();
  }

  /** {@code READONLY} and {@code READWRITE}; reply: OK; no effects; O(1). */
  private void readOnly(ExecutionContext context, ReplyWriter reply, boolean allowed) {
    requireCluster();
    context.client().readOnlyAllowed = allowed;
    reply.ok();
  }

  /** {@code ASKING}; reply: OK; no effects; O(1). */
  private void asking(ExecutionContext context, Args args, ReplyWriter reply) {
    requireCluster();
    context.client().asking = true;
    reply.ok();
  }

  private void requireCluster() {
    if (!clusterEnabled) {
      throw NO_CLUSTER;
    }
  }
}
