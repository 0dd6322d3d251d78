package io.engramdb.it.harness;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One RESP2 or RESP3 reply, kept so exactly that it could be written back byte for byte. */
public sealed interface Reply {
  /** {@code + - : , # ( _} and their text. */
  record Line(char type, String text) implements Reply {
    @Override
    public String toString() {
      return type + text;
    }
  }

  /** {@code $ = !} with bytes; null is RESP2's {@code $-1}. */
  record Bulk(char type, byte @Nullable [] bytes) implements Reply {
    @Override
    public boolean equals(Object other) {
      return other instanceof Bulk bulk && type == bulk.type && Arrays.equals(bytes, bulk.bytes);
    }

    @Override
    public int hashCode() {
      return 31 * type + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      return type + (bytes == null ? "-1" : '"' + printable(bytes) + '"');
    }
  }

  /** {@code * % ~ > |}; maps are flat, key before value; null is RESP2's {@code *-1}. */
  record Many(char type, @Nullable List<Reply> elements) implements Reply {
    @Override
    public String toString() {
      return type + (elements == null ? "-1" : elements.toString());
    }
  }

  char type();

  default boolean isError() {
    return type() == '-' || type() == '!';
  }

  default boolean isOk() {
    return this instanceof Line(char type, String text) && type == '+' && text.equals("OK");
  }

  default boolean isNil() {
    return switch (this) {
      case Line line -> line.type == '_';
      case Bulk bulk -> bulk.bytes == null;
      case Many many -> many.elements == null;
    };
  }

  /** The text of a simple string, an error or a bulk string (as Latin-1, so nothing is lost). */
  default String text() {
    return switch (this) {
      case Line line -> line.text;
      case Bulk bulk when bulk.bytes != null -> new String(bulk.bytes, StandardCharsets.ISO_8859_1);
      default -> throw new AssertionError("no text in " + this);
    };
  }

  default long number() {
    return Long.parseLong(text());
  }

  default List<Reply> items() {
    if (this instanceof Many(char type, List<Reply> elements) && elements != null) {
      return elements;
    }
    throw new AssertionError("no array: " + this);
  }

  /** The texts of an array of strings. */
  default List<String> texts() {
    return items().stream().map(Reply::text).toList();
  }

  /** Fails unless the reply is +OK. */
  default void orFail() {
    if (!isOk()) {
      throw new AssertionError("expected +OK, got " + this);
    }
  }

  private static String printable(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(bytes.length, 200); i++) {
      int b = bytes[i] & 0xff;
      text.append(b >= 32 && b < 127 ? "" + (char) b : "\\x%02x".formatted(b));
    }
    return bytes.length > 200 ? text + "…(" + bytes.length + " bytes)" : text.toString();
  }
}
