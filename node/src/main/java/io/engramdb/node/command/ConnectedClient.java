package io.engramdb.node.command;

/** Port: one connection as CLIENT LIST shows it. Shard thread only. */
public interface ConnectedClient {

  /** What a connection costs beside its buffers, bytes. */
  int FIXED_BYTES = 1024;

  /** Up to that much output is on its way to who reads it, and nobody's burden, bytes. */
  int ON_ITS_WAY_BYTES = 16 * 1024;

  /** What a watched key or the name of a channel, pattern or prefix costs, bytes. */
  int NAME_BYTES = 128;

  /** What connections with a special duty are called in filters. */
  enum Kind {
    NORMAL,
    MASTER,
    REPLICA,
    PUBSUB
  }

  ClientState state();

  default Kind kind() {
    if (state().isReplica()) {
      return Kind.REPLICA;
    }
    return state().subscriptions.any() ? Kind.PUBSUB : Kind.NORMAL;
  }

  /** Number of the socket in the system; -1 if the transport does not tell. */
  int socketDescriptor();

  /** Bytes that were received and do not belong to an executed request yet. */
  long inputBytes();

  /** Bytes that the buffer for them could take in addition. */
  long inputFreeBytes();

  /** Reply bytes that wait for a commit or for the socket. */
  long outputBytes();

  /** All that the connection takes, what it watches and listens to included; an estimate. */
  default long memoryBytes() {
    TransactionState transaction = state().transaction;
    TrackingState tracking = state().tracking;
    long names = state().subscriptions.count() + transaction.watched().size();
    names += tracking == null ? 0 : tracking.prefixes.size();
    return FIXED_BYTES
        + inputBytes()
        + inputFreeBytes()
        + (outputBytes() > ON_ITS_WAY_BYTES ? outputBytes() : 0)
        + transaction.queuedBytes()
        + names * NAME_BYTES;
  }

  /** Whether the client waits for a deferred reply (a blocking command). */
  boolean blocked();

  /**
   * Sends something that the client has not asked for, behind everything that it is owed already.
   *
   * @param neededSequence record of this epoch that must be committed before it leaves; 0 for none
   */
  void push(PushMessage message, long neededSequence);
}
