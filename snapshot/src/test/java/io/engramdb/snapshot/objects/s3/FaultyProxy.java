package io.engramdb.snapshot.objects.s3;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Stands before a service and spoils what goes through, as told. Threads of its own. */
final class FaultyProxy implements Closeable {

  /** What it does to requests. */
  enum Mode {
    PASS,
    /** Takes everything and says nothing. */
    SILENT,
    /** Answers 503 SlowDown to everything. */
    BUSY,
    /** Breaks connections once clients have sent {@link #breakAfterBytes} through all of them. */
    BREAK_REQUESTS,
    /** Breaks connections once the service has sent so much through all of them. */
    BREAK_REPLIES
  }

  private static final byte[] SLOW_DOWN =
      ("HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 78\r\n"
              + "Connection: close\r\n\r\n"
              + "<Error><Code>SlowDown</Code><Message>Please reduce the rate.</Message></Error>")
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final StringBuffer seen = new StringBuffer();
  private final AtomicLong breaks = new AtomicLong();
  private final AtomicLong passedBytes = new AtomicLong();

  volatile Mode mode = Mode.PASS;
  volatile long breakAfterBytes;

  /** After so many breaks it passes everything; negative: never. */
  volatile long breaksLeft = -1;

  FaultyProxy(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The heads of the requests that write. */
  String seen() {
    return seen.toString();
  }

  long breaks() {
    return breaks.get();
  }

  /** Ends what is under way, so that the mode holds for everything from now on. */
  void setMode(Mode next) {
    passedBytes.set(0);
    mode = next;
    for (Socket each : open) {
      closeQuietly(each);
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private void serve(Socket client) {
    try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      open.add(server);
      Thread replies = Thread.ofVirtual().start(() -> copy(server, client, Mode.BREAK_REPLIES));
      copy(client, server, Mode.BREAK_REQUESTS);
      replies.join();
    } catch (IOException | InterruptedException e) {
      // The connection is over.
    } finally {
      closeQuietly(client);
    }
  }

  private void copy(Socket from, Socket to, Mode breaking) {
    byte[] buffer = new byte[8192];
    boolean requests = breaking == Mode.BREAK_REQUESTS;
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
        if (requests) {
          String text = new String(buffer, 0, size, StandardCharsets.ISO_8859_1);
          if (text.startsWith("PUT ") || text.startsWith("POST ")) {
            seen.append(text);
          }
        }
        if (mode == Mode.SILENT) {
          continue;
        }
        if (mode == Mode.BUSY && requests) {
          from.getOutputStream().write(SLOW_DOWN);
          from.shutdownOutput();
          return;
        }
        if (mode == breaking && passedBytes.addAndGet(size) > breakAfterBytes && breaksLeft != 0) {
          breaksLeft--;
          breaks.incrementAndGet();
          return;
        }
        out.write(buffer, 0, size);
      }
    } catch (IOException broken) {
      // The connection is over.
    } finally {
      if (mode != Mode.BUSY) {
        closeQuietly(from);
      }
      closeQuietly(to);
    }
  }

  private void closeQuietly(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    setMode(mode);
  }
}
