package io.engramdb.it.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Finds runs of ports that nobody listens on. */
public final class FreePorts {
  /** Below the kernel's range for outgoing connections, with room for ports derived by +10000. */
  private static final int LOWEST = 11_000;

  private static final int HIGHEST = 21_900;
  private static final int ATTEMPTS = 500;

  private FreePorts() {}

  /** The first of {@code count} neighbouring free ports on 127.0.0.1. */
  public static int consecutive(int count) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int first = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (allFree(first, count) && allFree(first + 10_000, count)) {
        return first;
      }
    }
    throw new AssertionError("no " + count + " neighbouring free ports found");
  }

  private static boolean allFree(int first, int count) {
    for (int port = first; port < first + count; port++) {
      if (!isFree(port)) {
        return false;
      }
    }
    return true;
  }

  /** True if a server could listen there now. */
  public static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
