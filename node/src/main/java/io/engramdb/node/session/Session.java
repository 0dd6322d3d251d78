package io.engramdb.node.session;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.PushMessage;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.shard.CommandExecutor;
import io.engramdb.node.shard.Outcome;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardClient;
import org.jspecify.annotations.Nullable;

/**
 * One client: takes its requests in order, holds its replies until they may leave, in the same
 * order. Shard thread only.
 */
public final class Session extends ObservedSession implements ShardClient {

  /**
   * Replies that wait or have not left, above which this client's requests are not taken, bytes.
   */
  static final int OUTPUT_HIGH_WATER_BYTES = 4 << 20;

  /** From this size on a reply is handed over without copying it, bytes. */
  private static final int OWNED_REPLY_BYTES = 64 * 1024;

  private final Shard shard;
  private final CommandExecutor executor;
  private final ReplyWriters writers;
  private final SessionRegistry registry;

  private boolean activeInTurn;
  private boolean registered;
  private boolean deferring;
  private boolean heldForOutput;
  private boolean held;
  private boolean inputClosed;
  private boolean closeAfterRedirect;
  private int countedBytes;

  /** Newest record that this session waits for because of a push; 0 if none in this epoch. */
  private long pushAwaited;

  Session(
      Shard shard,
      Connection connection,
      ReplyWriters writers,
      SessionRegistry registry,
      ClientState client) {
    super(connection, client);
    this.shard = shard;
    this.executor = shard.executor();
    this.writers = writers;
    this.registry = registry;
  }

  @Override
  public boolean blocked() {
    return deferring;
  }

  /** Bytes of a request have arrived that is not complete yet. */
  public void inputGrew() {
    if (registry.memory().isLimited() && !closed && !doomed) {
      registry.memory().changed(this);
    }
  }

  /** Ends the connection at once: nothing that waits leaves, nothing more is taken. */
  void doom() {
    doomed = true;
    replies.clear();
    countParked(0);
    connection.close();
  }

  /** Ends the connection if so much waits for it that it may not, or for too long. */
  void checkOutput(long bytes) {
    if (!doomed && registry.limits().exceededByReply(kind(), bytes, this, shard.nowMs())) {
      doom();
    }
  }

  // --- requests

  /**
   * Runs one request, unless something holds this client back.
   *
   * @return false if it was not taken: keep it and submit it again when {@link Connection#resume}
   *     is called
   */
  public boolean submit(Args args) {
    if (closed || doomed || client.closeAfterReply) {
      return true;
    }
    if (deferring || client.settling) {
      held = true;
      return false;
    }
    if (outputBytes() > OUTPUT_HIGH_WATER_BYTES) {
      heldForOutput = true;
      return false;
    }
    CommandSpec spec = executor.resolve(args);
    if (shard.busyDesk().isOpen()) {
      held = !BusyAnswers.answer(shard, this, spec, args, registry.busyWriters(), replies);
      release();
      return !held;
    }
    boolean waits = !shard.admits(spec, client) || registry.isPaused(spec, args, client);
    if (waits) {
      shard.stall(this);
    } else if (shard.heldKeys().holdBack(spec, args, client)) {
      waits = true;
      shard.heldKeys().await(this);
    }
    held = waits || shard.postponesScript(spec, client, this);
    if (!held) {
      beginActivity();
      run(spec, args);
    }
    return !held;
  }

  /** These requests will be submitted next, one by one. */
  public void preview(Args[] batch, int count) {
    shard.preview(batch, count, client.database);
  }

  private void beginActivity() {
    shard.beginTurn();
    if (!activeInTurn) {
      activeInTurn = true;
      shard.activate(this);
    }
  }

