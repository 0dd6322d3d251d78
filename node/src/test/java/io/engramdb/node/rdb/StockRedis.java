package io.engramdb.node.rdb;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A redis-server on a free port with a client of a few lines; text is ISO 8859-1. */
final class StockRedis implements AutoCloseable {

  private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int READ_LIMIT_MS = 60_000;

  private final Process process;
  private final Socket socket;
  private final DataInputStream in;

  private StockRedis(Process process, Socket socket) throws IOException {
    this.process = process;
    this.socket = socket;
    socket.setSoTimeout(READ_LIMIT_MS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  static StockRedis start(Path directory) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command =
        List.of(
            "redis-server",
            "--port",
            "" + port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            directory.toString(),
            "--sanitize-dump-payload",
            "yes",
            "--enable-debug-command",
            "yes");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("redis.log").toFile())
            .start();
    long endNanos = System.nanoTime() + START_LIMIT_NANOS;
    while (true) {
      try {
        return new StockRedis(process, new Socket(InetAddress.getLoopbackAddress(), port));
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() > endNanos) {
          process.destroy();
          throw notYet;
        }
        // Until it listens; bounded by the limit above.
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Sends a command whose words are text, and returns the reply as text. */
  String call(String... words) throws IOException {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i].getBytes(StandardCharsets.ISO_8859_1);
    }
    return new String(callBytes(bytes), StandardCharsets.ISO_8859_1);
  }

  /** As {@link #call}, in bytes; errors fail. */
  byte[] callBytes(byte[]... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : words) {
      request.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(word);
      request.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    socket.getOutputStream().write(request.toByteArray());
    ByteArrayOutputStream reply = new ByteArrayOutputStream();
    read(reply);
    return reply.toByteArray();
  }

  private void read(ByteArrayOutputStream reply) throws IOException {
    String line = line();
    switch (line.charAt(0)) {
      case '-' -> throw new AssertionError("redis-server: " + line);
      case '$' -> {
        int length = Integer.parseInt(line.substring(1));
        if (length >= 0) {
          reply.writeBytes(in.readNBytes(length));
          in.readNBytes(2);
        }
      }
      case '*' -> {
        int count = Integer.parseInt(line.substring(1));
        for (int i = 0; i < count; i++) {
          reply.write(' ');
          read(reply);
        }
      }
      default -> reply.writeBytes(line.substring(1).getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int c = in.readUnsignedByte();
    while (c != '\r') {
      line.append((char) c);
      c = in.readUnsignedByte();
    }
    in.readUnsignedByte();
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
