package io.engramdb.node.session;

import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ConnectedClient;

/** What of a session others look at: CLIENT LIST and the limits. Shard thread only. */
abstract class ObservedSession implements ConnectedClient {

  final Connection connection;
  final ClientState client;
  final ReplyQueue replies = new ReplyQueue();

  /** Replies were thrown away: nothing of this connection may run or leave any more. */
  boolean doomed;

  /** The connection is gone. */
  boolean closed;

  /** What it takes, as {@link ClientMemory} knows it. */
  long countedMemoryBytes;

  /** Since when its output is above the soft limit, shard time; 0 if it is not. */
  long overSoftLimitSinceMs;

  ObservedSession(Connection connection, ClientState client) {
    this.connection = connection;
    this.client = client;
  }

  @Override
  public final ClientState state() {
    return client;
  }

  @Override
  public final int socketDescriptor() {
    return connection.socketDescriptor();
  }

  @Override
  public final long inputBytes() {
    return connection.inputBytes();
  }

  @Override
  public final long inputFreeBytes() {
    return connection.inputFreeBytes();
  }

  @Override
  public final long outputBytes() {
    return replies.sizeBytes() + connection.unsentBytes();
  }

  /** Answers with an error that needs no record. */
  final void answer(CommandError error, ReplyWriters writers) {
    long start = replies.endPosition();
    writers.writer(client.protocol, replies.buffer()).error(error);
    replies.close(start, 0, 0);
  }

  final boolean isDoomed() {
    return doomed;
  }

  /** Whether a reply waits for the log. */
  final boolean isParked() {
    return replies.isWaiting();
  }
}
