package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.ALLOW_BUSY;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.NO_ASYNC_LOADING;
import static io.engramdb.node.command.CommandFlag.NO_MULTI;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardMember;
import io.engramdb.node.command.ShardStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The server as a whole: INFO, TIME, ROLE, WAIT, WAITAOF, FAILOVER, REPLICAOF, SHUTDOWN, MODULE.
 * Upstream behaviour: Redis 7.2 {@code server.c}, {@code replication.c}, {@code db.c}.
 *
 * <p>Differences: offsets are log indexes; WAIT and WAITAOF count voters, log-only ones too, that
 * have the client's last write on disk; FAILOVER works in cluster mode too; SHUTDOWN hands the role
 * of primary over first.
 */
public final class ServerCommands implements CommandFamily {

  private static final CommandError NO_SHUTDOWN = CommandError.err("No shutdown in progress.");
  private static final CommandError SHUTDOWN_FAILED =
      CommandError.err("Errors trying to SHUTDOWN. Check logs.");

  private static final CommandError NO_PORT = CommandError.err("Invalid master port");
  private static final int MAX_PORT = 0xFFFF;

  private static final List<String> MODULE_HELP =
      List.of("LIST", "    The loaded modules; always empty.");

  private final ShardServices services;

  public ServerCommands(ShardServices services) {
    this.services = services;
  }

  @Override
  public void register(CommandTable.Builder table) {
    WaitCommands wait = new WaitCommands(services.status(), services.control());
    table.group(CommandGroup.SERVER);
    table
        .other("info", "1.0.0", -1, this::info)
        .flags(LOADING, STALE)
        .categories(AclCategory.DANGEROUS)
        .add();
    table.other("time", "2.6.0", 1, this::time).flags(LOADING, STALE, FAST).add();
    table
        .other("role", "2.8.12", 1, this::role)
        .flags(NOSCRIPT, LOADING, STALE, FAST)
        .categories(AclCategory.ADMIN, AclCategory.DANGEROUS)
        .add();
    table.other("failover", "6.2.0", -1, this::failover).flags(ADMIN, NOSCRIPT, STALE).add();
    for (String[] name : new String[][] {{"replicaof", "5.0.0"}, {"slaveof", "1.0.0"}}) {
      table
          .other(name[0], name[1], 3, this::replicaOf)
          .flags(ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
          .add();
    }
    table
        .other("shutdown", "1.0.0", -1, this::shutdown)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, ALLOW_BUSY)
        .add();
    table.within(table.container("module", "4.0.0", -2).add());
    table
        .other("list", "4.0.0", 2, (context, args, reply) -> reply.array(0))
        .flags(ADMIN, NOSCRIPT)
        .add();
    table
        .other(
            "help",
            "5.0.0",
            2,
            (context, args, reply) -> HelpReply.write(reply, "MODULE", MODULE_HELP))
        .flags(LOADING, STALE)
        .add();
    // Upstream documents both as generic but gives them the category of connections.
    table.group(CommandGroup.CONNECTION);
    table.other("wait", "3.0.0", 3, wait::waitCopies).flags(NOSCRIPT).add();
    table.other("waitaof", "7.2.0", 4, wait::waitDisk).flags(NOSCRIPT).add();
  }

  /** Where this node stands in the log, as clients compare nodes: higher is newer. */
  static long offset(ShardStatus status) {
    return status.isPrimary() ? status.lastIndex() : status.appliedIndex();
  }

  /**
   * {@code INFO [section …]}
   *
   * <p>Reply: text of {@code name:value} lines. Cost: O(commands).
   */
  private void info(ExecutionContext context, Args args, ReplyWriter reply) {
    Set<String> wanted = new TreeSet<>();
    for (int i = 1; i < args.count(); i++) {
      wanted.add(args.text(i).toLowerCase(Locale.ROOT));
    }
    String text = new ServerReport(services, context).text(wanted);
    reply.verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@code TIME}; reply: array of seconds and microseconds of shard time. */
  private void time(ExecutionContext context, Args args, ReplyWriter reply) {
    long nowMs = context.nowMs();
    reply.array(2);
    reply.bulk(nowMs / 1000);
    reply.bulk(nowMs % 1000 * 1000);
  }

  /**
   * {@code ROLE}
   *
   * <p>Reply: {@code master}, offset, replicas (host, port, offset); or {@code slave}, host and
   * port of the primary, state of the link, offset.
   */
  private void role(ExecutionContext context, Args args, ReplyWriter reply) {
    ShardStatus status = services.status();
    if (status.isPrimary()) {
      List<PeerPosition> replicas = dataReplicas(status);
      reply.array(3);
      reply.bulk("master");
      reply.integer(offset(status));
      reply.array(replicas.size());
      for (PeerPosition replica : replicas) {
        reply.array(3);
        reply.bulk(replica.member().host());
        reply.bulk(replica.member().port());
        reply.bulk(replica.matchIndex());
      }
      return;
    }
    ShardMember primary = status.primary();
    reply.array(5);
    reply.bulk("slave");
    reply.bulk(primary == null ? "" : primary.host());
    reply.integer(primary == null ? 0 : primary.port());
    reply.bulk(linkState(status));
    reply.integer(offset(status));
  }

  private static String linkState(ShardStatus status) {
    if (status.primary() == null) {
      return "connect";
    }
    return status.loading() ? "sync" : "connected";
  }

  /** The other data nodes that answer. */
  static List<PeerPosition> dataReplicas(ShardStatus status) {
    return status.peers().stream()
        .filter(peer -> peer.member().holdsData() && peer.online())
        .toList();
  }

