package io.engramdb.node.script;

import java.util.Locale;

/** The table {@code bit}: operations on 32-bit integers as LuaBitOp documents them. */
final class BitLibrary extends LuaLibrary {

  /** Adding it to a double leaves the double's integer part, modulo 2^32, in the lowest bits. */
  private static final double ROUNDING = 6755399441055744.0;

  private static final int WORD_DIGITS = 8;

  @FunctionalInterface
  private interface Operation {
    int apply(int first, int second);
  }

  BitLibrary(Lua lua) {
    super(lua);
  }

  @Override
  void pushTable() {
    lua.newTable(lua.main(), 0, 16);
    unary("tobit", (value, unused) -> value);
    unary("bnot", (value, unused) -> ~value);
    unary("bswap", (value, unused) -> Integer.reverseBytes(value));
    fold("band", (first, second) -> first & second);
    fold("bor", (first, second) -> first | second);
    fold("bxor", (first, second) -> first ^ second);
    binary("lshift", (value, count) -> value << (count & 31));
    binary("rshift", (value, count) -> value >>> (count & 31));
    binary("arshift", (value, count) -> value >> (count & 31));
    binary("rol", Integer::rotateLeft);
    binary("ror", Integer::rotateRight);
    put("tohex", this::hexadecimal);
  }

  private int bits(long stack, int argument) {
    return (int) Double.doubleToRawLongBits(lua.toNumber(stack, argument) + ROUNDING);
  }

  private int result(long stack, int value) {
    lua.push(stack, (double) value);
    return 1;
  }

  private void unary(String name, Operation operation) {
    put(
        name,
        stack ->
            lua.isNumber(stack, 1)
                ? result(stack, operation.apply(bits(stack, 1), 0))
                : wrongType(stack, 1, name, "number"));
  }

  private void binary(String name, Operation operation) {
    put(
        name,
        stack -> {
          for (int i = 1; i <= 2; i++) {
            if (!lua.isNumber(stack, i)) {
              return wrongType(stack, i, name, "number");
            }
          }
          return result(stack, operation.apply(bits(stack, 1), bits(stack, 2)));
        });
  }

  private void fold(String name, Operation operation) {
    put(
        name,
        stack -> {
          int count = Math.max(1, lua.top(stack));
          int value = 0;
          for (int i = 1; i <= count; i++) {
            if (!lua.isNumber(stack, i)) {
              return wrongType(stack, i, name, "number");
            }
            value = i == 1 ? bits(stack, 1) : operation.apply(value, bits(stack, i));
          }
          return result(stack, value);
        });
  }

  private int hexadecimal(long stack) {
    if (!lua.isNumber(stack, 1)) {
      return wrongType(stack, 1, "tohex", "number");
    }
    int digits = lua.top(stack) < 2 ? WORD_DIGITS : bits(stack, 2);
    if (lua.top(stack) >= 2 && !lua.isNumber(stack, 2)) {
      return wrongType(stack, 2, "tohex", "number");
    }
    boolean upper = digits < 0;
    int shown = Math.min(WORD_DIGITS, Math.abs(digits == Integer.MIN_VALUE ? 0 : digits));
    String all = String.format(Locale.ROOT, upper ? "%08X" : "%08x", bits(stack, 1));
    lua.push(stack, all.substring(WORD_DIGITS - shown));
    return 1;
  }
}
