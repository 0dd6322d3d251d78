package io.engramdb.node.net;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Pages over plain HTTP for monitoring: figures and health. Made for a few scrapers and probes, so
 * everything about it is small; its threads end when nobody asks. Pages are made on those threads.
 */
public final class HttpEndpoint implements AutoCloseable {

  /** Requests that are answered at once. */
  private static final int MAX_THREADS = 2;

  /** Requests that wait for a thread; more are refused. */
  private static final int MAX_WAITING = 16;

  private static final int MAX_CONNECTIONS = 32;

  /** A client that takes longer to ask, or to take its answer, is cut off, seconds. */
  private static final int MAX_EXCHANGE_SECONDS = 10;

  private static final int BACKLOG = 16;
  private static final long IDLE_THREAD_SECONDS = 30;
  private static final String TEXT = "text/plain; charset=utf-8";

  static {
    // The JDK's server reads its bounds once, when its first class is loaded.
    setDefault("jdk.httpserver.maxConnections", MAX_CONNECTIONS);
    setDefault("sun.net.httpserver.maxReqTime", MAX_EXCHANGE_SECONDS);
    setDefault("sun.net.httpserver.maxRspTime", MAX_EXCHANGE_SECONDS);
  }

  /** One answer. */
  public record Page(int status, String contentType, byte[] body) {

    public static Page text(int status, String text) {
      return new Page(status, TEXT, (text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private final HttpServer server;
  private final ThreadPoolExecutor threads;

  /**
   * Listens at once.
   *
   * @param pages by path; a path that is not among them is not found
   * @throws IOException if the address can't be bound
   */
  public HttpEndpoint(String host, int port, Map<String, Supplier<Page>> pages) throws IOException {
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), BACKLOG);
    } catch (IOException e) {
      throw new IOException("metrics port " + host + ":" + port + ": " + e.getMessage(), e);
    }
    threads =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().name("http-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    server.createContext(
        "/", exchange -> answer(exchange, pages.get(exchange.getRequestURI().getPath())));
    server.start();
  }

  private static void setDefault(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(value));
    }
  }

  private static void answer(HttpExchange exchange, Supplier<Page> page) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      boolean head = method.equals("HEAD");
      Page made;
      if (!head && !method.equals("GET")) {
        made = Page.text(405, "only GET and HEAD");
      } else {
        made = page == null ? Page.text(404, "no such page") : page.get();
      }
      exchange.getResponseHeaders().set("Content-Type", made.contentType);
      exchange.sendResponseHeaders(made.status, head ? -1 : made.body.length);
      if (!head) {
        exchange.getResponseBody().write(made.body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
