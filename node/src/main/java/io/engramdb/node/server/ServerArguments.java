package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigSources;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.config.Configuration;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads the words of a server's command line: an optional file, then directives as flags. */
final class ServerArguments {
  private ServerArguments() {}

  static Configuration load(List<String> words, Map<String, String> environment)
      throws ConfigException {
    boolean hasFile = !words.isEmpty() && !words.getFirst().startsWith("--");
    Path file = hasFile ? Path.of(words.getFirst()) : null;
    List<String> flags = hasFile ? words.subList(1, words.size()) : words;
    return ConfigSources.load(ConfigTable.standard(), file, environment, flags);
  }
}
