package io.engramdb.node.sim;

import io.engramdb.node.command.Args;
import java.util.ArrayList;
import java.util.List;

/** A client that a schedule leads by the hand. */
final class TestClient implements SimConnection.Peer {

  private static final long PATIENCE_MS = 5_000;

  private final SimWorld world;
  private final SimConnection connection;
  private final List<Object> replies = new ArrayList<>();
  private boolean disconnected;

  TestClient(SimWorld world, SimNode node) {
    this.world = world;
    this.connection = node.connect(this);
  }

  /** Sends a request and goes on. */
  void send(String... words) {
    connection.send(Args.of(words), () -> {});
  }

  /** Sends a request and waits; null if the connection was closed instead. */
  Object call(String... words) {
    int before = replies.size();
    send(words);
    if (!world.runUntil(() -> replies.size() > before || disconnected, PATIENCE_MS)) {
      throw new AssertionError("no answer to " + String.join(" ", words));
    }
    return replies.size() > before ? replies.get(before) : null;
  }

  /** The client closes its sending side. */
  void halfClose() {
    connection.halfClose();
  }

  List<Object> replies() {
    return replies;
  }

  boolean isDisconnected() {
    return disconnected;
  }

  @Override
  public void replied(Object reply) {
    replies.add(reply);
  }

  @Override
  public void disconnected() {
    disconnected = true;
  }
}
