package io.engramdb.node.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that writes bytes and reads bytes; text is ISO 8859-1. Reads give up after a while. */
public final class RespSocket implements AutoCloseable {

  private static final int TIMEOUT_MS = 20_000;

  final Socket socket;
  private final InputStream in;

  public RespSocket(int port) throws IOException {
    this(new Socket("127.0.0.1", port));
  }

  RespSocket(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MS);
    socket.setTcpNoDelay(true);
    in = new java.io.BufferedInputStream(socket.getInputStream(), 1 << 16);
  }

  public void send(String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** Sends one line and reads one reply, containers with their elements. */
  public String ask(String inline) throws IOException {
    send(inline + "\r\n");
    return reply();
  }

  /** One reply as it came, with its line ends as {@code |}. */
  public String reply() throws IOException {
    String line = line();
    StringBuilder reply = new StringBuilder(line).append('|');
    int length = "$=*%~>".indexOf(line.charAt(0)) < 0 ? 0 : Integer.parseInt(line.substring(1));
    switch (line.charAt(0)) {
      case '$', '=' -> {
        if (length >= 0) {
          reply.append(new String(in.readNBytes(length + 2), StandardCharsets.ISO_8859_1).strip());
          reply.append('|');
        }
      }
      case '*', '~', '>', '%' -> {
        for (int i = line.charAt(0) == '%' ? -length : 0; i < length; i++) {
          reply.append(reply());
        }
      }
      default -> {}
    }
    return reply.toString();
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("end of stream after: " + line);
      }
      if (next == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1).strip();
      }
      line.write(next);
    }
  }

  /** Everything up to the end of the stream. */
  String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  InputStream in() {
    return in;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
