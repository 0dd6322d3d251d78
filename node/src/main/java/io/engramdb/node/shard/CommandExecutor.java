package io.engramdb.node.shard;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.AdmissionCheck;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.Replication;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.ScriptPort;
import io.engramdb.node.command.TransactionPort;
import io.engramdb.node.command.TransactionState;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs requests: admission, handler, effects. Afterwards {@link #outcome} says what the reply has
 * to wait for. Shard thread only.
 *
 * <p>The ladder, in Redis' order: known and well-formed, the given checks (login, rights, slot),
 * memory, log disk, role and state; then a transaction queues the command, or it runs.
 */
public final class CommandExecutor implements TransactionPort {

  private static final Logger LOG = LoggerFactory.getLogger(CommandExecutor.class);
  private static final byte[] QUEUED = {'Q', 'U', 'E', 'U', 'E', 'D'};

  private final CommandTable table;
  private final List<AdmissionCheck> checks;
  private final Keyspaces keyspaces;
  private final AccessTracker tracker;
  private final CommitPipeline pipeline;
  private final WatchedKeys watched;
  private final StateCheck stateCheck;
  private final RandomGenerator random;
  private final ExecutionListener listener;
  private final RequestPreview preview;
  private final Context context = new Context();
  private final ScriptCalls scriptCalls;
  private final Outcome outcome = new Outcome();

  /** Requests of a previewed pipeline that have not run; each begins when the last one ended. */
  private int clockedRequests;

  /** When the last command ended, while {@link #clockedRequests} counts. */
  private long clockNanos;

  private @Nullable KeyChangeListener changes;

  private long nowMs;

  CommandExecutor(
      CommandTable table,
      List<AdmissionCheck> checks,
      Keyspaces keyspaces,
      AccessTracker tracker,
      CommitPipeline pipeline,
      WatchedKeys watched,
      ShardLimits limits,
      RandomGenerator random,
      ExecutionListener listener) {
    this.table = table;
    this.checks = List.copyOf(checks);
    this.keyspaces = keyspaces;
    this.tracker = tracker;
    this.pipeline = pipeline;
    this.watched = watched;
    this.stateCheck = new StateCheck(keyspaces, limits);
    this.random = random;
    this.listener = listener;
    this.scriptCalls =
        new ScriptCalls(
            table, checks, stateCheck, pipeline, listener, context::client, context::nested);
    this.preview = new RequestPreview(table, keyspaces, tracker);
  }

  /** Who hears of commands that run from now on; null for nobody. */
  void tell(@Nullable KeyChangeListener newChanges) {
    changes = newChanges;
  }

  void enter(ShardState newState) {
    stateCheck.enter(newState);
  }

  void beginTurn(long newNowMs) {
    nowMs = newNowMs;
    clockedRequests = 0;
  }

  /** What the last execution's reply depends on. */
  public Outcome outcome() {
    return outcome;
  }

  /** The command of a request, or null. */
  public @Nullable CommandSpec resolve(Args args) {
    return table.resolve(args);
  }

  /** These requests of one pipeline are about to run, one after the other. */
  public void preview(Args[] batch, int count, int database) {
    preview.look(batch, count, database);
    clockNanos = System.nanoTime();
    clockedRequests = count;
  }

  // --- admission

  /** Whether a command reads or writes data, alone or as the end of a transaction. */
  static boolean usesData(CommandSpec spec, ClientState client) {
    return spec.usesData() || spec.isLogged() || (spec.isExec() && client.transaction.open);
  }

  /** Runs one request of a client and writes its reply. */
  public void execute(
      @Nullable CommandSpec spec, Args args, ClientState client, ReplyWriter reply) {
    outcome.clear();
    tracker.beginCommand();
    client.lastCommandMs = nowMs;
    client.commandCount++;
    CommandError refusal = spec == null ? UnknownCommand.command(args) : refuse(spec, args, client);
    if (refusal != null) {
      listener.rejected(spec, refusal);
      outcome.error = refusal;
      reply.error(refusedInTransaction(spec, client, refusal));
      client.asking = false;
      return;
    }
    client.lastCommand = spec;
    if (client.transaction.open && TransactionState.queues(spec)) {
      client.transaction.enqueue(spec, args.detached());
      reply.simple(QUEUED);
    } else {
      runTopLevel(spec, args, client, reply);
    }
    client.asking = client.asking && spec.name().equals("asking");
    if (client.tracking != null && !client.transaction.open && !isOfClient(spec)) {
      client.tracking.cachingGiven = false;
    }
  }

  private static boolean isOfClient(CommandSpec spec) {
    CommandSpec container = spec.container();
    return container != null && container.name().equals("client");
  }

  /** Runs a request again that has waited. */
  public void executeAgain(CommandSpec spec, Args args, ClientState client, ReplyWriter reply) {
    outcome.clear();
    tracker.beginCommand();
    // Rights may have changed while it waited.
    CommandError refusal = refuseByChecks(spec, args, client);
    if (refusal != null) {
      listener.rejected(spec, refusal);
      outcome.error = refusal;
      reply.error(refusal);
    } else {
      runTopLevel(spec, args, client, reply);
    }
  }

  /** A client is told that what it waited for has not come: its answer shows the present. */
  public void waitedInVain() {
    outcome.clear();
    tracker.beginCommand();
    tracker.touchEverything();
    dependOnWhatWasSeen();
  }

  /** What the client waited with ends with an error instead. */
  public void waitFailed(ClientState client, CommandError error) {
    if (client.lastCommand != null) {
      listener.waitFailed(client.lastCommand, error);
    }
  }

  /**
   * A refused command fails its transaction, a refused EXEC ends it; EXEC words it so even where
   * there is no transaction.
   */
  private CommandError refusedInTransaction(
      @Nullable CommandSpec spec, ClientState client, CommandError refusal) {
    if (spec == null || !spec.isExec()) {
      client.transaction.failed = client.transaction.open;
      return refusal;
    }
    end(client);
    return switch (refusal.code()) {
      case "MOVED", "ASK", "TRYAGAIN", "CROSSSLOT", "CLUSTERDOWN" -> refusal;
      default -> refusal.asExecAbort();
    };
  }

  /** Why the request would be refused by the checks, or null. */
  @Nullable CommandError refusal(CommandSpec spec, Args args, ClientState client) {
    return spec.acceptsWords(args.count())
        ? refuseByChecks(spec, args, client)
        : CommandError.arity(spec.fullName());
  }

  private @Nullable CommandError refuse(CommandSpec spec, Args args, ClientState client) {
    if (spec.isContainer()) {
      return args.count() < 2
          ? CommandError.arity(spec.fullName())
          : UnknownCommand.subcommand(spec, args);
    }
    if (!spec.acceptsWords(args.count())) {
      return CommandError.arity(spec.fullName());
    }
    if (client.transaction.open
        && (spec.has(CommandFlag.NO_MULTI) || spec.has(CommandFlag.NOT_QUEUED))) {
      return CommandError.err("Command not allowed inside a transaction");
    }
    CommandError refusal = refuseByChecks(spec, args, client);
    refusal = refusal != null ? refusal : stateCheck.refuse(spec, client);
    return refusal != null ? refusal : SubscriberMode.refuse(spec, client);
  }

  /** Login, rights, slot: what the given checks find. */
  private @Nullable CommandError refuseByChecks(CommandSpec spec, Args args, ClientState client) {
    for (int i = 0; i < checks.size(); i++) {
      CommandError refusal = checks.get(i).refuse(spec, args, client);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  // --- running

  private void runTopLevel(CommandSpec spec, Args args, ClientState client, ReplyWriter reply) {
    context.client = client;
    context.depth = 0;
    int effectsBefore = pipeline.recorder().effectCount();
    run(spec, args, client, reply);
    clockedRequests--;
    if (pipeline.recorder().effectCount() != effectsBefore) {
      // The reply waits for its own record, which commits after every record it may have read from.
      outcome.neededSequence = pipeline.openSequence();
      client.lastWriteSequence = pipeline.openSequence();
      client.lastWriteEpoch = pipeline.epoch();
      pipeline.endRun();
    } else {
      dependOnWhatWasSeen();
    }
  }

  private void dependOnWhatWasSeen() {
    if (tracker.touchedAnything() && stateCheck.state().leads()) {
      outcome.needsLease = true;
      long newest = tracker.newestTouched();
      outcome.neededSequence = newest > pipeline.committedSequence() ? newest : 0;
    }
  }

  private void run(CommandSpec spec, Args args, ClientState client, ReplyWriter reply) {
    boolean primary = stateCheck.state() == ShardState.LEADING;
    // In a pause as well: once a client has not seen a key, no later primary may show it again.
    ExpiryMode mode = primary ? ExpiryMode.PRIMARY : ExpiryMode.REPLICA_READ;
    keyspaces.beginCommand(nowMs, mode, !client.noTouch);
    long changesBefore = keyspaces.changeCount();
    int mark = reply.mark();
    long startNanos = clockedRequests > 0 ? clockNanos : System.nanoTime();
    CommandError failure = null;
    if (changes != null) {
      changes.begin(spec, client);
    }
    try {
      spec.handler().execute(context, args, reply);
    } catch (CommandError error) {
      Invariant.check(
          keyspaces.changeCount() == changesBefore, "an error after a change by " + spec);
      failure = error;
    } catch (RuntimeException bug) {
      // Nothing changed: the client alone is affected. Otherwise memory and log may differ: stop.
      Invariant.check(
          keyspaces.changeCount() == changesBefore, "a fault after a change by " + spec);
      LOG.error("{} failed", spec, bug);
      failure = CommandError.err("internal error, see the server's log");
    }
    if (failure != null) {
      outcome.error = failure;
      reply.rewind(mark);
      reply.error(failure);
    } else if (spec.runsScript()) {
      failure = scriptCalls.takeFailure();
      outcome.error = failure;
    } else if (spec.replication() == Replication.VERBATIM
        && keyspaces.changeCount() != changesBefore) {
      pipeline.recorder().request(client.database, args);
    }
    keyspaces.endCommand();
    if (changes != null) {
      changes.ran(spec, args, client);
    }
    clockNanos = System.nanoTime();
    if (!outcome.isUnfinished()) {
      listener.executed(spec, args, client, clockNanos - startNanos, failure);
    }
  }

  // --- transactions

  @Override
  public void exec(ClientState client, ReplyWriter reply) {
    if (client.transaction.failed) {
      end(client);
      throw CommandError.EXEC_ABORT;
    }
    // A watched key whose time has passed is removed here, which breaks the watch.
    for (var key : client.transaction.watched()) {
      keyspaces.database(key.database()).find(key.key().array());
    }
    if (client.transaction.broken) {
      // The answer tells of somebody's write, which may not be committed yet.
      tracker.touchEverything();
      end(client);
      reply.nilArray();
      return;
    }
    var queue = List.copyOf(client.transaction.queue());
    end(client);
    reply.array(queue.size());
    context.depth++;
    for (var queued : queue) {
      runQueued(queued.spec(), queued.args(), client, reply);
    }
    context.depth--;
  }

  private void runQueued(CommandSpec spec, Args args, ClientState client, ReplyWriter reply) {
    // Rights may have changed since the command was queued.
    CommandError refusal = null;
    for (int i = 0; i < checks.size() && refusal == null; i++) {
      refusal = checks.get(i).refuseQueued(spec, args, client);
    }
    if (refusal != null) {
      listener.rejected(spec, refusal);
      reply.error(refusal);
    } else {
      run(spec, args, client, reply);
    }
  }

  @Override
  public void end(ClientState client) {
    client.transaction.close();
    watched.unwatchAll(client);
  }

  @Override
  public void watch(ClientState client, Bytes key) {
    // Expired keys are removed first, so that only a later change breaks the watch.
    keyspaces.database(client.database).find(key.array());
    watched.watch(client, key);
  }

  @Override
  public void exchanging(int first, int second) {
    watched.meet(keyspaces, first, second);
  }

  @Override
  public void unwatch(ClientState client) {
    watched.unwatchAll(client);
  }

  /** What handlers see. */
  private final class Context implements ExecutionContext {
    private @Nullable ClientState client;
    private int depth;
    private boolean inScript;

    @Override
    public Keyspaces keyspaces() {
      return keyspaces;
    }

    @Override
    public Keyspace db() {
      return keyspaces.database(client().database);
    }

    @Override
    public long nowMs() {
      return nowMs;
    }

    @Override
    public RandomGenerator random() {
      return random;
    }

    @Override
    public ClientState client() {
      ClientState present = client;
      if (present == null) {
        throw new IllegalStateException("no client");
      }
      return present;
    }

    @Override
    public EffectRecorder effects() {
      return pipeline.recorder();
    }

    @Override
    public TransactionPort transactions() {
      return CommandExecutor.this;
    }

    @Override
    public void whenCommitted(Runnable change) {
      pipeline.whenCommitted(change);
      outcome.changesWhenCommitted = true;
    }

    @Override
    public ScriptPort scripts() {
      return scriptCalls;
    }

    @Override
    public boolean replaying() {
      return false;
    }

    @Override
    public boolean inScript() {
      return inScript;
    }

    @Override
    public void defer(DeferredReply deferred) {
      Invariant.check(mayDefer(), "deferred inside a transaction");
      outcome.deferred = deferred;
    }

    @Override
    public boolean mayDefer() {
      return depth == 0;
    }

    @Override
    public boolean mayBlock() {
      return depth == 0;
    }

    @Override
    public void block(KeyWait wait) {
      Invariant.check(mayBlock(), "blocked inside a transaction");
      outcome.blocked = wait;
    }

    private void nested(CommandSpec spec, Args args, ReplyWriter reply) {
      depth++;
      inScript = true;
      run(spec, args, client(), reply);
      inScript = false;
      depth--;
    }
  }
}
