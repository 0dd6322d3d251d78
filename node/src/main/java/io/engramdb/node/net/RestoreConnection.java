package io.engramdb.node.net;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.KeyTransfers.Delivery;
import io.engramdb.node.command.KeyTransfers.Item;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
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
import java.util.BitSet;

/**
 * One connection to a server that keys are brought to. Each step has a time limit. One thread at a
 * time; only {@link #close} may be called by any.
 */
final class RestoreConnection {

  /** It is not known which database is selected. */
  static final long UNKNOWN = -1;

  private static final int INPUT_BYTES = 8192;

  /** Characters of an answer; a longer one comes from no such server. */
  private static final int MAX_LINE_CHARS = 1024;

  /** What is written at once, unless a single value is larger. */
  private static final int GATHERED_BYTES = 64 * 1024;

  private static final long NANOS_PER_MS = 1_000_000;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final ByteBuffer input = ByteBuffer.allocate(INPUT_BYTES).flip();
  private long database = UNKNOWN;
  private boolean usable;
  private boolean worthAnother;

  /** Not connected yet, so that {@link #close} can end the attempt as well. */
  RestoreConnection() throws IOException {
    channel = SocketChannel.open();
    try {
      selector = Selector.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      key = channel.register(selector, SelectionKey.OP_CONNECT);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Connects. */
  void connect(String host, int port, int timeoutMs) throws IOException {
    if (port <= 0 || port > 0xFFFF) {
      throw new IOException("no port: " + port);
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UnknownHostException(host);
    }
    if (!channel.connect(address)) {
      long deadlineNanos = deadlineNanos(timeoutMs);
      while (!channel.finishConnect()) {
        await(SelectionKey.OP_CONNECT, deadlineNanos);
      }
    }
  }

  /** Whether a connection that was kept is as it was left: not closed, and nothing was said. */
  boolean isQuiet() {
    try {
      input.clear();
      int count = channel.read(input);
      input.flip();
      return count == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes what has to succeed before values are sent: the login, and the database.
   *
   * @return how many answers there will be
   */
  int writePreparations(Delivery delivery) throws IOException {
    usable = false;
    int count = 0;
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    Bytes password = delivery.password();
    if (password != null) {
      count++;
      begin(text, delivery.user() == null ? 2 : 3, "AUTH");
      if (delivery.user() != null) {
        word(text, delivery.user().array());
      }
      word(text, password.array());
    }
    if (database != delivery.database()) {
      count++;
      begin(text, 2, "SELECT");
      word(text, ascii(Long.toString(delivery.database())));
    }
    write(text, delivery.timeoutMs());
    return count;
  }

  /**
   * Writes a RESTORE for each key whose time has not passed by then.
   *
   * @return places of the items that were written
   */
  BitSet writeItems(Delivery delivery) throws IOException {
    usable = false;
    BitSet written = new BitSet();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = 0; i < delivery.items().size(); i++) {
      Item item = delivery.items().get(i);
      long ttlMs = 0;
      if (item.ttlMs() > 0) {
        ttlMs = item.ttlMs() - (System.nanoTime() - delivery.takenNanos()) / NANOS_PER_MS;
        if (ttlMs <= 0) {
          continue;
        }
      }
      written.set(i);
      begin(text, delivery.replace() ? 5 : 4, delivery.asking() ? "RESTORE-ASKING" : "RESTORE");
      word(text, item.key().array());
      word(text, ascii(Long.toString(ttlMs)));
      text.writeBytes(ascii("$" + item.payload().length + "\r\n"));
      if (item.payload().length < GATHERED_BYTES) {
        text.writeBytes(item.payload());
      } else {
        write(text, delivery.timeoutMs());
        write(ByteBuffer.wrap(item.payload()), delivery.timeoutMs());
      }
      text.writeBytes(ascii("\r\n"));
      if (delivery.replace()) {
        word(text, ascii("REPLACE"));
      }
      if (text.size() >= GATHERED_BYTES) {
        write(text, delivery.timeoutMs());
      }
    }
    write(text, delivery.timeoutMs());
    return written;
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

  private void write(ByteArrayOutputStream text, int timeoutMs) throws IOException {
    write(ByteBuffer.wrap(text.toByteArray()), timeoutMs);
    text.reset();
  }

  /** The target may take nothing for the time-out, not longer. */
  private void write(ByteBuffer buffer, int timeoutMs) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.write(buffer) == 0) {
        await(SelectionKey.OP_WRITE, deadlineNanos(timeoutMs));
      }
    }
  }

  /** One line without its end, which has to be there within the time-out. */
  String readLine(int timeoutMs) throws IOException {
    long deadlineNanos = deadlineNanos(timeoutMs);
    StringBuilder line = new StringBuilder();
    while (true) {
      while (input.hasRemaining()) {
        char next = (char) (input.get() & 0xFF);
        if (next == '\n') {
          return line.toString();
        }
        if (line.length() == MAX_LINE_CHARS) {
          throw new ProtocolException("an answer longer than any");
        }
        if (next != '\r') {
          line.append(next);
        }
      }
      fill(deadlineNanos);
    }
  }

  private void fill(long deadlineNanos) throws IOException {
    input.clear().limit(0);
    ByteBuffer room = input.duplicate().clear();
    int count = channel.read(room);
    while (count == 0) {
      await(SelectionKey.OP_READ, deadlineNanos);
      count = channel.read(room);
    }
    if (count < 0) {
      throw new EOFException("closed by the target");
    }
    input.limit(count);
  }

  private static long deadlineNanos(int timeoutMs) {
    return System.nanoTime() + timeoutMs * NANOS_PER_MS;
  }

  private void await(int operation, long deadlineNanos) throws IOException {
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
    boolean isSaid =
        failure instanceof SocketTimeoutException || failure instanceof ProtocolException;
    worthAnother = !answered && !isSaid;
  }

  /** Whether the last delivery was answered to its end, and nothing else was said. */
  boolean isUsable() {
    return usable && !input.hasRemaining();
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
