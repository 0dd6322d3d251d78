package io.engramdb.node.sim;

import io.engramdb.node.command.Args;
import io.engramdb.node.session.Connection;
import io.engramdb.node.session.Session;
import io.engramdb.node.shard.ShardState;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;

/** A connection without a socket: requests and replies travel in virtual time, in order. */
final class SimConnection implements Connection {

  private static final long MIN_TRAVEL_NANOS = 50_000;
  private static final long MAX_TRAVEL_NANOS = 1_000_000;

  /** The client's end. */
  interface Peer {
    /** One reply has arrived. */
    void replied(Object reply);

    /** Nothing more will arrive. */
    void disconnected();
  }

  private record Request(Args args, Runnable whenTaken) {}

  private final SimWorld world;
  private final SimNode node;
  private final Peer peer;
  private final Random random;
  private final ArrayDeque<Request> input = new ArrayDeque<>();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private byte[] arrived = new byte[0];
  private Session session;
  private boolean closed;
  private boolean clientGone;
  private boolean pumping;
  private long upBusyNanos;
  private long downBusyNanos;

  SimConnection(SimWorld world, SimNode node, Peer peer, Random random) {
    this.world = world;
    this.node = node;
    this.peer = peer;
    this.random = random;
  }

  void attach(Session newSession) {
    session = newSession;
  }

  private long travel(long busyUntilNanos) {
    long span = MAX_TRAVEL_NANOS - MIN_TRAVEL_NANOS;
    long at = world.log().nowNs() + MIN_TRAVEL_NANOS + random.nextLong(span);
    return Math.max(busyUntilNanos, at);
  }

  // --- the client's side

  /** Sends one request; the action runs on the server when it has been taken. */
  void send(Args args, Runnable whenTaken) {
    upBusyNanos = travel(upBusyNanos);
    Request request = new Request(args, whenTaken);
    long delay = upBusyNanos - world.log().nowNs();
    world.log().schedule(delay, () -> world.log().runOn(node.name(), () -> receive(request)));
  }

  /** The client closes its end without waiting. */
  void abandon() {
    clientGone = true;
    long delay = travel(upBusyNanos) - world.log().nowNs();
    world.log().schedule(delay, () -> world.log().runOn(node.name(), this::gone));
  }

  /** The client closes its sending side and still listens. */
  void halfClose() {
    upBusyNanos = travel(upBusyNanos);
    long delay = upBusyNanos - world.log().nowNs();
    world.log().schedule(delay, () -> world.log().runOn(node.name(), session::inputClosed));
  }

  private void gone() {
    if (!closed && node.runs(this)) {
      closed = true;
      session.closed();
    }
  }

  private void receive(Request request) {
    if (!node.runs(this) || closed) {
      hangUp();
      return;
    }
    boolean waits = !input.isEmpty();
    input.add(request);
    if (!waits) {
      pump();
    }
  }

  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    while (!input.isEmpty() && !closed) {
      Request request = input.peek();
      ShardState before = node.shard().state();
      if (!session.submit(request.args())) {
        break;
      }
      input.poll();
      if (before == ShardState.LEADING) {
        request.whenTaken().run();
      }
    }
    pumping = false;
  }

  /** The client learns that the connection is gone. */
  void hangUp() {
    downBusyNanos = travel(downBusyNanos);
    world
        .log()
        .schedule(
            downBusyNanos - world.log().nowNs(),
            () -> {
              if (!clientGone) {
                clientGone = true;
                peer.disconnected();
              }
            });
  }

  private void arrive(byte[] bytes) {
    if (clientGone) {
      return;
    }
    byte[] all = java.util.Arrays.copyOf(arrived, arrived.length + bytes.length);
    System.arraycopy(bytes, 0, all, arrived.length, bytes.length);
    int[] taken = new int[1];
    List<Object> replies = SimReply.parse(all, all.length, taken);
    arrived = java.util.Arrays.copyOfRange(all, taken[0], all.length);
    replies.forEach(peer::replied);
  }

  // --- the server's side

  @Override
  public void write(byte[] bytes, int offset, int length) {
    written.write(bytes, offset, length);
  }

  @Override
  public void writeOwned(byte[] bytes, int offset, int length) {
    write(bytes, offset, length);
  }

  @Override
  public void flush() {
    byte[] bytes = written.toByteArray();
    written.reset();
    if (!closed && bytes.length > 0) {
      downBusyNanos = travel(downBusyNanos);
      world.log().schedule(downBusyNanos - world.log().nowNs(), () -> arrive(bytes));
    }
  }

  @Override
  public long unsentBytes() {
    return written.size();
  }

  @Override
  public void setReading(boolean on) {}

  @Override
  public void resume() {
    pump();
  }

  @Override
  public void closeAfterFlush() {
    flush();
    close();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    // Requests that are in the buffer still run if the session lets them: it must not.
    node.scheduler()
        .execute(
            () -> {
              if (!closed) {
                pump();
                closed = true;
                session.closed();
              }
            });
    hangUp();
  }
}
