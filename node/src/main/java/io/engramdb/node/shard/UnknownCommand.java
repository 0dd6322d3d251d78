package io.engramdb.node.shard;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import java.util.Locale;

/** What is said of requests that name no command; long words are shortened as upstream does. */
final class UnknownCommand {

  private static final int MAX_ARGUMENTS_IN_ERROR_BYTES = 128;

  private UnknownCommand() {}

  static CommandError subcommand(CommandSpec container, Args args) {
    return CommandError.err(
        "unknown subcommand '"
            + shortened(args, 1)
            + "'. Try "
            + container.name().toUpperCase(Locale.ROOT)
            + " HELP.");
  }

  static CommandError command(Args args) {
    StringBuilder text = new StringBuilder("unknown command '");
    text.append(shortened(args, 0)).append("', with args beginning with: ");
    int argumentBytes = 0;
    for (int i = 1; i < args.count() && argumentBytes < MAX_ARGUMENTS_IN_ERROR_BYTES; i++) {
      String word = args.textToZero(i);
      int room = MAX_ARGUMENTS_IN_ERROR_BYTES - argumentBytes;
      String shown = word.length() > room ? word.substring(0, room) : word;
      text.append('\'').append(shown).append("' ");
      argumentBytes += shown.length() + 3;
    }
    return CommandError.err(text.toString());
  }

  private static String shortened(Args args, int word) {
    String text = args.textToZero(word);
    return text.length() > MAX_ARGUMENTS_IN_ERROR_BYTES
        ? text.substring(0, MAX_ARGUMENTS_IN_ERROR_BYTES)
        : text;
  }
}
