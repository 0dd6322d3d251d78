package io.engramdb.txlog.wire;

/** Hears what comes over connections; each connection's calls come on the thread of its lane. */
public interface FrameListener {
  /**
   * A whole frame.
   *
   * @param body belongs to the listener
   */
  void received(WireConnection from, byte type, long callId, byte[] body);

  /** Everything that had arrived was read: the moment to send what was gathered. */
  default void drained(WireConnection from) {}

  /** There is room again for what is to be sent. */
  default void writable(WireConnection to) {}

  /** The last call for this connection. */
  default void closed(WireConnection connection) {}
}
