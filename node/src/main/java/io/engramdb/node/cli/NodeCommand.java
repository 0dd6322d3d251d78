package io.engramdb.node.cli;

import io.engramdb.node.server.NodeMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code engram node}: one server in the foreground, the entry for production. */
@Command(
    name = NodeCommand.NAME,
    description = {
      "Run one server in the foreground.",
      "FILE has the grammar of redis.conf; every directive is also a flag and an ENGRAM_ variable."
          + " Without shard-member directives it is a shard of its own with a log of one voter."
    },
    mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
  static final String NAME = "node";

  @Mixin ServerWords words;

  @Override
  public Integer call() {
    return NodeMain.run(words.all);
  }
}
