package io.engramdb.node.script;

import io.engramdb.node.script.CjsonLibrary.InvalidNumbers;
import io.engramdb.node.script.LuaLibrary.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads a JSON text and pushes what it says; errors are worded as lua-cjson words them. */
final class JsonDecoder {

  private static final int PLACES_PER_LEVEL = 6;

  private enum Token {
    OBJECT_BEGIN("T_OBJ_BEGIN"),
    OBJECT_END("T_OBJ_END"),
    ARRAY_BEGIN("T_ARR_BEGIN"),
    ARRAY_END("T_ARR_END"),
    STRING("T_STRING"),
    NUMBER("T_NUMBER"),
    BOOLEAN("T_BOOLEAN"),
    NULL("T_NULL"),
    COLON("T_COLON"),
    COMMA("T_COMMA"),
    END("T_END"),
    ERROR("T_ERROR");

    final String wireName;

    Token(String wireName) {
      this.wireName = wireName;
    }
  }

  private final Lua lua;
  private final CjsonLibrary settings;
  private final long stack;
  private final byte[] text;
  private int at;

  // The token that was read last.
  private Token token = Token.END;
  private int tokenStart;
  private byte[] string = new byte[0];
  private double number;
  private String problem = "";

  JsonDecoder(Lua lua, CjsonLibrary settings, long stack, byte[] text) {
    this.lua = lua;
    this.settings = settings;
    this.stack = stack;
    this.text = text;
  }

  void decode() {
    if (text.length >= 2 && (text[0] == 0 || text[1] == 0)) {
      throw new Failure("JSON parser does not support UTF-16 or UTF-32");
    }
    read();
    value(0);
    read();
    if (token != Token.END) {
      throw unexpected("the end");
    }
  }

  private Failure unexpected(String expected) {
    String found = token == Token.ERROR ? problem : token.wireName;
    return new Failure(
        "Expected " + expected + " but found " + found + " at character " + (tokenStart + 1));
  }

  private void value(int depth) {
    switch (token) {
      case STRING -> lua.push(stack, string);
      case NUMBER -> lua.push(stack, number);
      case BOOLEAN -> lua.push(stack, text[tokenStart] == 't');
      case NULL -> lua.pushNullPointer(stack);
      case OBJECT_BEGIN, ARRAY_BEGIN -> container(depth + 1);
      default -> throw unexpected("value");
    }
  }

  /** Pushes the object or array that begins here. */
  private void container(int depth) {
    if (depth > settings.decodeDepth || !lua.reserve(stack, PLACES_PER_LEVEL)) {
      throw new Failure("Found too many nested data structures (" + depth + ") at character " + at);
    }
    boolean array = token == Token.ARRAY_BEGIN;
    Token end = array ? Token.ARRAY_END : Token.OBJECT_END;
    lua.newTable(stack, 0, 0);
    read();
    if (token == end) {
      return;
    }
    for (int elements = 1; true; elements++) {
      if (array) {
        value(depth);
        lua.rawSet(stack, -2, elements);
      } else {
        key();
        value(depth);
        lua.rawSet(stack, -3);
      }
      read();
      if (token == end) {
        return;
      }
      if (token != Token.COMMA) {
        throw unexpected(array ? "comma or array end" : "comma or object end");
      }
      read();
    }
  }

  private void key() {
    if (token != Token.STRING) {
      throw unexpected("object key string");
    }
    lua.push(stack, string);
    read();
    if (token != Token.COLON) {
      throw unexpected("colon");
    }
    read();
  }

  // --- tokens

  private int peek(int ahead) {
    return at + ahead < text.length ? text[at + ahead] & 0xFF : -1;
  }

  private void read() {
    while (peek(0) == ' ' || peek(0) == '\t' || peek(0) == '\n' || peek(0) == '\r') {
      at++;
    }
    tokenStart = at;
    switch (peek(0)) {
      case -1 -> token = Token.END;
      case '{' -> single(Token.OBJECT_BEGIN);
      case '}' -> single(Token.OBJECT_END);
      case '[' -> single(Token.ARRAY_BEGIN);
      case ']' -> single(Token.ARRAY_END);
      case ',' -> single(Token.COMMA);
      case ':' -> single(Token.COLON);
      case '"' -> readString();
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> readNumber();
      default -> readWord();
    }
  }

  private void single(Token found) {
    token = found;
    at++;
  }

