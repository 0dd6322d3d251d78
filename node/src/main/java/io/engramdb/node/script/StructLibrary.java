package io.engramdb.node.script;

import java.nio.ByteOrder;

/** The table {@code struct}: numbers and strings from and to bytes, after a format. */
final class StructLibrary extends LuaLibrary {

  private static final int MAX_INTEGER_BYTES = 32;
  private static final int MAX_ALIGNMENT = 8;
  private static final int INT_BYTES = 4;
  private static final int LONG_BYTES = 8;

  /** A format that is being read. */
  private final class Format {
    private final String text;
    private final String function;
    private int at;
    private boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private int alignment = 1;

    // The option that was read last.
    private char option;
    private int size;

    Format(String text, String function) {
      this.text = text;
      this.function = function;
    }

    boolean next() {
      if (at >= text.length()) {
        return false;
      }
      option = text.charAt(at++);
      size =
          switch (option) {
            case 'b', 'B', 'x' -> 1;
            case 'h', 'H' -> 2;
            case 'l', 'L', 'T' -> LONG_BYTES;
            case 'f' -> Float.BYTES;
            case 'd' -> Double.BYTES;
            case 'c' -> number(1);
            case 'i', 'I' -> integerSize();
            default -> 0;
          };
      return true;
    }

    private int integerSize() {
      int bytes = number(INT_BYTES);
      if (bytes > MAX_INTEGER_BYTES) {
        throw new Failure(
            "integral size " + bytes + " is larger than limit of " + MAX_INTEGER_BYTES);
      }
      return bytes;
    }

    private int number(int otherwise) {
      int from = at;
      long value = 0;
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        value = value * 10 + text.charAt(at++) - '0';
        if (value > Integer.MAX_VALUE) {
          throw new Failure("integral size overflow");
        }
      }
      return at == from ? otherwise : (int) value;
    }

    /** Bytes between that many bytes and where this option begins. */
    int padding(int used) {
      if (size == 0 || option == 'c') {
        return 0;
      }
      int unit = Math.min(size, alignment);
      return unit - (used & unit - 1) & unit - 1;
    }

