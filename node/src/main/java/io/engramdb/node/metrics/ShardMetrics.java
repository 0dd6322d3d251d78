package io.engramdb.node.metrics;

/** Everything that is counted for one shard. Shard thread only. */
public record ShardMetrics(
    CommandStats commands, ErrorStats errors, NodeMetrics node, SlowLog slowLog) {

  public ShardMetrics() {
    this(new CommandStats(), new ErrorStats(), new NodeMetrics(), new SlowLog());
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    commands.reset();
    errors.reset();
    node.reset();
  }
}
