package io.engramdb.node.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes bytes between clients and a server, until a connection is cut. */
final class CutRelay implements AutoCloseable {
  private final ServerSocket listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  private final int to;

  /** Bytes that a connection may bring to a client; cut then. */
  private final long limitBytes;

  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();

  CutRelay(int to, long limitBytes) throws IOException {
    this.to = to;
    this.limitBytes = limitBytes;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Connections so far. */
  int accepted() {
    return accepted.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
        sockets.add(client);
        sockets.add(server);
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> pass(client, server, Long.MAX_VALUE));
        Thread.ofVirtual().start(() -> pass(server, client, limitBytes));
      }
    } catch (IOException closed) {
      // The relay was closed.
    }
  }

  private static void pass(Socket from, Socket into, long limit) {
    byte[] buffer = new byte[1 << 14];
    long left = limit;
    try (from;
        into) {
      InputStream in = from.getInputStream();
      OutputStream out = into.getOutputStream();
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          return;
        }
        out.write(buffer, 0, count);
        left -= count;
      }
    } catch (IOException cut) {
      // Either side has gone, and the other one is closed with it.
    }
  }

  /** Cuts every connection there is. */
  void cut() throws IOException {
    for (Socket each : sockets) {
      each.close();
    }
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cut();
  }
}