    void control() {
      switch (option) {
        case ' ' -> {}
        case '>' -> little = false;
        case '<' -> little = true;
        case '!' -> {
          int wanted = number(MAX_ALIGNMENT);
          if (wanted <= 0 || (wanted & wanted - 1) != 0) {
            throw new Failure("alignment " + wanted + " is not a power of 2");
          }
          alignment = wanted;
        }
        default -> throw bad(1, function, "invalid format option '" + option + "'");
      }
    }
  }

  StructLibrary(Lua lua) {
    super(lua);
  }

  @Override
  void pushTable() {
    lua.newTable(lua.main(), 0, 4);
    put("pack", stack -> guarded(stack, () -> pack(stack)));
    put("unpack", stack -> guarded(stack, () -> unpack(stack)));
    put("size", stack -> guarded(stack, () -> size(stack)));
  }

  private int guarded(long stack, java.util.function.IntSupplier work) {
    try {
      return work.getAsInt();
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
  }

  private static Failure bad(int argument, String function, String problem) {
    return new Failure("bad argument #" + argument + " to '" + function + "' (" + problem + ")");
  }

  private void needs(long stack, int argument, String function, boolean number) {
    boolean fits = number ? lua.isNumber(stack, argument) : lua.isString(stack, argument);
    if (!fits) {
      boolean none = argument > lua.top(stack);
      String got = none && argument > 1 ? "nil" : lua.typeName(stack, argument);
      throw bad(argument, function, (number ? "number" : "string") + " expected, got " + got);
    }
  }

  private Format format(long stack, String function) {
    needs(stack, 1, function, false);
    return new Format(lua.text(stack, 1), function);
  }

  // --- pack

  private int pack(long stack) {
    Format format = format(stack, "pack");
    ByteSink out = new ByteSink(lua.maxBytes());
    int argument = 2;
    while (format.next()) {
      for (int i = format.padding(out.size()); i > 0; i--) {
        out.write(0);
      }
      switch (format.option) {
        case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' -> {
          needs(stack, argument, "pack", true);
          integer(lua.toNumber(stack, argument++), format, out);
        }
        case 'x' -> out.write(0);
        case 'f' -> {
          needs(stack, argument, "pack", true);
          float value = (float) lua.toNumber(stack, argument++);
          put(Float.floatToRawIntBits(value), format, out);
        }
        case 'd' -> {
          needs(stack, argument, "pack", true);
          put(Double.doubleToRawLongBits(lua.toNumber(stack, argument++)), format, out);
        }
        case 'c', 's' -> {
          needs(stack, argument, "pack", false);
          string(lua.bytes(stack, argument++), argument, format, out);
        }
        default -> format.control();
      }
    }
    lua.push(stack, out.bytes());
    return 1;
  }

  private static void string(byte[] bytes, int argument, Format format, ByteSink out) {
    int size = format.size == 0 ? bytes.length : format.size;
    if (bytes.length < size) {
      throw bad(argument, "pack", "string too short");
    }
    out.write(bytes, 0, size);
    if (format.option == 's') {
      out.write(0);
    }
  }

  private static void integer(double value, Format format, ByteSink out) {
    // What a long can't hold is an unsigned number of 64 bits, or what the processors that servers
    // have make of one that is larger still.
    long bits =
        value >= 0x1p63
            ? LuaReplies.truncated(value - 0x1p63) ^ Long.MIN_VALUE
            : LuaReplies.truncated(value);
    put(bits, format, out);
  }

  private static void put(long bits, Format format, ByteSink out) {
    if (!format.little) {
      out.writeBigEndian(bits, format.size);
      return;
    }
    for (int i = 0; i < format.size; i++) {
      out.write((int) (i >= Long.BYTES ? 0 : bits >>> 8 * i));
    }
  }

  // --- unpack

  private int unpack(long stack) {
    Format format = format(stack, "unpack");
    needs(stack, 2, "unpack", false);
    byte[] data = lua.bytes(stack, 2);
    boolean placed = lua.top(stack) >= 3 && lua.type(stack, 3) != Lua.NIL;
    if (placed) {
      needs(stack, 3, "unpack", true);
    }
    double start = placed ? Math.floor(lua.toNumber(stack, 3)) : 1;
    if (!(start >= 1)) {
      throw bad(3, "unpack", "offset must be 1 or greater");
    }
    long at = (long) start - 1;
    int values = 0;
    while (format.next()) {
      at += format.padding((int) Math.min(at, Integer.MAX_VALUE));
      check(at, format.size, data);
      if (!lua.reserve(stack, 4)) {
        throw new Failure("too many results");
      }
      int from = (int) at;
      switch (format.option) {
        case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' ->
            lua.push(stack, number(data, from, format));
        case 'x' -> values--;
        case 'f' -> lua.push(stack, (double) Float.intBitsToFloat((int) bits(data, from, format)));
        case 'd' -> lua.push(stack, Double.longBitsToDouble(bits(data, from, format)));
        case 'c' -> values -= counted(stack, data, from, format, values);
        case 's' -> terminated(stack, data, from, format);
        default -> {
          format.control();
          values--;
        }
      }
      values++;
      at += format.size;
    }
    lua.push(stack, (double) (at + 1));
    return values + 1;
  }

  private static void check(long at, long size, byte[] data) {
    if (size > data.length || at > data.length - size) {
      throw bad(2, "unpack", "data string too short");
    }
  }

  /** A string of a given size, or of the size that was read before; returns values it has used. */
  private int counted(long stack, byte[] data, int from, Format format, int values) {
    int used = 0;
    if (format.size == 0) {
      if (values == 0 || !lua.isNumber(stack, -1)) {
        throw new Failure("format 'c0' needs a previous size");
      }
      double wanted = lua.toNumber(stack, -1);
      lua.pop(stack, 1);
      used = 1;
      check(from, wanted >= 0 && wanted <= data.length ? (long) wanted : Long.MAX_VALUE, data);
      format.size = (int) wanted;
    }
    lua.push(stack, data, from, format.size);
    return used;
  }

  private void terminated(long stack, byte[] data, int from, Format format) {
    int end = from;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    if (end == data.length) {
      throw new Failure("unfinished string in data");
    }
    lua.push(stack, data, from, end - from);
    format.size = end - from + 1;
  }

  private static long bits(byte[] data, int from, Format format) {
    long value = 0;
    for (int i = 0; i < format.size; i++) {
      int place = format.little ? from + format.size - 1 - i : from + i;
      value = value << 8 | data[place] & 0xFF;
    }
    return value;
  }

  private static double number(byte[] data, int from, Format format) {
    long value = bits(data, from, format);
    if (Character.isLowerCase(format.option)) {
      int unused = Long.SIZE - 8 * Math.min(Long.BYTES, format.size);
      return unused == Long.SIZE ? 0 : (double) (value << unused >> unused);
    }
    return value >= 0 ? (double) value : (double) (value >>> 1 | value & 1) * 2;
  }

  // --- size

  private int size(long stack) {
    Format format = format(stack, "size");
    long total = 0;
    while (format.next()) {
      total += format.padding((int) Math.min(total, Integer.MAX_VALUE));
      if (format.option == 's') {
        throw bad(1, "size", "option 's' has no fixed size");
      }
      if (format.option == 'c' && format.size == 0) {
        throw bad(1, "size", "option 'c0' has no fixed size");
      }
      if (!Character.isLetterOrDigit(format.option)) {
        format.control();
      }
      total += format.size;
    }
    lua.push(stack, (double) total);
    return 1;
  }
}
