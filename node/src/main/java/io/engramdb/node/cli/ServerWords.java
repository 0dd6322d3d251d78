package io.engramdb.node.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The words of a server's command line, which the server itself reads. */
final class ServerWords {
  @Parameters(
      arity = "0..*",
      paramLabel = "FILE --directive VALUE",
      description = "configuration file, then directives that override it")
  List<String> all = new ArrayList<>();
}
