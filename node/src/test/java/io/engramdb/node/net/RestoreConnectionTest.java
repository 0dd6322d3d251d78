package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a connection that was kept may be used again. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RestoreConnectionTest {
  private static final int TIMEOUT_MS = 30_000;

  @Test
  void aConnectionOnWhichSomethingWasSaidIsNotQuiet() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RestoreConnection connection = connected(server);
      try (Socket target = server.accept()) {
        assertTrue(connection.isQuiet());
        target.getOutputStream().write(':');
        awaitNoise(connection);
      } finally {
        connection.close();
      }
    }
  }

  @Test
  void aConnectionThatTheTargetHasClosedIsNotQuiet() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RestoreConnection connection = connected(server);
      server.accept().close();
      awaitNoise(connection);
      assertFalse(connection.isQuiet());
      connection.close();
    }
  }

  private static RestoreConnection connected(ServerSocket server) throws IOException {
    RestoreConnection connection = new RestoreConnection();
    connection.connect("127.0.0.1", server.getLocalPort(), TIMEOUT_MS);
    return connection;
  }

  /** What was written arrives when the system sees fit; the time-out of the class is the limit. */
  private static void awaitNoise(RestoreConnection connection) {
    while (connection.isQuiet()) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
