package io.engramdb.node.script;

import io.engramdb.node.script.CjsonLibrary.InvalidNumbers;
import io.engramdb.node.script.LuaLibrary.Failure;
import java.util.Locale;

/** Writes the Lua value on top of a stack as JSON. */
final class JsonEncoder {

  private static final int PLACES_PER_LEVEL = 6;
  private static final int NO_ARRAY = -1;

  private final Lua lua;
  private final CjsonLibrary settings;
  private final long stack;
  private final ByteSink out;

  JsonEncoder(Lua lua, CjsonLibrary settings, long stack) {
    this.lua = lua;
    this.out = new ByteSink(lua.maxBytes());
    this.settings = settings;
    this.stack = stack;
  }

  byte[] encode() {
    if (!scalar()) {
      table(1);
    }
    return out.bytes();
  }

  /** Writes the value on top, which stays, unless it is a table. */
  private boolean scalar() {
    switch (lua.type(stack, -1)) {
      case Lua.STRING -> string(lua.bytes(stack, -1));
      case Lua.NUMBER -> number(lua.toNumber(stack, -1));
      case Lua.BOOLEAN -> out.write(lua.toBoolean(stack, -1) ? "true" : "false");
      case Lua.TABLE -> {
        return false;
      }
      case Lua.NIL -> out.write("null");
      default -> {
        if (!lua.isNullPointer(stack, -1)) {
          throw unsupported("type not supported");
        }
        out.write("null");
      }
    }
    return true;
  }

  private Failure unsupported(String why) {
    return new Failure("Cannot serialise " + lua.typeName(stack, -1) + ": " + why);
  }

  /**
   * Writes the table on top. Calls itself for tables inside, and only itself: the stack is short.
   */
  private void table(int depth) {
    if (depth > settings.encodeDepth || !lua.reserve(stack, PLACES_PER_LEVEL)) {
      throw new Failure("Cannot serialise, excessive nesting (" + depth + ")");
    }
    int length = arrayLength();
    boolean array = length > 0;
    out.write(array ? '[' : '{');
    if (!array) {
      lua.pushNil(stack);
    }
    for (int i = 1; array ? i <= length : lua.next(stack, -2); i++) {
      if (i > 1) {
        out.write(',');
      }
      if (array) {
        lua.rawGet(stack, -1, i);
      } else {
        key();
      }
      if (!scalar()) {
        table(depth + 1);
      }
      lua.pop(stack, 1);
    }
    out.write(array ? ']' : '}');
  }

  /** The largest index if all keys are positive integers and not too far apart; else not one. */
  private int arrayLength() {
    double largest = 0;
    int items = 0;
    lua.pushNil(stack);
    while (lua.next(stack, -2)) {
      lua.pop(stack, 1);
      double key = lua.type(stack, -1) == Lua.NUMBER ? lua.toNumber(stack, -1) : 0;
      if (key < 1 || key != Math.floor(key) || key > Integer.MAX_VALUE) {
        lua.pop(stack, 1);
        return NO_ARRAY;
      }
      largest = Math.max(largest, key);
      items++;
    }
    boolean sparse =
        settings.sparseRatio > 0
            && largest > (double) items * settings.sparseRatio
            && largest > settings.sparseSafe;
    if (sparse) {
      if (!settings.sparseConverted) {
        throw unsupported("excessively sparse array");
      }
      return NO_ARRAY;
    }
    return (int) largest;
  }

  /** Writes the key below the top. */
  private void key() {
    switch (lua.type(stack, -2)) {
      case Lua.STRING -> string(lua.bytes(stack, -2));
      case Lua.NUMBER -> {
        out.write('"');
        number(lua.toNumber(stack, -2));
        out.write('"');
      }
      default -> {
        lua.pop(stack, 1);
        throw unsupported("table key must be a number or string");
      }
    }
    out.write(':');
  }

  private void number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      if (settings.encodeInvalid == InvalidNumbers.REFUSED) {
        throw new Failure("Cannot serialise number: must not be NaN or Inf");
      }
      if (settings.encodeInvalid == InvalidNumbers.AS_NULL) {
        out.write("null");
        return;
      }
    }
    out.write(LuaNumbers.general(value, settings.precision));
  }

  private void string(byte[] bytes) {
    out.write('"');
    for (byte b : bytes) {
      switch (b) {
        case '"', '\\', '/' -> {
          out.write('\\');
          out.write(b);
        }
        case '\b' -> out.write("\\b");
        case '\t' -> out.write("\\t");
        case '\n' -> out.write("\\n");
        case '\f' -> out.write("\\f");
        case '\r' -> out.write("\\r");
        default -> {
          if ((b >= 0 && b < ' ') || b == 0x7F) {
            out.write(String.format(Locale.ROOT, "\\u%04x", (int) b));
          } else {
            out.write(b);
          }
        }
      }
    }
    out.write('"');
  }
}
