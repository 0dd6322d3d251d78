package io.engramdb.node.net;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.KeyTransfers.Delivery;
import io.engramdb.node.command.KeyTransfers.Item;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection to a server that keys are brought to. Each step has a time limit. One thread at a
 * time; only {@link #close} may be called by any.
 */
final class RestoreConnection {

  /** It is not known which database is selected. */
  static final long UNKNOWN = -1;

  private static final int INPUT_BYTES = 8192;

  /** Characters of an answer that are kept; the rest of its line is passed over. */
  private static final int MAX_LINE_CHARS = 1024;

  private static final long NANOS_PER_MS = 1_000_000;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final ByteBuffer input = ByteBuffer.allocate(INPUT_BYTES).flip();
  private long database = UNKNOWN;
  private boolean usable;
  private boolean worthAnother;

  private RestoreConnection(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.selector = selector;
    this.key = channel.register(selector, SelectionKey.OP_CONNECT);
  }

  /** Connects. */
  static RestoreConnection open(String host, int port, int timeoutMs) throws IOException {
    if (port <= 0 || port > 0xFFFF) {
      throw new IOException("no port: " + port);
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UnknownHostException(host);
    }
    SocketChannel channel = SocketChannel.open();
    Selector selector = Selector.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      RestoreConnection connection = new RestoreConnection(channel, selector);
      if (!channel.connect(address)) {
        while (!channel.finishConnect()) {
          connection.await(SelectionKey.OP_CONNECT, timeoutMs);
        }
      }
      return connection;
    } catch (IOException e) {
      channel.close();
      selector.close();
      throw e;
    }
  }

  /** What is written for a delivery: the login, the database, then a RESTORE for each key. */
  record Requests(int preparations, List<ByteBuffer> buffers) {}

  /** The requests of a delivery over this connection as it is now. */
  Requests requests(Delivery delivery) {
    usable = false;
    int preparations = 0;
    List<ByteBuffer> buffers = new ArrayList<>();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    Bytes password = delivery.password();
    if (password != null) {
      preparations++;
      begin(text, delivery.user() == null ? 2 : 3, "AUTH");
      if (delivery.user() != null) {
        word(text, delivery.user().array());
      }
      word(text, password.array());
    }
    if (database != delivery.database()) {
      preparations++;
      begin(text, 2, "SELECT");
      word(text, ascii(Long.toString(delivery.database())));
    }
    for (Item item : delivery.items()) {
      String name = delivery.asking() ? "RESTORE-ASKING" : "RESTORE";
      begin(text, delivery.replace() ? 5 : 4, name);
      word(text, item.key().array());
      word(text, ascii(Long.toString(item.ttlMs())));
      text.writeBytes(ascii("$" + item.payload().length + "\r\n"));
      buffers.add(ByteBuffer.wrap(text.toByteArray()));
      buffers.add(ByteBuffer.wrap(item.payload()));
      text.reset();
      text.writeBytes(ascii("\r\n"));
      if (delivery.replace()) {
        word(text, ascii("REPLACE"));
      }
    }
    buffers.add(ByteBuffer.wrap(text.toByteArray()));
    return new Requests(preparations, buffers);
  }

  private static void begin(ByteArrayOutputStream text, int words, String name) {
    text.writeBytes(ascii("*" + words + "\r\n"));
    word(text, ascii(name));
  }

  private static void word(ByteArrayOutputStream text, byte[] bytes) {
    text.writeBytes(ascii("$" + bytes.length + "\r\n"));
    text.writeBytes(bytes);
    text.writeBytes(ascii("\r\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Writes everything.
   *
   * @param timeoutMs how long the target may take nothing
   */
  void write(Requests requests, int timeoutMs) throws IOException {
    for (ByteBuffer buffer : requests.buffers()) {
      while (buffer.hasRemaining()) {
        if (channel.write(buffer) == 0) {
          await(SelectionKey.OP_WRITE, timeoutMs);
        }
      }
    }
  }

  /** One line without its end. */
  String readLine(int timeoutMs) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      while (input.hasRemaining()) {
        char next = (char) (input.get() & 0xFF);
        if (next == '\n') {
          return line.toString();
        }
        if (next != '\r' && line.length() < MAX_LINE_CHARS) {
          line.append(next);
        }
      }
      fill(timeoutMs);
    }
  }

  private void fill(int timeoutMs) throws IOException {
    input.clear();
    int count = channel.read(input);
    while (count == 0) {
      await(SelectionKey.OP_READ, timeoutMs);
      count = channel.read(input);
    }
    input.flip();
    if (count < 0) {
      throw new EOFException("closed by the target");
    }
  }

  private void await(int operation, int timeoutMs) throws IOException {
    long deadlineNanos = System.nanoTime() + timeoutMs * NANOS_PER_MS;
    try {
      key.interestOps(operation);
      int ready = 0;
      while (ready == 0) {
        long leftMs = (deadlineNanos - System.nanoTime() + NANOS_PER_MS - 1) / NANOS_PER_MS;
        if (leftMs <= 0) {
          throw new SocketTimeoutException();
        }
        ready = selector.select(leftMs);
      }
      selector.selectedKeys().clear();
    } catch (CancelledKeyException | ClosedSelectorException e) {
      throw new IOException("closed by us", e);
    }
  }

  /** A delivery has ended with all of its answers; that database is selected now. */
  void settled(long newDatabase) {
    database = newDatabase;
    usable = true;
  }

  /**
   * A delivery has failed.
   *
   * @param answered whether the target had answered anything of it
   */
  void failed(IOException failure, boolean answered) {
    worthAnother = !answered && !(failure instanceof SocketTimeoutException);
  }

  /** Whether the last delivery was answered to its end. */
  boolean isUsable() {
    return usable;
  }

  /** Whether the same delivery may be tried on another connection. */
  boolean isWorthAnother() {
    return worthAnother;
  }

  /** Ends the connection, and what a thread waits for in it. */
  void close() {
    try {
      channel.close();
      selector.close();
    } catch (IOException e) {
      // It is given up either way.
    }
  }
}
