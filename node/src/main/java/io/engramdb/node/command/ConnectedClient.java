package io.engramdb.node.command;

/** Port: one connection as CLIENT LIST shows it. Shard thread only. */
public interface ConnectedClient {

  /** What connections with a special duty are called in filters. */
  enum Kind {
    NORMAL,
    MASTER,
    REPLICA,
    PUBSUB
  }

  ClientState state();

  default Kind kind() {
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

  /** Whether the client waits for a deferred reply (a blocking command). */
  boolean blocked();

  /**
   * Sends something that the client has not asked for, behind everything that it is owed already.
   *
   * @param neededSequence record of this epoch that must be committed before it leaves; 0 for none
   */
  void push(PushMessage message, long neededSequence);
}
