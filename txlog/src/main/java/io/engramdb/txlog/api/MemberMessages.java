package io.engramdb.txlog.api;

/**
 * Messages between members that stand in no log. Delivered at most once, those of one sender in
 * order; who is away, or reads too slowly, misses some. They have connections and a thread of their
 * own, so that they never hold up the log. Thread-safe.
 */
public interface MemberMessages {

  /** Largest message, bytes. */
  int MAX_MESSAGE_BYTES = (1 << 30) + (1 << 20);

  /** Bytes that wait for one member; a message more is dropped, unless it is the only one. */
  long MAX_WAITING_BYTES = 64L << 20;

  /** Hears what others send, on the thread of messages. */
  @FunctionalInterface
  interface Receiver {
    /**
     * A message.
     *
     * @param from name of the sender
     * @param message belongs to the receiver
     * @param done must be run when the message is dealt with, on whatever thread: while too much is
     *     not, nothing more is read
     */
    void received(String from, byte[] message, Runnable done);
  }

  /** Who hears of messages; set once, before the log starts. */
  void receive(Receiver receiver);

  /**
   * Sends a message to a member, connecting if need be; returns at once.
   *
   * @param message must not be changed afterwards
   */
  void send(String member, byte[] message);

  /** Messages that were not sent because their member was away or too slow; for display. */
  long droppedCount();
}
