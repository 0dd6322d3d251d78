package io.engramdb.node.server;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.metrics.LatencyEvents;
import io.engramdb.node.metrics.ShardMetrics;
import io.engramdb.node.pubsub.MessageHub;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.shard.ExecutionListener;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts every command of a shard. Shard thread only. */
final class MeasuredExecution implements ExecutionListener {
  private final ShardMetrics metrics;
  private final LongSupplier nowMs;
  private final Supplier<MessageHub> hub;
  private final ScriptHost scripts;

  /**
   * @param nowMs shard time, Unix milliseconds
   * @param scripts tells whether a script runs, and of each one that begins
   */
  MeasuredExecution(
      ShardMetrics metrics, LongSupplier nowMs, Supplier<MessageHub> hub, ScriptHost scripts) {
    this.scripts = scripts;
    scripts.announce(this::scriptBegins);
    this.metrics = metrics;
    this.nowMs = nowMs;
    this.hub = hub;
  }

  @Override
  public void executed(
      CommandSpec spec,
      Args args,
      ClientState client,
      long elapsedNanos,
      @Nullable CommandError error) {
    metrics.commands().executed(spec, elapsedNanos, error == null);
    metrics.node().events.offer(kind(spec), elapsedNanos, nowMs.getAsLong());
    metrics.slowLog().offer(spec, args, client, elapsedNanos, nowMs.getAsLong());
    if (error != null && !error.isCounted()) {
      metrics.errors().count(error.code());
    }
    if (hub.get().isMonitored() && !isHidden(spec)) {
      hub.get().ran(args, client, scripts.isRunning());
    }
  }

  @Override
  public void waitFailed(CommandSpec spec, CommandError error) {
    metrics.commands().executed(spec, 0, false);
    metrics.errors().count(error.code());
  }

  /** Those who look on see a script before the commands that it calls. */
  private void scriptBegins(Args args, ClientState client) {
    if (hub.get().isMonitored()) {
      hub.get().ran(args, client, false);
    }
  }

  private static boolean isHidden(CommandSpec spec) {
    return spec.has(CommandFlag.SKIP_MONITOR) || spec.has(CommandFlag.ADMIN);
  }

  private static LatencyEvents.Kind kind(CommandSpec spec) {
    return spec.isFast() ? LatencyEvents.Kind.FAST_COMMAND : LatencyEvents.Kind.COMMAND;
  }

  @Override
  public void rejected(@Nullable CommandSpec spec, CommandError error) {
    metrics.errors().count(error.code());
    if (spec != null) {
      metrics.commands().rejected(spec);
    }
  }
}
