package io.engramdb.node.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a server sends, through one buffer: counts what was taken, and takes back what a reader of
 * an RDB file has taken too much. One thread.
 */
final class RespInput extends InputStream {
  private static final int BUFFER_SIZE_BYTES = 1 << 16;

  /** First claim for a string: a length is a claim, too. */
  private static final int FIRST_CLAIM_BYTES = 1 << 20;

  private static final int MAX_LINE_BYTES = 1 << 16;

  private final InputStream in;
  private byte[] buffer = new byte[BUFFER_SIZE_BYTES];
  private int at;
  private int limit;
  private long taken;

  /** What was sent is not what the protocol allows; asking again does not help. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  RespInput(InputStream in) {
    this.in = in;
  }

  /** Bytes that were taken so far. */
  long taken() {
    return taken;
  }

  /** Whether a byte can be taken without asking the connection. */
  boolean hasBuffered() {
    return at < limit;
  }

  /** Waits for the next byte and leaves it there; false at the end. */
  boolean fill() throws IOException {
    if (at < limit) {
      return true;
    }
    int count = in.read(buffer, 0, buffer.length);
    at = 0;
    limit = Math.max(0, count);
    return count > 0;
  }

  /** Puts bytes back before all others. */
  void putBack(byte[] bytes) {
    byte[] all = new byte[Math.max(BUFFER_SIZE_BYTES, bytes.length + limit - at)];
    System.arraycopy(bytes, 0, all, 0, bytes.length);
    System.arraycopy(buffer, at, all, bytes.length, limit - at);
    limit = bytes.length + limit - at;
    at = 0;
    buffer = all;
    taken -= bytes.length;
  }

  @Override
  public int read() throws IOException {
    if (!fill()) {
      return -1;
    }
    taken++;
    return buffer[at++] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, limit - at);
    System.arraycopy(buffer, at, target, offset, count);
    at += count;
    taken += count;
    return count;
  }

  /** Exactly so many bytes. */
  byte[] bytes(int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, FIRST_CLAIM_BYTES)];
    int have = 0;
    while (have < length) {
      if (have == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
      }
      int count = read(bytes, have, bytes.length - have);
      if (count < 0) {
        throw closed();
      }
      have += count;
    }
    return bytes;
  }

  /** The next line, without its end. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int next = read();
    while (next != '\n') {
      if (next < 0) {
        throw closed();
      }
      if (line.length() > MAX_LINE_BYTES) {
        throw new MalformedException("malformed reply: a line without end");
      }
      line.append((char) next);
      next = read();
    }
    int end = line.length() - 1;
    if (end >= 0 && line.charAt(end) == '\r') {
      line.setLength(end);
    }
    return new String(
        line.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** A string of the length that its line has said. */
  byte[] bulk(int length) throws IOException {
    byte[] bytes = bytes(length);
    int end = read();
    int last = read();
    if (last < 0) {
      throw closed();
    }
    if (end != '\r' || last != '\n') {
      throw new MalformedException("malformed reply: a string of another length");
    }
    return bytes;
  }

  private static IOException closed() {
    return new EOFException("the connection was closed");
  }
}
