package io.engramdb.node.session;

/** The way out to one client; implemented by {@code net}. Event loop of the shard only. */
public interface Connection {

  /**
   * Hands bytes over; they are copied (or sent) before the call returns, so the array may be used
   * again. Nothing needs to leave before {@link #flush}.
   */
  void write(byte[] bytes, int offset, int length);

  /**
   * As {@link #write}, but the array belongs to the connection from here on; for large replies,
   * which must not be copied.
   */
  void writeOwned(byte[] bytes, int offset, int length);

  /** Sends what was written. */
  void flush();

  /** Bytes that were written but have not left this process. */
  long unsentBytes();

  /** Bytes that were received and not taken by the session yet. */
  default long inputBytes() {
    return 0;
  }

  /** Bytes that the buffer for them could take in addition. */
  default long inputFreeBytes() {
    return 0;
  }

  /** Number of the socket in the system; -1 if the transport does not tell. */
  default int socketDescriptor() {
    return -1;
  }

  /** Stops or starts reading from the socket. */
  void setReading(boolean on);

  /**
   * Goes on with requests that were read but not taken, because the session could not take more and
   * had answered false. Runs them at once, on this call's stack.
   */
  void resume();

  /** Closes when what was flushed has left. */
  void closeAfterFlush();

  /** Closes at once. */
  void close();
}
