package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;

/** What clients may call themselves: printable ASCII without blanks, or nothing. */
final class ClientWords {

  private ClientWords() {}

  /** Throws unless the word may be a client's name. */
  static void checkName(Args args, int word) {
    check(args, word, "Client names");
  }

  /** Throws unless the word may be the value of that attribute. */
  static void check(Args args, int word, String what) {
    int offset = args.offset(word);
    for (int i = 0; i < args.length(word); i++) {
      byte c = args.array()[offset + i];
      if (c < '!' || c > '~') {
        throw CommandError.err(what + " cannot contain spaces, newlines or special characters.");
      }
    }
  }
}
