package io.engramdb.node.script;

/** The table {@code cmsgpack}: MessagePack, with the choices that lua-cmsgpack makes. */
final class CmsgpackLibrary extends LuaLibrary {

  /** Tables inside tables that are packed; deeper ones become null. */
  private static final int MAX_NESTING = 16;

  private static final int PLACES_PER_LEVEL = 6;
  private static final Failure MISSING = new Failure("Missing bytes in input.");
  private static final Failure BAD = new Failure("Bad data format in input.");

  private byte[] input = new byte[0];
  private int at;

  CmsgpackLibrary(Lua lua) {
    super(lua);
  }

  @Override
  void pushTable() {
    lua.newTable(lua.main(), 0, 8);
    put("pack", this::pack);
    put("unpack", stack -> unpack(stack, "unpack", 0, 0));
    put("unpack_one", stack -> unpackOne(stack));
    put("unpack_limit", stack -> unpackLimit(stack));
    put("_NAME", "cmsgpack");
    put("_VERSION", "lua-cmsgpack 0.4.0");
    put("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo");
    put("_DESCRIPTION", "MessagePack C implementation for Lua");
  }

  // --- packing

  private int pack(long stack) {
    int count = lua.top(stack);
    if (count == 0) {
      return badArgument(stack, 0, "pack", "MessagePack pack needs input.");
    }
    ByteSink out = new ByteSink(lua.maxBytes());
    lua.reserve(stack, PLACES_PER_LEVEL);
    for (int i = 1; i <= count; i++) {
      lua.pushCopy(stack, i);
      value(stack, out, 0);
      lua.pop(stack, 1);
    }
    lua.push(stack, out.bytes());
    return 1;
  }

  /** Packs the value on top, which stays. */
  private void value(long stack, ByteSink out, int level) {
    switch (lua.type(stack, -1)) {
      case Lua.STRING -> string(lua.bytes(stack, -1), out);
      case Lua.NUMBER -> number(lua.toNumber(stack, -1), out);
      case Lua.BOOLEAN -> out.write(lua.toBoolean(stack, -1) ? 0xC3 : 0xC2);
      case Lua.TABLE -> {
        if (level == MAX_NESTING || !lua.reserve(stack, PLACES_PER_LEVEL)) {
          out.write(0xC0);
        } else {
          table(stack, out, level + 1);
        }
      }
      default -> out.write(0xC0);
    }
  }

  private static void string(byte[] bytes, ByteSink out) {
    if (bytes.length < 32) {
      out.write(0xA0 | bytes.length);
    } else {
      sized(bytes.length, 0xD9, 0xDA, 0xDB, out);
    }
    out.write(bytes);
  }

  /** A length in one, two or four bytes behind the tag of that form; no one-byte form: -1. */
  private static void sized(int length, int tag8, int tag16, int tag32, ByteSink out) {
    if (length <= 0xFF && tag8 >= 0) {
      out.write(tag8);
      out.writeBigEndian(length, 1);
    } else if (length <= 0xFFFF) {
      out.write(tag16);
      out.writeBigEndian(length, 2);
    } else {
      out.write(tag32);
      out.writeBigEndian(length, 4);
    }
  }

  private static void number(double value, ByteSink out) {
    if (value == Math.rint(value) && value >= Long.MIN_VALUE && value < 0x1p63) {
      integer((long) value, out);
    } else if ((float) value == value) {
      out.write(0xCA);
      out.writeBigEndian(Float.floatToRawIntBits((float) value) & 0xFFFFFFFFL, 4);
    } else {
      out.write(0xCB);
      out.writeBigEndian(Double.doubleToRawLongBits(value), 8);
    }
  }

  private static void integer(long value, ByteSink out) {
    if (value >= 0) {
      if (value <= 0x7F) {
        out.write((int) value);
      } else {
        int bytes = value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : value <= 0xFFFFFFFFL ? 4 : 8;
        out.write(0xCC + Integer.numberOfTrailingZeros(bytes));
        out.writeBigEndian(value, bytes);
      }
    } else if (value >= -32) {
      out.write((int) value);
    } else {
      int bytes =
          value >= Byte.MIN_VALUE
              ? 1
              : value >= Short.MIN_VALUE ? 2 : value >= Integer.MIN_VALUE ? 4 : 8;
      out.write(0xD0 + Integer.numberOfTrailingZeros(bytes));
      out.writeBigEndian(value, bytes);
    }
  }

  private void table(long stack, ByteSink out, int level) {
    int pairs = 0;
    double largest = 0;
    boolean array = true;
    lua.pushNil(stack);
    while (lua.next(stack, -2)) {
      lua.pop(stack, 1);
      double key = lua.type(stack, -1) == Lua.NUMBER ? lua.toNumber(stack, -1) : 0;
      array &= key >= 1 && key == Math.rint(key);
      largest = Math.max(largest, key);
      pairs++;
    }
    if (array && largest == pairs) {
      header(pairs, 0x90, 0xDC, 0xDD, out);
      for (int i = 1; i <= pairs; i++) {
        lua.rawGet(stack, -1, i);
        value(stack, out, level);
        lua.pop(stack, 1);
      }
      return;
    }
    header(pairs, 0x80, 0xDE, 0xDF, out);
    lua.pushNil(stack);
    while (lua.next(stack, -2)) {
      lua.pushCopy(stack, -2);
      value(stack, out, level);
      lua.pop(stack, 1);
      value(stack, out, level);
      lua.pop(stack, 1);
    }
  }

