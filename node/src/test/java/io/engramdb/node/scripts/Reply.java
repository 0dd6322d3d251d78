package io.engramdb.node.scripts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A reply as a tree, read from RESP bytes or from the notation of scripts.
 *
 * <p>Notation: {@code +OK}, {@code -ERR text}, {@code :1}, {@code "bulk"}, {@code _} (null), {@code
 * [a b]} (array), {@code {k v}} (map), {@code ~[a]} (set), {@code >[a]} (push), {@code ,1.5}
 * (double), {@code #t}, {@code (123} (big number), {@code =txt"text"} (verbatim). Simple strings
 * and errors inside a container are quoted: {@code +"OK"}.
 *
 * @param type the RESP3 type byte; bulk strings are {@code $}, every null is {@code _}
 * @param text content of a leaf, one char per byte
 * @param elements content of a container; of a map keys and values in turn
 */
record Reply(char type, String text, List<Reply> elements) {

  static Reply leaf(char type, String text) {
    return new Reply(type, text, List.of());
  }

  static Reply container(char type, List<Reply> elements) {
    return new Reply(type, "", List.copyOf(elements));
  }

  private boolean isContainer() {
    return type == '*' || type == '%' || type == '~' || type == '>';
  }

  // --- RESP

  /** Reads one reply from RESP bytes (2 or 3), one char per byte. */
  static Reply ofResp(String resp) {
    RespReader reader = new RespReader(resp);
    Reply reply = reader.next();
    if (reader.at != resp.length()) {
      throw new IllegalArgumentException("more than one reply: " + quote(resp));
    }
    return reply;
  }

  private static final class RespReader {
    private final String resp;
    private int at;

    RespReader(String resp) {
      this.resp = resp;
    }

    Reply next() {
      char type = resp.charAt(at);
      int end = resp.indexOf("\r\n", at);
      String line = resp.substring(at + 1, end);
      at = end + 2;
      return switch (type) {
        case '$', '=' -> bulk(type, Integer.parseInt(line));
        case '*', '~', '>' -> elements(type, Integer.parseInt(line));
        case '%' -> elements(type, 2 * Integer.parseInt(line));
        default -> leaf(type, line);
      };
    }

    private Reply bulk(char type, int length) {
      if (length < 0) {
        return leaf('_', "");
      }
      String text = resp.substring(at, at + length);
      at += length + 2;
      return leaf(type, text);
    }

    private Reply elements(char type, int count) {
      if (count < 0) {
        return leaf('_', "");
      }
      List<Reply> elements = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        elements.add(next());
      }
      return container(type, elements);
    }
  }

  /** What RESP2 makes of it, unless the command itself distinguishes. */
  Reply inResp2() {
    List<Reply> inner = elements.stream().map(Reply::inResp2).toList();
    return switch (type) {
      case '%', '~', '>' -> container('*', inner);
      case '*' -> container('*', inner);
      case ',', '(' -> leaf('$', text);
      case '=' -> leaf('$', text.substring(4));
      case '#' -> leaf(':', text.equals("t") ? "1" : "0");
      default -> this;
    };
  }

  /** The same with the elements of arrays, maps and sets in order; for unordered replies. */
  Reply sorted() {
    if (!isContainer()) {
      return this;
    }
    List<Reply> inner = new ArrayList<>(elements.stream().map(Reply::sorted).toList());
    if (type == '%') {
      List<List<Reply>> pairs = new ArrayList<>();
      for (int i = 0; i < inner.size(); i += 2) {
        pairs.add(inner.subList(i, i + 2));
      }
      pairs.sort(Comparator.comparing(pair -> pair.get(0).toString()));
      return container(type, pairs.stream().flatMap(List::stream).toList());
    }
    // A cursor stays in front of what was found.
    boolean cursor = inner.size() == 2 && !inner.get(0).isContainer() && inner.get(1).isContainer();
    if (!cursor) {
      inner.sort(Comparator.comparing(Reply::toString));
    }
    return container(type, inner);
  }

  // --- notation

  @Override
  public String toString() {
    return render(true);
  }

  private String render(boolean top) {
    return switch (type) {
      case '+', '-' -> type + (top ? text : quote(text));
      case '$' -> quote(text);
      case '_' -> "_";
      case '=' -> '=' + text.substring(0, 3) + quote(text.substring(4));
      case '*' -> render("[", "]");
      case '%' -> render("{", "}");
      case '~', '>' -> render(type + "[", "]");
      default -> type + text;
    };
  }

  private String render(String open, String close) {
    StringBuilder line = new StringBuilder(open);
    for (int i = 0; i < elements.size(); i++) {
      line.append(i == 0 ? "" : " ").append(elements.get(i).render(false));
    }
    return line.append(close).toString();
  }

  /** Text in double quotes with escapes, as redis-cli writes it. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c > '~') {
            quoted.append(String.format("\\x%02x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** Reads the notation. */
  static Reply ofNotation(String line) {
    if (line.startsWith("+") || line.startsWith("-")) {
      return leaf(line.charAt(0), line.substring(1));
    }
    NotationReader reader = new NotationReader(line);
    Reply reply = reader.next();
    if (reader.at != line.length()) {
      throw new IllegalArgumentException("more than one reply in " + line);
    }
    return reply;
  }

  private static final class NotationReader {
    private final String line;
    private int at;

    NotationReader(String line) {
      this.line = line;
    }

    Reply next() {
      char first = line.charAt(at);
      switch (first) {
        case '"':
          return leaf('$', Words.unquote(line, at, end -> at = end));
        case '[':
          at++;
          return container('*', until(']'));
        case '{':
          at++;
          return container('%', until('}'));
        case '~', '>':
          at += 2;
          return container(first, until(']'));
        case '+', '-':
          at++;
          return leaf(first, next().text());
        case '=':
          String format = line.substring(at + 1, at + 4);
          at += 4;
          return leaf('=', format + ':' + next().text());
        default:
          return leaf(first, word());
      }
    }

    private List<Reply> until(char close) {
      List<Reply> elements = new ArrayList<>();
      while (line.charAt(at) != close) {
        if (line.charAt(at) == ' ') {
          at++;
        } else {
          elements.add(next());
        }
      }
      at++;
      return elements;
    }

    private String word() {
      int start = ++at;
      while (at < line.length() && " ]}".indexOf(line.charAt(at)) < 0) {
        at++;
      }
      return line.substring(start, at);
    }
  }
}