  private void run(@Nullable CommandSpec spec, Args args) {
    long start = replies.endPosition();
    ReplyWriter writer = writers.writer(client.protocol, replies.buffer());
    int mark = writer.mark();
    // What a transaction queues reads nothing yet.
    boolean reads = !client.transaction.open;
    long limitBytes = reads ? registry.limits().replyBytes(spec, kind()) : Long.MAX_VALUE;
    replies.buffer().limit(limitBytes);
    executor.execute(spec, args, client, writer);
    replies.buffer().unlimited();
    Outcome outcome = executor.outcome();
    DeferredReply deferred = outcome.deferred;
    if (deferred != null) {
      defer(deferred);
      return;
    }
    if (outcome.blocked != null) {
      deferring = true;
      shard.block(this, client, outcome.blocked);
      return;
    }
    close(start, writer, mark);
    shard.serveBlocked();
  }

  /** Closes the reply of what the executor ran last. */
  private void close(long start, ReplyWriter writer, int mark) {
    Outcome outcome = executor.outcome();
    if (client.silencesReply() && !client.pushed) {
      writer.rewind(mark);
    }
    client.pushed = false;
    long barrier = 0;
    if (outcome.needsLease) {
      shard.wantLease();
      barrier = shard.pipeline().openSequence();
    }
    replies.close(start, Math.max(outcome.neededSequence, neededByMessages(outcome)), barrier);
    client.settling |= outcome.changesWhenCommitted;
    shard.runEnded();
    if (registry.limits().limitsReplies()) {
      // What overflows is not written in the first place: it might not fit into memory.
      checkOutput(replies.buffer().overflowed() ? Long.MAX_VALUE : outputBytes());
    }
    if (closeAfterRedirect && outcome.error != null && outcome.error.isRedirect()) {
      client.closeAfterReply = true;
    }
  }

  /** How many have received a message is true only once they have. */
  private long neededByMessages(Outcome outcome) {
    return outcome.needsLease || outcome.neededSequence > 0 ? 0 : shard.neededByMessages();
  }

  @Override
  public boolean executeAgain(CommandSpec spec, Args request) {
    // Nobody is there to get what it would take.
    return closed || doomed || answerWait(spec, request);
  }

  @Override
  public void waitedInVain() {
    if (!closed && !doomed) {
      answerWait(null, null);
    }
  }

  private boolean answerWait(@Nullable CommandSpec spec, @Nullable Args request) {
    beginActivity();
    long start = replies.endPosition();
    ReplyWriter writer = writers.writer(client.protocol, replies.buffer());
    int mark = writer.mark();
    if (spec == null || request == null) {
      executor.waitedInVain();
      writer.nilArray();
    } else {
      executor.executeAgain(spec, request, client, writer);
    }
    deferring = executor.outcome().blocked != null;
    if (!deferring) {
      close(start, writer, mark);
      shard.resumeSoon(this);
    }
    return !deferring;
  }

  @Override
  public void unblockedByDemotion() {
    cancelDeferred(CommandError.UNBLOCKED);
    client.closeAfterReply = true;
  }

  // --- pushes

  @Override
  public void push(PushMessage message, long neededSequence) {
    if (closed || doomed || client.closeAfterReply) {
      return;
    }
    beginActivity();
    byte[] bytes = writers.encoded(message, client.protocol);
    long start = replies.endPosition();
    replies.buffer().append(bytes, 0, bytes.length);
    replies.close(start, neededSequence, 0);
    if (neededSequence > pushAwaited) {
      // Ahead of whoever wrote: its reply must not be first to tell of the write.
      pushAwaited = neededSequence;
      shard.pipeline().awaitAhead(neededSequence, this);
    }
    if (registry.limits().exceeded(kind(), outputBytes(), this, shard.nowMs())) {
      doom();
    } else {
      registry.memory().changed(this);
    }
  }

  private void defer(DeferredReply deferred) {
    deferring = true;
    shard.deferrals().add(this, client, deferred, expired -> attempt(deferred, expired));
  }

  private boolean attempt(DeferredReply deferred, boolean expired) {
    if (replies.isWaiting()) {
      // Replies before it come first; a time-out must not overtake them either.
      return false;
    }
    ReplyWriter writer = writers.writer(client.protocol, replies.buffer());
    if (!deferred.tryComplete(writer, expired)) {
      return false;
    }
    deferring = false;
    beginActivity();
    resume();
    return true;
  }

