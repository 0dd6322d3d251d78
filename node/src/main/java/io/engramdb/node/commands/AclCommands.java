package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.ReplyWriter;
import java.util.List;

/** ACL: who am I, and which commands are in which category. Upstream: Redis 7.2 {@code acl.c}. */
public final class AclCommands implements CommandFamily {

  private static final List<String> HELP =
      List.of(
          "CAT [<category>]",
          "    All categories, or the commands of one.",
          "WHOAMI",
          "    The user of this connection.");

  private final ShardServices services;

  public AclCommands(ShardServices services) {
    this.services = services;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.within(table.container("acl", "6.0.0", -2).add());
    table.other("cat", "6.0.0", -2, this::cat).flags(NOSCRIPT, LOADING, STALE).add();
    table.other("whoami", "6.0.0", 2, this::whoAmI).flags(NOSCRIPT, LOADING, STALE).add();
    table
        .other("help", "6.0.0", 2, (context, args, reply) -> HelpReply.write(reply, "ACL", HELP))
        .flags(LOADING, STALE)
        .add();
    table.topLevel();
  }

  /** {@code ACL CAT [category]}; reply: array of category or command names. */
  private void cat(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() == 2) {
      reply.array(AclCategory.values().length);
      for (AclCategory category : AclCategory.values()) {
        reply.bulk(category.wireName());
      }
      return;
    }
    if (args.count() > 3) {
      throw CommandError.err(
          "unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.");
    }
    AclCategory wanted = find(args.text(2));
    List<CommandSpec> members =
        services.table().get().all().stream()
            .filter(spec -> spec.categories().contains(wanted))
            .toList();
    reply.array(members.size());
    members.forEach(spec -> reply.bulk(spec.fullName()));
  }

  private static AclCategory find(String name) {
    for (AclCategory category : AclCategory.values()) {
      if (category.wireName().equalsIgnoreCase(name)) {
        return category;
      }
    }
    throw CommandError.err("Unknown category '" + name + "'");
  }

  /** {@code ACL WHOAMI}; reply: bulk string. */
  private void whoAmI(ExecutionContext context, Args args, ReplyWriter reply) {
    String user = context.client().user;
    reply.bulk(user == null ? "default" : user);
  }
}
