package io.engramdb.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One socket and the requests that are unanswered on it. Used by the loop's thread alone. */
final class LoadConnection implements Wire.Answers {
  /** Most unanswered requests of one connection; a power of two. */
  static final int MAX_IN_FLIGHT = 8_192;

  private static final int IN_BYTES = 256 << 10;
  private static final int MIN_OUT_BYTES = 128 << 10;
  // Room that requests leave to what the protocol itself has to answer.
  private static final int PROTOCOL_BYTES = 4_096;
  private static final int MASK = MAX_IN_FLIGHT - 1;

  private final SocketChannel channel;
  private final SelectionKey key;
  private final Wire wire;
  private final SplittableRandom random;
  private final LatencyRecord record;
  private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);
  private final ByteBuffer out;
  // Of each request in flight, by its number: when it should have been sent, and what it is.
  private final long[] intendedNs = new long[MAX_IN_FLIGHT];
  private final byte[] kinds = new byte[MAX_IN_FLIGHT];
  private final boolean[] open = new boolean[MAX_IN_FLIGHT];
  private boolean awaitsWrite;
  private long sent;
  private int inFlight;
  private long nowNs;

  private LoadConnection(
      SocketChannel channel,
      Selector selector,
      Wire wire,
      SplittableRandom random,
      LatencyRecord record,
      int pipeline)
      throws IOException {
    this.channel = channel;
    this.key = channel.register(selector, SelectionKey.OP_READ, this);
    this.wire = wire;
    this.random = random;
    this.record = record;
    int batchBytes = pipeline * wire.maxRequestBytes() + 2 * PROTOCOL_BYTES;
    out = ByteBuffer.allocateDirect(Math.max(MIN_OUT_BYTES, batchBytes));
  }

  /** Connects and sends what the protocol begins with. */
  static LoadConnection open(
      InetSocketAddress address,
      Selector selector,
      Wire wire,
      SplittableRandom random,
      LatencyRecord record,
      int pipeline)
      throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    LoadConnection connection =
        new LoadConnection(channel, selector, wire, random, record, pipeline);
    wire.begin(connection.out);
    return connection;
  }

  void close() throws IOException {
    channel.close();
  }

  int inFlight() {
    return inFlight;
  }

  /** Whether one more request may be sent now. */
  boolean hasRoom() {
    return inFlight < MAX_IN_FLIGHT
        && !open[(int) (sent & MASK)]
        && out.remaining() >= wire.maxRequestBytes() + PROTOCOL_BYTES
        && wire.mayWrite();
  }

  /** Puts a request into the buffer; {@link #flush} sends it. */
  void send(int kind, long sequence, long shouldBeSentNs) {
    int place = (int) (sent & MASK);
    intendedNs[place] = shouldBeSentNs;
    kinds[place] = (byte) kind;
    open[place] = true;
    wire.write(out, kind, sequence, random);
    sent++;
    inFlight++;
  }

  /** Sends what the socket takes; returns whether nothing is left. */
  boolean flush() throws IOException {
    if (out.position() > 0) {
      out.flip();
      channel.write(out);
      out.compact();
    }
    boolean done = out.position() == 0;
    if (done == awaitsWrite) {
      awaitsWrite = !done;
      key.interestOps(done ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
    return done;
  }

  /** Reads what has arrived and records the answers. */
  void receive() throws IOException {
    int count = channel.read(in);
    if (count < 0) {
      throw new EOFException("the server closed a connection");
    }
    nowNs = System.nanoTime();
    in.flip();
    wire.read(in, out, this);
    in.compact();
    if (!in.hasRemaining()) {
      throw new IOException("an answer is larger than " + IN_BYTES + " bytes");
    }
  }

  @Override
  public void answered(long number, @Nullable String failure) {
    int place = (int) (number & MASK);
    if (number >= sent || !open[place]) {
      throw new IllegalStateException("an answer to request " + number + ", which is not open");
    }
    open[place] = false;
    inFlight--;
    record.answered(kinds[place], intendedNs[place], nowNs, failure);
  }

  /** Counts what is unanswered with the age that it has reached. */
  void abandon(long endNs) {
    for (int place = 0; place < MAX_IN_FLIGHT; place++) {
      if (open[place]) {
        record.unanswered(kinds[place], intendedNs[place], endNs);
      }
    }
  }
}
