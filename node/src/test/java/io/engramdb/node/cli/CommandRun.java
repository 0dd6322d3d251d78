package io.engramdb.node.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** What a call of the command line, inside this process, ended with and wrote. */
record CommandRun(int code, String out, String err) {

  /** Calls it; the first word is the command's name. */
  static CommandRun of(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        EngramMain.commandLine(words.length == 0 ? "" : words[0])
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    return new CommandRun(commandLine.execute(words), out.toString(), err.toString());
  }
}
