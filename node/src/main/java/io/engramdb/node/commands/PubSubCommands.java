package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.FAST;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.MAY_REPLICATE;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.PUBSUB;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientDirectory;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.Subscriptions.Kind;
import io.engramdb.node.pubsub.MessageHub;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Subscribing, publishing, PUBSUB; MONITOR, whose lines go the same way. Upstream behaviour: Redis
 * 7.2 {@code pubsub.c}, {@code replication.c}.
 */
public final class PubSubCommands implements CommandFamily {

  private static final List<String> HELP =
      List.of(
          "CHANNELS [<pattern>]",
          "    Channels that somebody listens to; all, or those that match.",
          "NUMPAT",
          "    The number of different patterns that are listened to.",
          "NUMSUB [<channel> ...]",
          "    For each channel the number of its listeners, without those of patterns.",
          "SHARDCHANNELS [<pattern>]",
          "    As CHANNELS, for shard channels.",
          "SHARDNUMSUB [<shardchannel> ...]",
          "    As NUMSUB, for shard channels.");

  private final Supplier<ClientDirectory> clients;
  private final Supplier<MessageHub> hub;

  /**
   * @param clients asked only when a command runs, as is the hub: both are made after the table
   */
  public PubSubCommands(Supplier<ClientDirectory> clients, Supplier<MessageHub> hub) {
    this.clients = clients;
    this.hub = hub;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.PUBSUB);
    List<KeySpec> channel = List.of(KeySpec.key(1).with(KeyFlag.NOT_KEY));
    List<KeySpec> channels = List.of(KeySpec.keys(1, -1, 1).with(KeyFlag.NOT_KEY));
    subscription(table, "subscribe", "2.0.0", List.of(), Kind.CHANNEL);
    subscription(table, "psubscribe", "2.0.0", List.of(), Kind.PATTERN);
    subscription(table, "ssubscribe", "7.0.0", channels, Kind.SHARD_CHANNEL);
    cancellation(table, "unsubscribe", "2.0.0", List.of(), Kind.CHANNEL);
    cancellation(table, "punsubscribe", "2.0.0", List.of(), Kind.PATTERN);
    cancellation(table, "sunsubscribe", "7.0.0", channels, Kind.SHARD_CHANNEL);
    table
        .other("publish", "2.0.0", 3, (context, args, reply) -> publish(args, reply, false))
        .flags(PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE)
        .add();
    table
        .keyed(
            "spublish", "7.0.0", 3, channel, (context, args, reply) -> publish(args, reply, true))
        .flags(PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE)
        .add();
    table.within(table.container("pubsub", "2.8.0", -2).add());
    question(table, "channels", "2.8.0", (args, reply) -> channels(args, reply, false));
    question(table, "numsub", "2.8.0", (args, reply) -> counts(args, reply, false));
    question(table, "shardchannels", "7.0.0", (args, reply) -> channels(args, reply, true));
    question(table, "shardnumsub", "7.0.0", (args, reply) -> counts(args, reply, true));
    table
        .other("numpat", "2.8.0", 2, (context, args, reply) -> patternCount(reply))
        .flags(PUBSUB, LOADING, STALE)
        .add();
    // HELP alone of these subcommands is in no category of its group.
    table
        .other("help", "6.2.0", 2, (context, args, reply) -> HelpReply.write(reply, "PUBSUB", HELP))
        .flags(LOADING, STALE)
        .withoutGroupCategory()
        .add();
    table.topLevel();
    table.group(CommandGroup.SERVER);
    table.other("monitor", "1.0.0", 1, this::monitor).flags(ADMIN, NOSCRIPT, LOADING, STALE).add();
  }

  private void subscription(
      CommandTable.Builder table, String name, String since, List<KeySpec> keys, Kind kind) {
    byte[] word = name.getBytes(StandardCharsets.US_ASCII);
    listening(
        table, name, since, -2, keys, (cx, args, out) -> subscribe(cx, args, out, word, kind));
  }

  private void cancellation(
      CommandTable.Builder table, String name, String since, List<KeySpec> keys, Kind kind) {
    byte[] word = name.getBytes(StandardCharsets.US_ASCII);
    listening(
        table, name, since, -1, keys, (cx, args, out) -> unsubscribe(cx, args, out, word, kind));
  }

  private static void listening(
      CommandTable.Builder table,
      String name,
      String since,
      int arity,
      List<KeySpec> keys,
      CommandHandler handler) {
    table.keyed(name, since, arity, keys, handler).flags(PUBSUB, NOSCRIPT, LOADING, STALE).add();
  }

  private interface Question {
    void answer(Args args, ReplyWriter reply);
  }

  private static void question(
      CommandTable.Builder table, String name, String since, Question question) {
    table
        .other(name, since, -2, (context, args, reply) -> question.answer(args, reply))
        .flags(PUBSUB, LOADING, STALE)
        .add();
  }

  private ConnectedClient self(ExecutionContext context) {
    ConnectedClient self = clients.get().find(context.client().id);
    Invariant.check(self != null, "client %d is not connected", context.client().id);
    return self;
  }

  /**
   * {@code SUBSCRIBE channel [channel …]}, {@code PSUBSCRIBE pattern [pattern …]}, {@code
   * SSUBSCRIBE shardchannel [shardchannel …]}; reply: a push for each name with the number of
   * subscriptions then; no effects; O(names).
   */
  private void subscribe(
      ExecutionContext context, Args args, ReplyWriter reply, byte[] word, Kind kind) {
    ConnectedClient self = self(context);
    for (int i = 1; i < args.count(); i++) {
      Bytes name = args.bytes(i);
      hub.get().subscribe(self, kind, name);
      confirm(self, reply, word, kind, name);
    }
  }

  /**
   * {@code UNSUBSCRIBE [channel …]}, {@code PUNSUBSCRIBE [pattern …]}, {@code SUNSUBSCRIBE
   * [shardchannel …]}; reply: a push for each name, for all that there are if none is given, and
   * one with null if there are none; no effects; O(names).
   */
  private void unsubscribe(
      ExecutionContext context, Args args, ReplyWriter reply, byte[] word, Kind kind) {
    ConnectedClient self = self(context);
    List<Bytes> all = List.copyOf(self.state().subscriptions.of(kind));
    for (int i = 1; i < args.count(); i++) {
      Bytes name = args.bytes(i);
      hub.get().unsubscribe(self, kind, name);
      confirm(self, reply, word, kind, name);
    }
    if (args.count() > 1) {
      return;
    }
    for (Bytes name : all) {
      hub.get().unsubscribe(self, kind, name);
      confirm(self, reply, word, kind, name);
    }
    if (all.isEmpty()) {
      confirm(self, reply, word, kind, null);
    }
  }

  private static void confirm(
      ConnectedClient self, ReplyWriter reply, byte[] word, Kind kind, @Nullable Bytes name) {
    self.state().pushed = true;
    reply.push(3);
    reply.bulk(word);
    if (name == null) {
      reply.nil();
    } else {
      reply.bulk(name.array());
    }
    reply.integer(self.state().subscriptions.confirmed(kind));
  }

  /**
   * {@code PUBLISH channel message}, {@code SPUBLISH shardchannel message}; reply: the number of
   * listeners of this node; no effects; O(listeners and patterns).
   */
  private void publish(Args args, ReplyWriter reply, boolean sharded) {
    reply.integer(hub.get().publish(sharded, args.bytes(1), args.copy(2)));
  }

  /** {@code MONITOR}; reply: OK, then a line for each command; no effects; O(1). */
  private void monitor(ExecutionContext context, Args args, ReplyWriter reply) {
    if (!context.mayDefer()) {
      throw CommandError.err("MONITOR isn't allowed for DENY BLOCKING client");
    }
    hub.get().monitor(self(context));
    reply.ok();
  }

  /** {@code PUBSUB CHANNELS [pattern]}; reply: array of names; O(channels). */
  private void channels(Args args, ReplyWriter reply, boolean sharded) {
    if (args.count() > 3) {
      throw HelpReply.unknownOrArity("PUBSUB", args.textToZero(1));
    }
    GlobPattern pattern = args.count() == 3 ? GlobPattern.of(args.copy(2)) : null;
    List<Bytes> names = hub.get().channels(sharded, pattern);
    reply.array(names.size());
    names.forEach(name -> reply.bulk(name.array()));
  }

  /** {@code PUBSUB NUMSUB [channel …]}; reply: names and their numbers by turns; O(names). */
  private void counts(Args args, ReplyWriter reply, boolean sharded) {
    reply.array((args.count() - 2) * 2);
    for (int i = 2; i < args.count(); i++) {
      reply.bulk(args.array(), args.offset(i), args.length(i));
      reply.integer(hub.get().listenerCount(sharded, args.bytes(i)));
    }
  }

  /** {@code PUBSUB NUMPAT}; reply: integer; O(1). */
  private void patternCount(ReplyWriter reply) {
    reply.integer(hub.get().patternCount());
  }
}