  /** The request can't be understood or taken: answers with the error and closes. */
  public void refused(CommandError error) {
    beginActivity();
    answer(error, writers);
    client.closeAfterReply = true;
  }

  /** The client has closed its side; replies that wait still leave. */
  public void inputClosed() {
    inputClosed = true;
    if (deferring) {
      // Nobody is there to hear an answer that may never come.
      connection.close();
    } else {
      closeIfDone();
    }
  }

  /** What was sent has left; a client that was too slow may go on. */
  public void writable() {
    if (heldForOutput && outputBytes() <= OUTPUT_HIGH_WATER_BYTES / 2) {
      heldForOutput = false;
      connection.resume();
    }
    closeIfDone();
  }

  /** The connection is gone. */
  public void closed() {
    if (closed) {
      return;
    }
    closed = true;
    registry.farewell().accept(this);
    executor.end(client);
    countParked(0);
    shard.leave(this);
    registry.remove(this);
  }

  /** Somebody ends the connection: from now on, not only once the socket is closed. */
  void kill() {
    if (!closed) {
      doom();
    }
  }

  // --- the shard's side

  @Override
  public void endTurn(boolean leaseValid) {
    activeInTurn = false;
    if (closed || doomed) {
      return;
    }
    if (leaseValid) {
      replies.leaseSeen();
    } else if (replies.isWaiting()) {
      shard.awaitLease(this);
    }
    release();
    if (registry.memory().isLimited()) {
      registry.memory().changed(this);
    }
  }

  @Override
  public void leaseRegained() {
    if (!closed) {
      replies.leaseSeen();
      release();
    }
  }

  @Override
  public void recordCommitted() {
    registered = false;
    if (!closed) {
      release();
    }
  }

  private void release() {
    if (doomed) {
      return;
    }
    long committed = shard.pipeline().committedSequence();
    int bytes = replies.releasable(committed);
    if (bytes > 0) {
      send(bytes);
    }
    if (replies.isWaiting() && !registered) {
      registered = true;
      shard.pipeline().await(replies.awaited(committed), this);
    }
    countParked(replies.sizeBytes());
    if (client.settling && !replies.isWaiting()) {
      client.settling = false;
      shard.resumeSoon(this);
    }
    if (heldForOutput) {
      writable();
    }
    closeIfDone();
  }

  private void send(int bytes) {
    var buffer = replies.buffer();
    if (bytes >= OWNED_REPLY_BYTES && bytes == buffer.sizeBytes()) {
      int start = buffer.start();
      byte[] owned = buffer.detach();
      replies.tookDetached(bytes);
      connection.writeOwned(owned, start, bytes);
    } else {
      connection.write(buffer.array(), buffer.start(), bytes);
      replies.take(bytes);
    }
    connection.flush();
  }

  private void countParked(int bytes) {
    shard.parked(bytes - countedBytes);
    countedBytes = bytes;
  }

  private void closeIfDone() {
    boolean waits = deferring || held || heldForOutput;
    boolean done = client.closeAfterReply || (inputClosed && !waits);
    if (done && !closed && replies.isEmpty() && !activeInTurn) {
      connection.closeAfterFlush();
    }
  }

  @Override
  public void resume() {
    if (held && !closed) {
      held = false;
      connection.resume();
      closeIfDone();
    }
  }

  @Override
  public void leadershipLost() {
    registered = false;
    pushAwaited = 0;
    activeInTurn = false;
    if (client.transaction.open) {
      client.transaction.failed = true;
    }
    closeAfterRedirect = true;
    int settled = replies.releasable(shard.pipeline().committedSequence());
    if (replies.isWaiting()) {
      // What waits may or may not be in the log: the client must not take silence for an answer.
      // That holds for a client that wants no replies as well: its later writes may depend on it.
      doom();
    } else if (settled > 0) {
      send(settled);
    }
    countParked(replies.sizeBytes());
  }

  @Override
  public void cancelDeferred(CommandError error) {
    if (!deferring || closed || doomed) {
      return;
    }
    deferring = false;
    beginActivity();
    executor.waitFailed(client, error);
    answer(error, writers);
    resume();
  }
}
