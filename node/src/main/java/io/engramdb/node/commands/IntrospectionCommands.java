package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * COMMAND: the commands themselves, generated from the table and {@link CommandDocs}. Upstream
 * behaviour: Redis 7.2 {@code server.c}.
 */
public final class IntrospectionCommands implements CommandFamily {

  private static final List<String> HELP =
      List.of(
          "(no subcommand)",
          "    All commands with their properties.",
          "COUNT",
          "    The number of commands.",
          "DOCS [<command> ...]",
          "    The documentation of these commands, or of all.",
          "GETKEYS <command> [<arg> ...]",
          "    The keys of a whole command line.",
          "GETKEYSANDFLAGS <command> [<arg> ...]",
          "    The keys of a whole command line, and what it does with each.",
          "INFO [<command> ...]",
          "    The properties of these commands, or of all.",
          "LIST [FILTERBY (MODULE <name> | ACLCAT <category> | PATTERN <pattern>)]",
          "    The names of all commands, or of some.");

  private final ShardServices services;
  private final CommandDescription description = new CommandDescription(new CommandDocs());

  public IntrospectionCommands(ShardServices services) {
    this.services = services;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.within(row(table, "command", "2.8.13", -1, this::command));
    row(table, "count", "2.8.13", 2, this::count);
    row(table, "docs", "7.0.0", -2, this::docs);
    row(table, "getkeys", "2.8.13", -3, this::getKeys);
    row(table, "getkeysandflags", "7.0.0", -3, this::getKeysAndFlags);
    row(table, "info", "2.8.13", -2, this::info);
    row(table, "list", "7.0.0", -2, this::list);
    row(
        table,
        "help",
        "5.0.0",
        2,
        (context, args, reply) -> HelpReply.write(reply, "COMMAND", HELP));
    table.topLevel();
  }

  private static CommandSpec row(
      CommandTable.Builder table, String name, String since, int arity, CommandHandler handler) {
    return table
        .other(name, since, arity, handler)
        .flags(LOADING, STALE)
        .categories(AclCategory.CONNECTION)
        .add();
  }

  private CommandTable table() {
    return services.table().get();
  }

  /** {@code COMMAND}; reply: array of all rows. */
  private void command(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() > 1) {
      throw HelpReply.unknownSubcommand("COMMAND", args.textToZero(1));
    }
    writeAll(reply);
  }

  private void writeAll(ReplyWriter reply) {
    List<CommandSpec> all = table().topLevel();
    reply.array(all.size());
    all.forEach(spec -> description.writeRow(spec, reply));
  }

  /** {@code COMMAND COUNT}; reply: integer. */
  private void count(ExecutionContext context, Args args, ReplyWriter reply) {
    reply.integer(table().topLevel().size());
  }

  /** {@code COMMAND INFO [command …]}; reply: array of rows, null where there is no command. */
  private void info(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() == 2) {
      writeAll(reply);
      return;
    }
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      CommandSpec spec = table().find(args.text(i));
      if (spec == null) {
        reply.nil();
      } else {
        description.writeRow(spec, reply);
      }
    }
  }

  /** {@code COMMAND DOCS [command …]}; reply: map of name and document. */
  private void docs(ExecutionContext context, Args args, ReplyWriter reply) {
    List<CommandSpec> wanted = new ArrayList<>();
    for (int i = 2; i < args.count(); i++) {
      CommandSpec spec = table().find(args.text(i));
      if (spec != null) {
        wanted.add(spec);
      }
    }
    List<CommandSpec> shown = args.count() == 2 ? table().topLevel() : wanted;
    reply.map(shown.size());
    for (CommandSpec spec : shown) {
      reply.bulk(spec.fullName());
      description.writeDocument(spec, reply);
    }
  }

  /** {@code COMMAND LIST [FILTERBY …]}; reply: array of names, subcommands included. */
  private void list(ExecutionContext context, Args args, ReplyWriter reply) {
    Predicate<CommandSpec> filter = filter(args);
    List<CommandSpec> shown = table().all().stream().filter(filter).toList();
    reply.array(shown.size());
    shown.forEach(spec -> reply.bulk(spec.fullName()));
  }

  private static Predicate<CommandSpec> filter(Args args) {
    if (args.count() == 2) {
      return spec -> true;
    }
    if (args.count() != 5 || !args.is(2, "FILTERBY")) {
      throw CommandError.SYNTAX;
    }
    if (args.is(3, "MODULE")) {
      return spec -> false;
    }
    if (args.is(3, "ACLCAT")) {
      String wanted = args.text(4);
      return spec ->
          spec.categories().stream().anyMatch(category -> category.wireName().equals(wanted));
    }
    if (args.is(3, "PATTERN")) {
      GlobPattern pattern = new GlobPattern(args.copy(4), true);
      return spec -> pattern.matches(spec.fullName().getBytes(StandardCharsets.US_ASCII));
    }
    throw CommandError.SYNTAX;
  }

  // --- keys of a command line

  /** A key's place in the line and what is done with it. */
  private record Key(int place, KeySpec spec) {}

  /** {@code COMMAND GETKEYS command [arg …]}; reply: array of keys. */
  private void getKeys(ExecutionContext context, Args args, ReplyWriter reply) {
    Args line = lineOf(args);
    List<Key> keys = keysOf(line);
    reply.array(keys.size());
    keys.forEach(key -> reply.bulk(line.copy(key.place)));
  }

  /** {@code COMMAND GETKEYSANDFLAGS command [arg …]}; reply: array of key and set of flags. */
  private void getKeysAndFlags(ExecutionContext context, Args args, ReplyWriter reply) {
    Args line = lineOf(args);
    List<Key> keys = keysOf(line);
    reply.array(keys.size());
    for (Key key : keys) {
      reply.array(2);
      reply.bulk(line.copy(key.place));
      Set<KeyFlag> flags = flagsOf(key.spec, line);
      reply.set(flags.size());
      for (KeyFlag flag : flags) {
        reply.simple(flag.wireName());
      }
    }
  }

  /** What the line does with the key, where that depends on the line: SET reads only with GET. */
  private static Set<KeyFlag> flagsOf(KeySpec spec, Args line) {
    if (!spec.flags().contains(KeyFlag.VARIABLE_FLAGS) || !line.is(0, "SET")) {
      return spec.flags();
    }
    for (int i = 3; i < line.count(); i++) {
      if (line.is(i, "GET")) {
        return EnumSet.of(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.UPDATE);
      }
    }
    return EnumSet.of(KeyFlag.OW, KeyFlag.UPDATE);
  }

  private static Args lineOf(Args args) {
    byte[][] words = new byte[args.count() - 2][];
    for (int i = 0; i < words.length; i++) {
      words[i] = args.copy(i + 2);
    }
    return Args.of(words);
  }

  private List<Key> keysOf(Args line) {
    CommandSpec spec = table().resolve(line);
    if (spec == null || (spec.isContainer() && line.count() > 1)) {
      throw CommandError.err("Invalid command specified");
    }
    if (spec.keys().isEmpty()) {
      throw CommandError.err("The command has no key arguments");
    }
    if (!spec.acceptsWords(line.count())) {
      throw CommandError.err("Invalid number of arguments specified for command");
    }
    List<Key> keys = new ArrayList<>();
    for (KeySpec keySpec : spec.keys()) {
      if (!keySpec.visit(line, place -> keys.add(new Key(place, keySpec)))) {
        if (spec.runsScript()) {
          // It may have no keys, so a number that is none means that it has none.
          return List.of();
        }
        throw CommandError.err("Invalid arguments specified for command");
      }
    }
    return keys;
  }
}
