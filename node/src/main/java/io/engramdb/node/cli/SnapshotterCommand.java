package io.engramdb.node.cli;

import io.engramdb.node.server.NodeMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code engram snapshotter}: what makes snapshots and archives the log, in the foreground. */
@Command(
    name = SnapshotterCommand.NAME,
    description = {
      "Run a snapshotter in the foreground.",
      "It hears the shard's log and holds all data, makes the snapshots and archives the log, so"
          + " that data nodes need not. It has no vote and serves no data; whether it runs or not,"
          + " writes go on. It reads the same directives as a node."
    },
    mixinStandardHelpOptions = true)
final class SnapshotterCommand implements Callable<Integer> {
  static final String NAME = "snapshotter";

  @Mixin ServerWords words;

  @Override
  public Integer call() {
    return NodeMain.runSnapshotter(words.all);
  }
}
