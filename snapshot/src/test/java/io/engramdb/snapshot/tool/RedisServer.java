package io.engramdb.snapshot.tool;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stock redis-server on a free port, with a client of a few lines. Bytes are ISO 8859-1 text. */
final class RedisServer implements AutoCloseable {
  private static final long START_LIMIT_MS = 30_000;
  private static final long POLL_MS = 20;
  private static final int END_LIMIT_SECONDS = 10;
  private static final int READ_LIMIT_MS = 60_000;

  private final Process process;
  private final Path directory;
  private final Path log;
  private final int port;
  private Socket socket;
  private DataInputStream in;
  private OutputStream out;

  private RedisServer(Process process, Path directory, Path log, int port) {
    this.process = process;
    this.directory = directory;
    this.log = log;
    this.port = port;
  }

  /** Starts one that loads {@code dump.rdb} of the directory, if that is there, and checks all. */
  static RedisServer start(Path directory, String... flags) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = directory.resolve("redis.log");
    List<String> command =
        new ArrayList<>(
            List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of("--dir", directory.toString(), "--databases", "64"));
    command.addAll(List.of("--sanitize-dump-payload", "yes", "--enable-debug-command", "yes"));
    command.addAll(List.of(flags));
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new AssertionError("missing on this machine: apt-get install redis-server", e);
    }
    RedisServer server = new RedisServer(process, directory, log, port);
    server.awaitAnswer();
    return server;
  }

  private void awaitAnswer() throws IOException {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_LIMIT_MS);
    while (true) {
      try {
        connect();
        if (call("PING").equals("PONG")) {
          return;
        }
      } catch (IOException | AssertionError e) {
        if (!process.isAlive() || System.nanoTime() > endNs) {
          close();
          throw new AssertionError("redis-server says: " + Files.readString(log), e);
        }
      }
      pollPause();
    }
  }

  private static void pollPause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void connect() throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(READ_LIMIT_MS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
  }

  /** Where it keeps its files. */
  Path file() {
    return directory.resolve("dump.rdb");
  }

  /** A command and its reply: text, number, list, or null; an error fails. */
  Object call(Object... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    for (Object word : words) {
      byte[] bytes =
          word instanceof byte[] raw ? raw : word.toString().getBytes(StandardCharsets.ISO_8859_1);
      request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      request.writeBytes(bytes);
      request.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }
    out.write(request.toByteArray());
    return reply();
  }

  private Object reply() throws IOException {
    char kind = (char) in.readByte();
    String line = line();
    return switch (kind) {
      case '+' -> line;
      case '-' -> throw new AssertionError("redis-server: " + line);
      case ':' -> Long.valueOf(line);
      case '$' -> bulk(Integer.parseInt(line));
      case '*' -> {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(line); i++) {
          items.add(reply());
        }
        yield items;
      }
      default -> throw new AssertionError("reply of kind " + kind);
    };
  }

  private Object bulk(int size) throws IOException {
    if (size < 0) {
      return "(nil)";
    }
    byte[] bytes = in.readNBytes(size);
    line();
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int each = in.readByte(); each != '\r'; each = in.readByte()) {
      line.append((char) (each & 0xff));
    }
    in.readByte();
    return line.toString();
  }

  /** Digest of everything, as the server computes it. */
  String digest() throws IOException {
    return call("DEBUG", "DIGEST").toString();
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
    }
    process.destroy();
    try {
      if (!process.waitFor(END_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
