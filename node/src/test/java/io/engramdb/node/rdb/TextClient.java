package io.engramdb.node.rdb;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client of a few lines for any server; text is ISO 8859-1. One thread. */
public final class TextClient implements AutoCloseable {

  private static final int READ_LIMIT_MS = 60_000;

  private final Socket socket;
  private final DataInputStream in;

  /** The last reply was an error, or held one. */
  private boolean error;

  public TextClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(READ_LIMIT_MS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** Sends a command whose words are text, and returns the reply as text; errors fail. */
  public String call(String... words) throws IOException {
    String reply = attempt(words);
    if (error) {
      throw new AssertionError(String.join(" ", words) + ": " + reply);
    }
    return reply;
  }

  /** As {@link #call}, but an error is a reply that begins with a minus. */
  public String attempt(String... words) throws IOException {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i].getBytes(StandardCharsets.ISO_8859_1);
    }
    return new String(send(bytes), StandardCharsets.ISO_8859_1);
  }

  /** As {@link #call}, in bytes. */
  byte[] callBytes(byte[]... words) throws IOException {
    byte[] reply = send(words);
    if (error) {
      throw new AssertionError("redis-server: " + new String(reply, StandardCharsets.ISO_8859_1));
    }
    return reply;
  }

  private byte[] send(byte[]... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : words) {
      request.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(word);
      request.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    socket.getOutputStream().write(request.toByteArray());
    error = false;
    ByteArrayOutputStream reply = new ByteArrayOutputStream();
    read(reply);
    return reply.toByteArray();
  }

  private void read(ByteArrayOutputStream reply) throws IOException {
    String line = line();
    switch (line.charAt(0)) {
      case '-' -> {
        error = true;
        reply.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
      }
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
  }
}
