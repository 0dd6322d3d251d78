package io.engramdb.txlog.ratis;

import io.engramdb.txlog.wire.FrameListener;
import io.engramdb.txlog.wire.WireConnection;
import io.engramdb.txlog.wire.WireLoop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entries that other members send, on the thread of {@link io.engramdb.txlog.wire.Lane#APPENDS}:
 * given to Ratis in the order in which they came, and acknowledged in that order, whatever
 * connection they came over.
 *
 * <p>The order across connections is what an acknowledgement rests on. Ratis takes entries that it
 * has in its log already for done, also if they still wait for the disk; entries that are sent
 * again over a new connection would so be acknowledged before they are on disk. Here they wait
 * behind the append that brought them first, and for {@link AppendGuard#mayLeave}.
 */
final class AppendInbox implements FrameListener {
  private static final Logger LOG = LoggerFactory.getLogger(AppendInbox.class);

  /** Above it nothing more is read; who sends keeps to {@link FollowerSender}'s lower bound. */
  static final int MAX_UNANSWERED = 64;

  static final long MAX_UNANSWERED_BYTES = 32L << 20;

  /** Pause before the disk is asked again for what Ratis believes to be there already. */
  private static final long DISK_POLL_US = 500;

  /** One append that Ratis has, with where its reply goes. */
  private record Unanswered(
      WireConnection from,
      long callId,
      AppendEntriesRequestProto request,
      int sizeBytes,
      CompletableFuture<AppendEntriesReplyProto> outcome) {}

  private final WireLoop loop;
  private final RaftServer server;
  private final AppendGuard guard;
  private final ArrayDeque<Unanswered> unanswered = new ArrayDeque<>();
  private long unansweredBytes;
  private final Set<WireConnection> stopped = new HashSet<>();
  private final Set<WireConnection> written = new HashSet<>();

  /** Whether a look at the queue is under way; set by whoever completes an append. */
  private final AtomicBoolean lookComes = new AtomicBoolean();

  AppendInbox(WireLoop loop, RaftServer server, AppendGuard guard) {
    this.loop = loop;
    this.server = server;
    this.guard = guard;
  }

  @Override
  public void received(WireConnection from, byte type, long callId, byte[] body) {
    AppendEntriesRequestProto request;
    try {
      request = WireMessage.parse(AppendEntriesRequestProto.parser(), body);
    } catch (InvalidProtocolBufferException e) {
      from.closeAsBroken("no append: " + e.getMessage());
      return;
    }
    if (type != WireMessage.APPEND
        || request.getEntriesCount() == 0
        || !ControlInbox.isFrom(from, request.getServerRequest())) {
      from.closeAsBroken("frame of type " + type + " among appends");
      return;
    }
    CompletableFuture<AppendEntriesReplyProto> outcome;
    try {
      outcome = guard.append(server, request);
    } catch (IOException | RuntimeException e) {
      // Also in order: who sent it takes what came before for answered.
      outcome = CompletableFuture.failedFuture(e);
    }
    unanswered.add(new Unanswered(from, callId, request, body.length, outcome));
    unansweredBytes += body.length;
    if (unanswered.size() >= MAX_UNANSWERED || unansweredBytes >= MAX_UNANSWERED_BYTES) {
      from.read(false);
      stopped.add(from);
    }
    // On this thread if it is complete already, else on the one that completes it.
    outcome.whenComplete((reply, failure) -> look());
  }

  private void look() {
    if (!lookComes.getAndSet(true)) {
      loop.execute(this::answer);
    }
  }

  /** Answers what is done, from the oldest on. */
  private void answer() {
    lookComes.set(false);
    for (Unanswered oldest; (oldest = unanswered.peek()) != null && oldest.outcome.isDone(); ) {
      if (!answer(oldest)) {
        loop.schedule(this::look, DISK_POLL_US, TimeUnit.MICROSECONDS);
        break;
      }
      unanswered.remove();
      unansweredBytes -= oldest.sizeBytes;
      written.add(oldest.from);
    }
    for (WireConnection to : written) {
      to.flush();
    }
    written.clear();
    if (!stopped.isEmpty()
        && unanswered.size() < MAX_UNANSWERED / 2
        && unansweredBytes < MAX_UNANSWERED_BYTES / 2) {
      stopped.forEach(from -> from.read(true));
      stopped.clear();
    }
  }

  /** Returns whether it was answered; not while what it says is on disk is not. */
  private boolean answer(Unanswered done) {
    Throwable failure;
    try {
      AppendEntriesReplyProto reply = done.outcome.join();
      if (!guard.mayLeave(server, done.request, reply)) {
        return false;
      }
      done.from.send(WireMessage.APPEND_REPLY, done.callId, new WireMessage(reply));
      return true;
    } catch (CompletionException | IOException e) {
      failure = ControlInbox.rootOf(e);
    }
    LOG.debug("append from {} failed", done.from.hello().from(), failure);
    done.from.sendFailure(done.callId, String.valueOf(failure));
    return true;
  }

  @Override
  public void closed(WireConnection connection) {
    stopped.remove(connection);
  }
}
