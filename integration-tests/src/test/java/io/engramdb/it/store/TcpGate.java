package io.engramdb.it.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A port that passes connections on to another one, as well as it is told to: freely, slowly, not
 * at all while they wait, or by closing each. Thread-safe.
 */
public final class TcpGate implements AutoCloseable {
  private static final int PIECE_BYTES = 8 << 10;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private boolean held;
  private boolean shut;
  private boolean closed;

  /** Bytes a second of one connection, to the service; 0: as many as come. */
  private long rate;

  /** Bytes from the service that still pass before the gate shuts. */
  private long left = Long.MAX_VALUE;

  private TcpGate(ServerSocket listener, int target) {
    this.listener = listener;
    this.target = target;
  }

  /** A gate on a free port of this machine. */
  static TcpGate to(int port) throws IOException {
    TcpGate gate = new TcpGate(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), port);
    Thread.ofPlatform().daemon().name("gate").start(gate::accept);
    return gate;
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Passes everything from now on. */
  public synchronized void free() {
    held = false;
    shut = false;
    rate = 0;
    left = Long.MAX_VALUE;
    notifyAll();
  }

  /** Connections are made, and nothing goes over them. */
  public synchronized void hold() {
    held = true;
  }

  /** What goes to the service goes slowly. */
  public synchronized void slow(long bytesPerSecond) {
    held = false;
    rate = bytesPerSecond;
    notifyAll();
  }

  /** Every connection ends, new ones as soon as they are made. */
  public void shut() {
    synchronized (this) {
      shut = true;
      notifyAll();
    }
    open.forEach(TcpGate::end);
  }

  /** Shuts when the service has sent so much more. */
  public synchronized void shutAfter(long bytes) {
    left = bytes;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        if (isShut()) {
          end(client);
        } else {
          Thread.ofVirtual().start(() -> connect(client));
        }
      }
    } catch (IOException over) {
      // The gate is closed.
    }
  }

  private synchronized boolean isShut() {
    return shut || closed;
  }

  private void connect(Socket client) {
    try {
      Socket service = new Socket(InetAddress.getLoopbackAddress(), target);
      open.add(client);
      open.add(service);
      Thread.ofVirtual().start(() -> pump(client, service, true));
      pump(service, client, false);
    } catch (IOException e) {
      end(client);
    }
  }

  private void pump(Socket from, Socket to, boolean toService) {
    byte[] piece = new byte[PIECE_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int size = in.read(piece); size >= 0; size = in.read(piece)) {
        if (!pass(size, toService)) {
          return;
        }
        out.write(piece, 0, size);
        out.flush();
      }
    } catch (IOException over) {
      // One side has closed.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  /** Waits as long as it is told to; false if the connection must end. */
  private boolean pass(int size, boolean toService) {
    long nanos;
    synchronized (this) {
      while (held && !shut && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          return false;
        }
      }
      if (!toService) {
        left -= size;
        shut |= left < 0;
      }
      if (shut || closed) {
        return false;
      }
      nanos = toService && rate > 0 ? size * TimeUnit.SECONDS.toNanos(1) / rate : 0;
    }
    if (nanos > 0) {
      LockSupport.parkNanos(nanos);
    }
    return true;
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed either way.
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(TcpGate::end);
  }
}