  // --- FAILOVER

  /** What FAILOVER was asked for. */
  private static final class FailoverRequest {
    private @Nullable String host;
    private long port;
    private long timeoutMs;
    private boolean force;
    private boolean abort;

    static FailoverRequest parse(Args args) {
      FailoverRequest request = new FailoverRequest();
      for (int i = 1; i < args.count(); i++) {
        if (args.is(i, "TIMEOUT") && i + 1 < args.count() && request.timeoutMs == 0) {
          request.timeoutMs = args.longAt(++i);
          if (request.timeoutMs <= 0) {
            throw CommandError.err("FAILOVER timeout must be greater than 0");
          }
        } else if (args.is(i, "ABORT") && args.count() == 2) {
          request.abort = true;
        } else if (args.is(i, "TO") && i + 2 < args.count() && request.host == null) {
          request.host = args.text(i + 1);
          request.port = args.longAt(i + 2);
          i += 2;
        } else if (args.is(i, "FORCE") && !request.force) {
          request.force = true;
        } else {
          throw CommandError.SYNTAX;
        }
      }
      return request;
    }
  }

  /**
   * {@code FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT ms]}
   *
   * <p>Reply: OK as soon as the hand-over has begun; INFO shows its progress.
   */
  private void failover(ExecutionContext context, Args args, ReplyWriter reply) {
    FailoverRequest request = FailoverRequest.parse(args);
    ShardControl control = services.control();
    if (request.abort) {
      if (!control.abortFailover()) {
        throw CommandError.err("No failover in progress.");
      }
      reply.ok();
      return;
    }
    ShardStatus status = services.status();
    if (status.failover() != ShardStatus.Failover.NONE) {
      throw CommandError.err("FAILOVER already in progress.");
    }
    if (!status.isPrimary()) {
      throw CommandError.err("FAILOVER is not valid when server is a replica.");
    }
    if (dataReplicas(status).isEmpty()) {
      throw CommandError.err("FAILOVER requires connected replicas.");
    }
    if (request.force && (request.timeoutMs == 0 || request.host == null)) {
      throw CommandError.err(
          "FAILOVER with force option requires both a timeout and target HOST and IP.");
    }
    control.startFailover(target(status, request), request.timeoutMs, request.force);
    reply.ok();
  }

  /**
   * {@code REPLICAOF host port}, {@code REPLICAOF NO ONE}
   *
   * <p>Reply: OK if this is a primary and is to follow nobody. Anything else is an error: who
   * follows whom is decided by the members of the shard.
   */
  private void replicaOf(ExecutionContext context, Args args, ReplyWriter reply) {
    if (services.cluster() != null) {
      throw CommandError.err("REPLICAOF not allowed in cluster mode.");
    }
    if (!args.is(1, "NO") || !args.is(2, "ONE")) {
      args.longInRange(2, 0, MAX_PORT, NO_PORT);
      throw CommandError.err(
          "REPLICAOF another server is not possible: replicas follow the primary of their shard");
    }
    if (!services.status().isPrimary()) {
      throw CommandError.err(
          "REPLICAOF NO ONE is not possible on a replica: use FAILOVER on the primary");
    }
    reply.ok();
  }

  private static @Nullable ShardMember target(ShardStatus status, FailoverRequest request) {
    if (request.host == null) {
      return null;
    }
    for (PeerPosition peer : status.peers()) {
      ShardMember member = peer.member();
      if (member.holdsData()
          && member.host().equals(request.host)
          && member.port() == request.port) {
        if (!peer.online()) {
          throw CommandError.err("FAILOVER target replica is not online.");
        }
        return member;
      }
    }
    throw CommandError.err("FAILOVER target HOST and PORT is not a replica.");
  }

  // --- SHUTDOWN

  /**
   * {@code SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]}
   *
   * <p>Reply: none if the process stops, an error if it does not; ABORT: OK. SAVE and NOSAVE make
   * no difference: every acknowledged write is in the log.
   */
  private void shutdown(ExecutionContext context, Args args, ReplyWriter reply) {
    boolean save = false;
    boolean noSave = false;
    boolean now = false;
    boolean force = false;
    boolean abort = false;
    for (int i = 1; i < args.count(); i++) {
      if (args.is(i, "NOSAVE")) {
        noSave = true;
      } else if (args.is(i, "SAVE")) {
        save = true;
      } else if (args.is(i, "NOW")) {
        now = true;
      } else if (args.is(i, "FORCE")) {
        force = true;
      } else if (args.is(i, "ABORT")) {
        abort = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if ((abort && args.count() > 2) || (save && noSave)) {
      throw CommandError.SYNTAX;
    }
    if (abort) {
      if (!services.control().abortShutdown()) {
        throw NO_SHUTDOWN;
      }
      reply.ok();
      return;
    }
    services.control().startShutdown(now, force);
    if (context.mayDefer()) {
      context.defer(new ShutdownReply(services.control()));
    } else {
      reply.error(SHUTDOWN_FAILED);
    }
  }

  /** Answers only if the shutdown was taken back; otherwise the connection simply ends. */
  private record ShutdownReply(ShardControl control) implements DeferredReply {

    @Override
    public boolean tryComplete(ReplyWriter reply, boolean expired) {
      if (control.shuttingDown()) {
        return false;
      }
      reply.error(SHUTDOWN_FAILED);
      return true;
    }

    @Override
    public long deadlineMs() {
      return Long.MAX_VALUE;
    }

    /** To hand the role over is a part of it. */
    @Override
    public boolean outlivesRole() {
      return true;
    }
  }
}