  private void error(String what) {
    token = Token.ERROR;
    problem = what;
  }

  private boolean follows(String word) {
    if (at + word.length() > text.length) {
      return false;
    }
    String found = new String(text, at, word.length(), StandardCharsets.ISO_8859_1);
    return found.equals(word);
  }

  private void readWord() {
    if (follows("true") || follows("false")) {
      token = Token.BOOLEAN;
      at += text[at] == 't' ? 4 : 5;
    } else if (follows("null")) {
      token = Token.NULL;
      at += 4;
    } else if (settings.decodeInvalid != InvalidNumbers.REFUSED && isWordNumber()) {
      readNumber();
    } else {
      error("invalid token");
    }
  }

  /** Infinity, inf or nan, in any case. */
  private boolean isWordNumber() {
    int shown = Math.min(8, text.length - at);
    String word = new String(text, at, shown, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    return word.startsWith("inf") || word.startsWith("nan");
  }

  private void readNumber() {
    int end = at;
    while (end < text.length && isNumberPart(text[end])) {
      end++;
    }
    String word = new String(text, at, end - at, StandardCharsets.ISO_8859_1);
    int used = CNumber.length(word);
    boolean refused = settings.decodeInvalid == InvalidNumbers.REFUSED && isInvalid(word);
    if (used == 0 || refused) {
      error("invalid number");
      return;
    }
    number = CNumber.parse(word.substring(0, used));
    token = Token.NUMBER;
    at += used;
  }

  /** What C reads as a number and JSON does not: leading zeros, hexadecimal, infinity, nan. */
  private static boolean isInvalid(String word) {
    String bare = word.startsWith("-") ? word.substring(1) : word;
    if (bare.isEmpty()) {
      return true;
    }
    char first = bare.charAt(0);
    if (first == '0') {
      return bare.length() > 1
          && (Character.isDigit(bare.charAt(1)) || (bare.charAt(1) | 0x20) == 'x');
    }
    return !Character.isDigit(first);
  }

  private static boolean isNumberPart(byte b) {
    return (b >= '0' && b <= '9')
        || (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || b == '+'
        || b == '-'
        || b == '.';
  }

  private void readString() {
    ByteSink out = new ByteSink(lua.maxBytes());
    int from = at + 1;
    int i = from;
    while (i < text.length && text[i] != '"') {
      if (text[i] != '\\') {
        i++;
        continue;
      }
      out.write(text, from, i - from);
      tokenStart = i;
      int used = escape(i + 1, out);
      if (used == 0) {
        return;
      }
      i += 1 + used;
      from = i;
    }
    if (i >= text.length) {
      tokenStart = i;
      error("unexpected end of string");
      return;
    }
    out.write(text, from, i - from);
    string = out.bytes();
    token = Token.STRING;
    at = i + 1;
  }

  /** Reads what stands behind a backslash; 0 if it is wrong. */
  private int escape(int place, ByteSink out) {
    int letter = place < text.length ? text[place] : -1;
    switch (letter) {
      case '"', '\\', '/' -> out.write(letter);
      case 'b' -> out.write('\b');
      case 'f' -> out.write('\f');
      case 'n' -> out.write('\n');
      case 'r' -> out.write('\r');
      case 't' -> out.write('\t');
      case 'u' -> {
        return unicode(place + 1, out);
      }
      default -> {
        error("invalid escape code");
        return 0;
      }
    }
    return 1;
  }

  private int unicode(int place, ByteSink out) {
    int unit = hexadecimal(place);
    int used = 5;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      boolean pair = place + 5 < text.length && text[place + 4] == '\\' && text[place + 5] == 'u';
      int low = pair ? hexadecimal(place + 6) : -1;
      if (low >= 0xDC00 && low <= 0xDFFF) {
        unit = Character.toCodePoint((char) unit, (char) low);
        used = 11;
      } else {
        unit = -1;
      }
    } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
      unit = -1;
    }
    if (unit < 0) {
      error("invalid unicode escape code");
      return 0;
    }
    out.write(new String(Character.toChars(unit)).getBytes(StandardCharsets.UTF_8));
    return used;
  }

  private int hexadecimal(int place) {
    if (place + 4 > text.length) {
      return -1;
    }
    int value = 0;
    for (int i = place; i < place + 4; i++) {
      int digit = Character.digit(text[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
