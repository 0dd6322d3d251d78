package io.engramdb.node.commands;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ReplyWriter;
import java.util.List;

/** What HELP answers for a command with subcommands. */
final class HelpReply {

  private HelpReply() {}

  /** Adds the row HELP of a command. */
  static void row(CommandTable.Builder table, String since, String command, List<String> lines) {
    table
        .other("help", since, 2, (context, args, reply) -> write(reply, command, lines))
        .flags(CommandFlag.LOADING, CommandFlag.STALE)
        .add();
  }

  /**
   * Writes the help.
   *
   * @param lines a subcommand with its arguments, then its explanation behind four blanks, and so
   *     on
   */
  static void write(ReplyWriter reply, String command, List<String> lines) {
    reply.array(lines.size() + 3);
    reply.simple(command + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    lines.forEach(reply::simple);
    reply.simple("HELP");
    reply.simple("    Prints this help.");
  }

  /** The error for a subcommand that has too many words; it is worded as if there were none. */
  static CommandError unknownOrArity(String command, String subcommand) {
    String shown = subcommand.length() > 128 ? subcommand.substring(0, 128) : subcommand;
    return CommandError.err(
        "unknown subcommand or wrong number of arguments for '"
            + shown
            + "'. Try "
            + command
            + " HELP.");
  }

  /** The error for a subcommand that does not exist. */
  static CommandError unknownSubcommand(String command, String subcommand) {
    String shown = subcommand.length() > 128 ? subcommand.substring(0, 128) : subcommand;
    return CommandError.err("unknown subcommand '" + shown + "'. Try " + command + " HELP.");
  }
}
