package io.engramdb.txlog.ratis;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The network in front of one member: passes bytes on, and cuts or holds what goes to it. It reads
 * the lane of a connection from its hello. Two threads per connection.
 */
final class TcpRelay implements Closeable {
  private static final int CHUNK_BYTES = 8 << 10;
  private static final int HELLO_HEAD_BYTES = 8;
  private static final long POLL_NS = 500_000;

  private final ServerSocket server;
  private final int targetPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong cutAfterBytes = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong cuts = new AtomicLong();

  /** Lane of which nothing is passed on towards the member; 0: none. */
  private volatile int heldLane;

  private volatile boolean closed;

  TcpRelay(int targetPort) throws IOException {
    this.targetPort = targetPort;
    this.server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** After so many more bytes of entries towards the member their connections are cut. */
  void cutAfter(long bytes) {
    cutAfterBytes.set(bytes);
  }

  /** Cuts everything now. */
  void cutNow() {
    cuts.incrementAndGet();
    open.forEach(TcpRelay::end);
  }

  long cutCount() {
    return cuts.get();
  }

  /** Passes nothing of a lane on, and takes nothing from who sends; 0 ends it. */
  void hold(int lane) {
    heldLane = lane;
  }

  private void accept() {
    while (!closed) {
      try {
        Socket from = server.accept();
        open.add(from);
        daemon(() -> relay(from));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void relay(Socket from) {
    try (Socket to = new Socket(InetAddress.getLoopbackAddress(), targetPort)) {
      open.add(to);
      to.setTcpNoDelay(true);
      from.setTcpNoDelay(true);
      byte[] start = new byte[HELLO_HEAD_BYTES + 1];
      new DataInputStream(from.getInputStream()).readFully(start);
      to.getOutputStream().write(start);
      daemon(() -> back(to, from));
      forward(from.getInputStream(), to.getOutputStream(), start[HELLO_HEAD_BYTES]);
    } catch (IOException e) {
      // One end is gone: so is the other.
    } finally {
      end(from);
    }
  }

  private void forward(InputStream in, OutputStream out, int lane) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    while (true) {
      while (heldLane == lane && !closed) {
        LockSupport.parkNanos(POLL_NS);
      }
      int count = in.read(chunk);
      if (count < 0) {
        return;
      }
      while (heldLane == lane && !closed) {
        LockSupport.parkNanos(POLL_NS);
      }
      if (lane == RawPeer.APPENDS) {
        long left = cutAfterBytes.addAndGet(-count);
        if (left < 0) {
          out.write(chunk, 0, (int) Math.max(0, count + left));
          out.flush();
          cutAfterBytes.set(Long.MAX_VALUE);
          cutNow();
          return;
        }
      }
      out.write(chunk, 0, count);
    }
  }

  private void back(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // As above.
    } finally {
      end(to);
      end(from);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing is left to do.
    }
  }

  private static void daemon(Runnable work) {
    Thread.ofPlatform().daemon().name("relay").start(work);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    server.close();
    open.forEach(TcpRelay::end);
  }
}
