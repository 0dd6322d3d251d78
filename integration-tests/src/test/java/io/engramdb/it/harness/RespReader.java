package io.engramdb.it.harness;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.List;

/** Reads RESP2 and RESP3 replies from a stream. */
final class RespReader {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  RespReader(InputStream in) {
    this.in = in;
  }

  Reply read() throws IOException {
    char type = (char) readByte();
    String line = readLine();
    return switch (type) {
      case '+', '-', ':', ',', '#', '(', '_' -> new Reply.Line(type, line);
      case '$', '=', '!' -> bulk(type, Integer.parseInt(line));
      case '*', '~', '>' -> many(type, Integer.parseInt(line));
      case '%', '|' -> many(type, 2 * Integer.parseInt(line));
      default -> throw new StreamCorruptedException("reply starts with '" + type + line + "'");
    };
  }

  private Reply bulk(char type, int size) throws IOException {
    if (size < 0) {
      return new Reply.Bulk(type, null);
    }
    byte[] bytes = new byte[size];
    int done = Math.min(size, limit - position);
    System.arraycopy(buffer, position, bytes, 0, done);
    position += done;
    while (done < size) {
      int count = in.read(bytes, done, size - done);
      if (count < 0) {
        throw new EOFException("connection closed inside a reply");
      }
      done += count;
    }
    if (readByte() != '\r' || readByte() != '\n') {
      throw new StreamCorruptedException("bulk string of " + size + " bytes has no end");
    }
    return new Reply.Bulk(type, bytes);
  }

  private Reply many(char type, int count) throws IOException {
    if (count < 0) {
      return new Reply.Many(type, null);
    }
    List<Reply> items = new ArrayList<>(Math.min(count, 10_000));
    for (int i = 0; i < count; i++) {
      items.add(read());
    }
    return new Reply.Many(type, items);
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = readByte(); b != '\r'; b = readByte()) {
      line.append((char) b);
    }
    if (readByte() != '\n') {
      throw new StreamCorruptedException("no LF after CR in " + line);
    }
    return line.toString();
  }

  private int readByte() throws IOException {
    if (position == limit) {
      limit = in.read(buffer);
      position = 0;
      if (limit <= 0) {
        limit = 0;
        throw new EOFException("connection closed");
      }
    }
    return buffer[position++] & 0xff;
  }
}
