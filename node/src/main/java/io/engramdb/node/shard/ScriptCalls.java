package io.engramdb.node.shard;

import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ScriptPort;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What scripts ask of the shard, answered by the parts that answer clients. Shard thread only. */
final class ScriptCalls implements ScriptPort {

  /** Runs a command inside the one that runs. */
  @FunctionalInterface
  interface Nested {
    void run(CommandSpec spec, Args args, ReplyWriter reply);
  }

  private final CommandTable table;
  private final List<AdmissionCheck> checks;
  private final StateCheck stateCheck;
  private final CommitPipeline pipeline;
  private final ExecutionListener listener;
  private final Supplier<ClientState> client;
  private final Nested nested;
  private @Nullable CommandError failure;

  ScriptCalls(
      CommandTable table,
      List<AdmissionCheck> checks,
      StateCheck stateCheck,
      CommitPipeline pipeline,
      ExecutionListener listener,
      Supplier<ClientState> client,
      Nested nested) {
    this.table = table;
    this.checks = checks;
    this.stateCheck = stateCheck;
    this.pipeline = pipeline;
    this.listener = listener;
    this.client = client;
    this.nested = nested;
  }

  /** What the script that has just run answered, if that is an error; asked once. */
  @Nullable CommandError takeFailure() {
    CommandError taken = failure;
    failure = null;
    return taken;
  }

  @Override
  public @Nullable CommandSpec resolve(Args args) {
    return table.resolve(args);
  }

  @Override
  public @Nullable CommandError refuseByChecks(CommandSpec spec, Args args) {
    CommandError refusal = null;
    for (int i = 0; i < checks.size() && refusal == null; i++) {
      refusal = checks.get(i).refuseInScript(spec, args, client.get());
    }
    return refusal;
  }

  @Override
  public boolean permits(CommandSpec spec, Args args) {
    return checks.stream().allMatch(check -> check.permits(spec, args, client.get()));
  }

  @Override
  public boolean allowsAll() {
    return stateCheck.limits().scriptsMayAll;
  }

  @Override
  public Obstacle obstacle() {
    return stateCheck.obstacle();
  }

  @Override
  public boolean lacksReplicas() {
    return stateCheck.lacksReplicas();
  }

  @Override
  public void call(CommandSpec spec, Args args, ReplyWriter reply) {
    nested.run(spec, args, reply);
  }

  @Override
  public void rejected(@Nullable CommandSpec spec, CommandError error) {
    listener.rejected(spec, error);
  }

  @Override
  public void failed(CommandError error) {
    failure = error;
  }

  @Override
  public long effectBytes() {
    return pipeline.recorder().sizeBytes();
  }

  @Override
  public long effectCount() {
    return pipeline.recorder().effectCount();
  }
}
