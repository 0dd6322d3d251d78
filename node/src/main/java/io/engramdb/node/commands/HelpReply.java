package io.engramdb.node.commands;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ReplyWriter;
import java.util.List;

/** What HELP answers for a command with subcommands. */
final class HelpReply {

  private HelpReply() {}

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

  /** The error for a subcommand that does not exist. */
  static CommandError unknownSubcommand(String command, String subcommand) {
    String shown = subcommand.length() > 128 ? subcommand.substring(0, 128) : subcommand;
    return CommandError.err("unknown subcommand '" + shown + "'. Try " + command + " HELP.");
  }
}
