package io.engramdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The loop against a server of a few lines that can stand still. */
class LoadLoopTest {
  private static final long STALL_MS = 400;
  private static final int LINES_OF_A_REQUEST = 5;

  /** Answers OK to requests of two words; stands still once, before one of its answers. */
  private static final class SlowServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger requests = new AtomicInteger();
    private final int stallAt;
    private final CountDownLatch never = new CountDownLatch(1);

    SlowServer(int stallAt) throws IOException {
      this.stallAt = stallAt;
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      try (Socket socket = listener.accept();
          BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
        for (int line = 1; lines.readLine() != null; line++) {
          if (line % LINES_OF_A_REQUEST == 0) {
            if (requests.incrementAndGet() == stallAt) {
              never.await(STALL_MS, TimeUnit.MILLISECONDS);
            }
            socket.getOutputStream().write("+OK\r\n".getBytes(StandardCharsets.UTF_8));
          }
        }
      } catch (IOException | InterruptedException e) {
        // The client is gone.
      }
    }

    JsonNode load(String options) throws IOException {
      String[] words =
          ("--port " + listener.getLocalPort() + " --connections 1 " + options).split(" ");
      String[] all = new String[words.length + 2];
      System.arraycopy(words, 0, all, 0, words.length);
      all[words.length] = "--request";
      all[words.length + 1] = "100 GET {key}";
      return new ObjectMapper().readTree(new LoadLoop(LoadOptions.parse(all)).run());
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @Test
  void anOpenLoopChargesAStallToEveryRequestThatShouldHaveBeenSentMeanwhile() throws IOException {
    try (SlowServer server = new SlowServer(100)) {
      JsonNode result = server.load("--rate 1000 --seconds 1");
      JsonNode latency = result.get("kinds").get("GET");
      assertEquals(1_000, latency.get("count").asInt());
      assertEquals(0, result.get("unanswered").asInt());
      // 400 of 1000 requests were due during the stall, so a tenth waited 300 ms or longer. A loop
      // that stops sending while it waits would have seen one slow request.
      assertTrue(latency.get("p90").asDouble() > STALL_MS / 2.0, latency::toString);
    }
  }

  @Test
  void aClosedLoopEndsAfterItsRequests() throws IOException {
    try (SlowServer server = new SlowServer(0)) {
      JsonNode result = server.load("--requests 1000 --pipeline 7");
      assertEquals(1_000, result.get("answered").asInt());
      assertEquals(1_000, server.requests.get());
      assertEquals(0, result.get("failures").asInt());
    }
  }
}
