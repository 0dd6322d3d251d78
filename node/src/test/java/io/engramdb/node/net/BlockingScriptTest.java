package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Several clients, some of which wait for keys. The script's replies were given by redis-server,
 * but for blocks marked [local]: {@code -Doracle=PORT -Drewrite} asks it again.
 *
 * <p>Lines: {@code a~ request} client a sends and is then seen waiting; {@code a> request} it
 * sends; {@code a< reply} it reads, line ends as bars; {@code a=} it still waits; {@code a.} it
 * hangs up; {@code ## title} begins anew without data.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BlockingScriptTest {

  private static final Path FILE = Path.of("src/test/resources/blocking.txt");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long POLL_MS = 2;

  private final List<String> written = new ArrayList<>();
  private final Map<String, RespSocket> clients = new HashMap<>();
  private int port;
  private RespSocket control;

  @Test
  void whoWaitsIsServedAsRedisServes() throws Exception {
    Integer oracle = Integer.getInteger("oracle");
    boolean rewrite = System.getProperty("rewrite") != null;
    try (LocalServer local = new LocalServer()) {
      port = oracle == null ? local.port : oracle;
      control = new RespSocket(port);
      boolean skipping = false;
      for (String line : Files.readAllLines(FILE)) {
        if (line.startsWith("##")) {
          skipping = oracle != null && line.contains("[local]");
          reset();
        }
        if (skipping || line.isBlank() || line.startsWith("#")) {
          written.add(line);
        } else {
          step(line, rewrite);
        }
      }
      reset();
      control.close();
    }
    if (rewrite) {
      Files.write(FILE, written);
    }
  }

  private void reset() throws IOException {
    for (RespSocket client : clients.values()) {
      client.close();
    }
    clients.clear();
    awaitWaiting("", 0);
    control.ask("flushall");
  }

  private void step(String line, boolean rewrite) throws IOException {
    int mark = Math.max(1, firstMark(line));
    String name = line.substring(0, mark);
    String rest = line.substring(mark + 1).strip();
    if (!clients.containsKey(name)) {
      RespSocket made = new RespSocket(port);
      made.ask("client setname " + name);
      clients.put(name, made);
    }
    RespSocket client = clients.get(name);
    String shown = line;
    switch (line.charAt(mark)) {
      case '>' -> client.send(rest + "\r\n");
      case '~' -> {
        client.send(rest + "\r\n");
        awaitWaiting(name, 1);
      }
      case '=' -> awaitWaiting(name, 1);
      case '.' -> {
        client.close();
        clients.remove(name);
        awaitGone(name);
      }
      default -> {
        String reply = client.reply();
        shown = name + "< " + reply;
        if (!rewrite) {
          assertEquals(rest, reply, line);
        }
      }
    }
    written.add(shown);
  }

  private static int firstMark(String line) {
    int at = 0;
    while (Character.isLetterOrDigit(line.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Waits until so many clients of that name (all, if empty) are blocked. */
  private void awaitWaiting(String name, int count) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (waiting(name) != count) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(name + " does not wait: " + control.ask("client list"));
      }
      pause();
    }
  }

  private void awaitGone(String name) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (control.ask("client list").contains(" name=" + name + " ")) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(name + " is still there");
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int waiting(String name) throws IOException {
    int count = 0;
    // The reply's lines end with line feeds alone.
    for (String line : control.ask("client list").split("\n")) {
      boolean named = name.isEmpty() || line.contains(" name=" + name + " ");
      count += named && line.matches(".* flags=[a-zA-Z]*b.*") ? 1 : 0;
    }
    return count;
  }
}
