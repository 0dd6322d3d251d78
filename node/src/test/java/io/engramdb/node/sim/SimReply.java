package io.engramdb.node.sim;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Replies read back from RESP2 bytes, as strings: {@code +OK}, {@code -ERR …}, {@code :1}. */
final class SimReply {

  /** What a null reads as. */
  static final String NIL = "(nil)";

  private final byte[] bytes;
  private final int end;
  private int at;

  private SimReply(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  /**
   * All whole replies at the start of the bytes.
   *
   * @param taken set to the number of bytes they take
   */
  static List<Object> parse(byte[] bytes, int length, int[] taken) {
    List<Object> replies = new ArrayList<>();
    SimReply parser = new SimReply(bytes, length);
    taken[0] = 0;
    Object next = parser.next();
    while (next != null) {
      replies.add(next);
      taken[0] = parser.at;
      next = parser.next();
    }
    return replies;
  }

  /** Null if the bytes end before the reply does. */
  private Object next() {
    String line = line();
    if (line == null) {
      return null;
    }
    return switch (line.charAt(0)) {
      case '$' -> bulk(Integer.parseInt(line.substring(1)));
      case '*' -> array(Integer.parseInt(line.substring(1)));
      case ':' -> line.substring(1);
      default -> line;
    };
  }

  private String line() {
    for (int i = at; i + 1 < end; i++) {
      if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
        String line = new String(bytes, at, i - at, StandardCharsets.ISO_8859_1);
        at = i + 2;
        return line;
      }
    }
    return null;
  }

  private Object bulk(int length) {
    if (length < 0) {
      return NIL;
    }
    if (at + length + 2 > end) {
      return null;
    }
    String text = new String(bytes, at, length, StandardCharsets.ISO_8859_1);
    at += length + 2;
    return text;
  }

  private Object array(int length) {
    if (length < 0) {
      return NIL;
    }
    List<Object> elements = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      Object element = next();
      if (element == null) {
        return null;
      }
      elements.add(element);
    }
    return elements;
  }
}
