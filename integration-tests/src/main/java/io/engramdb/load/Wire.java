package io.engramdb.load;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one connection. Requests are numbered from 0 in the order in which they are
 * written; answers name that number and may come in any order.
 */
interface Wire {

  /** Hears of each answered request. */
  interface Answers {
    /**
     * @param number which request of this connection
     * @param failure what the server refused it with; null if it did not
     */
    void answered(long number, @Nullable String failure);
  }

  /** Writes what a connection begins with. */
  void begin(ByteBuffer out);

  /** Whether the protocol allows one more request just now. */
  boolean mayWrite();

  /** Most bytes that one request takes. */
  int maxRequestBytes();

  /**
   * Appends the next request.
   *
   * @param kind which of the mix
   * @param sequence number of the request over all connections
   */
  void write(ByteBuffer out, int kind, long sequence, SplittableRandom random);

  /**
   * Takes whole answers from {@code in} and leaves an incomplete rest; may write what the protocol
   * itself answers.
   */
  void read(ByteBuffer in, ByteBuffer out, Answers answers);
}
