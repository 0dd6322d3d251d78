package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.ADMIN;
import static io.engramdb.node.command.CommandFlag.LOADING;
import static io.engramdb.node.command.CommandFlag.NOSCRIPT;
import static io.engramdb.node.command.CommandFlag.STALE;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigFile;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.Configuration.Assignment;
import io.engramdb.node.config.Configuration.RefusedChange;
import io.engramdb.node.config.Parameter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * CONFIG. Upstream behaviour: Redis 7.2 {@code config.c}.
 *
 * <p>Differences: REWRITE stores only what CONFIG SET has changed, so that secrets from the
 * environment stay out of the file; directives that would promise less than this server does are
 * refused with the reason.
 */
public final class ConfigCommands implements CommandFamily {

  private static final List<String> HELP =
      List.of(
          "GET <pattern> [<pattern> ...]",
          "    The directives whose names match, with their values.",
          "SET <directive> <value> [<directive> <value> ...]",
          "    Changes directives, all of them or none.",
          "RESETSTAT",
          "    Sets the counters of INFO to zero.",
          "REWRITE",
          "    Writes changed directives into the configuration file.");

  /** Where files are written is not for everybody who may administer the server. */
  private static final Set<String> PROTECTED = Set.of("dir", "dbfilename");

  private final ShardServices services;

  public ConfigCommands(ShardServices services) {
    this.services = services;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.SERVER);
    table.within(table.container("config", "2.0.0", -2).add());
    table.other("get", "2.0.0", -3, this::get).flags(ADMIN, NOSCRIPT, LOADING, STALE).add();
    table.other("set", "2.0.0", -4, this::set).flags(ADMIN, NOSCRIPT, LOADING, STALE).add();
    table
        .other("resetstat", "2.0.0", 2, this::resetStat)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .add();
    table.other("rewrite", "2.8.0", 2, this::rewrite).flags(ADMIN, NOSCRIPT, LOADING, STALE).add();
    table
        .other("help", "5.0.0", 2, (context, args, reply) -> HelpReply.write(reply, "CONFIG", HELP))
        .flags(LOADING, STALE)
        .add();
    table.topLevel();
  }

  /**
   * {@code CONFIG GET pattern …}
   *
   * <p>Reply: map of names and values. Cost: O(directives × patterns).
   */
  private void get(ExecutionContext context, Args args, ReplyWriter reply) {
    Configuration configuration = services.configuration();
    Set<String> names = new TreeSet<>();
    for (int i = 2; i < args.count(); i++) {
      GlobPattern pattern = new GlobPattern(args.copy(i), true);
      String asked = args.text(i).toLowerCase(Locale.ROOT);
      for (String name : configuration.table().names()) {
        Parameter parameter = configuration.table().find(name);
        boolean shown = parameter == null || !parameter.hidden() || name.equals(asked);
        if (shown && pattern.matches(name.getBytes(StandardCharsets.US_ASCII))) {
          names.add(name);
        }
      }
    }
    reply.map(names.size());
    for (String name : names) {
      reply.bulk(name);
      reply.bulk(configuration.text(name));
    }
  }

  /**
   * {@code CONFIG SET directive value …}
   *
   * <p>Reply: OK. Changes nothing if one of the values is refused.
   */
  private void set(ExecutionContext context, Args args, ReplyWriter reply) {
    if (args.count() % 2 != 0) {
      throw CommandError.SYNTAX;
    }
    List<Assignment> assignments = new ArrayList<>();
    for (int i = 2; i < args.count(); i += 2) {
      Parameter parameter = services.configuration().table().find(args.text(i));
      if (parameter == null) {
        throw CommandError.err(
            "Unknown option or number of arguments for CONFIG SET - '" + args.textToZero(i) + "'");
      }
      if (PROTECTED.contains(parameter.name())
          && !permits(services.configuration().text("enable-protected-configs"), context)) {
        throw failed(args.textToZero(i), "can't set protected config");
      }
      assignments.add(new Assignment(parameter, value(args, i)));
    }
    try {
      services.configuration().set(assignments);
    } catch (RefusedChange refused) {
      throw failed(args.textToZero(2 + 2 * refused.index()), refused.getMessage());
    }
    reply.ok();
  }

  /** What a directive that is yes, no or local says about this client. */
  static boolean permits(String setting, ExecutionContext context) {
    String address = context.client().address;
    return switch (setting) {
      case "yes" -> true;
      case "local" -> address.startsWith("127.") || address.contains("::1");
      default -> false;
    };
  }

  private static String value(Args args, int name) {
    ByteBuffer bytes = ByteBuffer.wrap(args.copy(name + 1));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException wrong) {
      throw failed(args.textToZero(name), "argument must be UTF-8 text");
    }
  }

  private static CommandError failed(String name, String reason) {
    return CommandError.err(
        "CONFIG SET failed (possibly related to argument '" + name + "') - " + reason);
  }

  /** {@code CONFIG RESETSTAT}; reply: OK. */
  private void resetStat(ExecutionContext context, Args args, ReplyWriter reply) {
    services.metrics().reset();
    context.keyspaces().stats().reset();
    reply.ok();
  }

  /**
   * {@code CONFIG REWRITE}
   *
   * <p>Reply: OK, or the reason why the file could not be written. Blocks the shard for the write
   * of one small file, which is why it is an administrator's command.
   */
  private void rewrite(ExecutionContext context, Args args, ReplyWriter reply) {
    try {
      ConfigFile.rewrite(services.configuration());
    } catch (ConfigException failed) {
      throw CommandError.err(failed.getMessage());
    }
    reply.ok();
  }
}