  private static void header(int elements, int tag4, int tag16, int tag32, ByteSink out) {
    if (elements < 16) {
      out.write(tag4 | elements);
    } else {
      sized(elements, -1, tag16, tag32, out);
    }
  }

  // --- unpacking

  private int unpackOne(long stack) {
    if (lua.top(stack) >= 2 && !lua.isNumber(stack, 2)) {
      return wrongType(stack, 2, "unpack_one", "number");
    }
    int offset = lua.top(stack) >= 2 ? (int) lua.toNumber(stack, 2) : 0;
    return unpack(stack, "unpack_one", 1, offset);
  }

  private int unpackLimit(long stack) {
    if (!lua.isNumber(stack, 2)) {
      return wrongType(stack, 2, "unpack_limit", "number");
    }
    if (lua.top(stack) >= 3 && !lua.isNumber(stack, 3)) {
      return wrongType(stack, 3, "unpack_limit", "number");
    }
    int offset = lua.top(stack) >= 3 ? (int) lua.toNumber(stack, 3) : 0;
    return unpack(stack, "unpack_limit", (int) lua.toNumber(stack, 2), offset);
  }

  private int unpack(long stack, String name, int limit, int offset) {
    if (!lua.isString(stack, 1)) {
      return wrongType(stack, 1, name, "string");
    }
    input = lua.bytes(stack, 1);
    if (offset < 0 || limit < 0) {
      return lua.raiseWithPlace(
          stack,
          "Invalid request to unpack with offset of "
              + offset
              + " and limit of "
              + input.length
              + ".");
    }
    if (offset > input.length) {
      return lua.raiseWithPlace(
          stack, "Start offset " + offset + " greater than input length " + input.length + ".");
    }
    boolean all = limit == 0 && offset == 0;
    at = offset;
    int values = 0;
    int place = lua.top(stack) + 1;
    try {
      while (at < input.length && (all || values < limit)) {
        decode(stack);
        values++;
      }
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
    if (all) {
      return values;
    }
    lua.push(stack, (double) (at == input.length ? -1 : at));
    lua.insert(stack, place);
    return values + 1;
  }

  private long take(int bytes) {
    if (input.length - at < bytes) {
      throw MISSING;
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value = value << 8 | input[at++] & 0xFF;
    }
    return value;
  }

  /** Pushes the next value. */
  private void decode(long stack) {
    if (!lua.reserve(stack, PLACES_PER_LEVEL)) {
      throw BAD;
    }
    int tag = (int) take(1);
    if (tag < 0x80) {
      lua.push(stack, (double) tag);
    } else if (tag < 0x90) {
      map(stack, tag & 0xF);
    } else if (tag < 0xA0) {
      array(stack, tag & 0xF);
    } else if (tag < 0xC0) {
      text(stack, tag & 0x1F);
    } else if (tag >= 0xE0) {
      lua.push(stack, (double) (byte) tag);
    } else {
      tagged(stack, tag);
    }
  }

  private void tagged(long stack, int tag) {
    switch (tag) {
      case 0xC0 -> lua.pushNil(stack);
      case 0xC2 -> lua.push(stack, false);
      case 0xC3 -> lua.push(stack, true);
      case 0xCA -> lua.push(stack, (double) Float.intBitsToFloat((int) take(4)));
      case 0xCB -> lua.push(stack, Double.longBitsToDouble(take(8)));
      case 0xCC, 0xCD, 0xCE, 0xCF -> lua.push(stack, (double) take(1 << (tag - 0xCC)));
      case 0xD0 -> lua.push(stack, (double) (byte) take(1));
      case 0xD1 -> lua.push(stack, (double) (short) take(2));
      case 0xD2 -> lua.push(stack, (double) (int) take(4));
      case 0xD3 -> lua.push(stack, (double) take(8));
      case 0xD9 -> text(stack, take(1));
      case 0xDA -> text(stack, take(2));
      case 0xDB -> text(stack, take(4));
      case 0xDC -> array(stack, take(2));
      case 0xDD -> array(stack, take(4));
      case 0xDE -> map(stack, take(2));
      case 0xDF -> map(stack, take(4));
      default -> throw BAD;
    }
  }

  private void text(long stack, long length) {
    if (input.length - at < length) {
      throw MISSING;
    }
    lua.push(stack, input, at, (int) length);
    at += (int) length;
  }

  private void array(long stack, long elements) {
    lua.newTable(stack, 0, 0);
    for (long i = 1; i <= elements; i++) {
      decode(stack);
      lua.rawSet(stack, -2, (int) i);
    }
  }

  private void map(long stack, long pairs) {
    lua.newTable(stack, 0, 0);
    for (long i = 0; i < pairs; i++) {
      decode(stack);
      boolean unusable =
          lua.type(stack, -1) == Lua.NIL
              || (lua.type(stack, -1) == Lua.NUMBER && Double.isNaN(lua.toNumber(stack, -1)));
      if (unusable) {
        throw BAD;
      }
      decode(stack);
      lua.rawSet(stack, -3);
    }
  }
}
