package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

/**
 * The table {@code cjson}: JSON texts from and to Lua values, with the limits and settings that
 * lua-cjson documents. Settings hold for all scripts of the shard, as upstream.
 */
final class CjsonLibrary extends LuaLibrary {

  private static final int MAX_PRECISION = 14;
  private static final int DEFAULT_DEPTH = 1000;

  /** How numbers that JSON can't say are taken or given. */
  enum InvalidNumbers {
    REFUSED,
    ALLOWED,
    AS_NULL
  }

  boolean sparseConverted;
  int sparseRatio = 2;
  int sparseSafe = 10;
  int encodeDepth = DEFAULT_DEPTH;
  int decodeDepth = DEFAULT_DEPTH;
  int precision = MAX_PRECISION;
  InvalidNumbers encodeInvalid = InvalidNumbers.REFUSED;
  InvalidNumbers decodeInvalid = InvalidNumbers.ALLOWED;
  private boolean keepBuffer = true;

  CjsonLibrary(Lua lua) {
    super(lua);
  }

  @Override
  void pushTable() {
    lua.newTable(lua.main(), 0, 16);
    fill(this);
  }

  private void fill(CjsonLibrary settings) {
    put("encode", settings::encode);
    put("decode", settings::decode);
    put("encode_sparse_array", settings::sparseArray);
    put("encode_max_depth", stack -> settings.depth(stack, true));
    put("decode_max_depth", stack -> settings.depth(stack, false));
    put("encode_number_precision", settings::numberPrecision);
    put("encode_keep_buffer", settings::keepBuffer);
    put("encode_invalid_numbers", stack -> settings.invalidNumbers(stack, true));
    put("decode_invalid_numbers", stack -> settings.invalidNumbers(stack, false));
    put(
        "new",
        stack -> {
          // The new table is built on the main stack, and moved if a coroutine asked.
          new CjsonLibrary(lua).pushTable();
          lua.move(lua.main(), stack);
          return 1;
        });
    lua.pushNullPointer(lua.main());
    lua.setRawField(lua.main(), -2, ascii("null"));
    put("_NAME", "cjson");
    put("_VERSION", "2.1.0");
  }

  private int encode(long stack) {
    if (lua.top(stack) != 1) {
      return badArgument(stack, 1, "encode", "expected 1 argument");
    }
    try {
      lua.push(stack, new JsonEncoder(lua, this, stack).encode());
      return 1;
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
  }

  private int decode(long stack) {
    if (lua.top(stack) != 1) {
      return badArgument(stack, 1, "decode", "expected 1 argument");
    }
    if (!lua.isString(stack, 1)) {
      return wrongType(stack, 1, "decode", "string");
    }
    try {
      new JsonDecoder(lua, this, stack, lua.bytes(stack, 1)).decode();
      return 1;
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
  }

  // --- settings

  private boolean isSet(long stack, int argument) {
    return lua.top(stack) >= argument && lua.type(stack, argument) != Lua.NIL;
  }

  /** A whole number of that range, or a failure. */
  private int number(long stack, int argument, String function, int least, int greatest) {
    double value = lua.isNumber(stack, argument) ? lua.toNumber(stack, argument) : Double.NaN;
    if (!(value >= least && value <= greatest)) {
      String problem =
          lua.isNumber(stack, argument)
              ? "expected integer between " + least + " and " + greatest
              : "number expected, got " + lua.typeName(stack, argument);
      throw new Failure("bad argument #" + argument + " to '" + function + "' (" + problem + ")");
    }
    return (int) value;
  }

  private int tooMany(long stack, String function, int most) {
    return badArgument(stack, most + 1, function, "found too many arguments");
  }

  private int sparseArray(long stack) {
    String name = "encode_sparse_array";
    if (lua.top(stack) > 3) {
      return tooMany(stack, name, 3);
    }
    try {
      if (isSet(stack, 1)) {
        sparseConverted = lua.toBoolean(stack, 1);
      }
      if (isSet(stack, 2)) {
        sparseRatio = number(stack, 2, name, 0, Integer.MAX_VALUE);
      }
      if (isSet(stack, 3)) {
        sparseSafe = number(stack, 3, name, 0, Integer.MAX_VALUE);
      }
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
    lua.push(stack, sparseConverted);
    lua.push(stack, (double) sparseRatio);
    lua.push(stack, (double) sparseSafe);
    return 3;
  }

  private int depth(long stack, boolean encoding) {
    String name = encoding ? "encode_max_depth" : "decode_max_depth";
    if (lua.top(stack) > 1) {
      return tooMany(stack, name, 1);
    }
    try {
      if (isSet(stack, 1)) {
        int depth = number(stack, 1, name, 1, Integer.MAX_VALUE);
        encodeDepth = encoding ? depth : encodeDepth;
        decodeDepth = encoding ? decodeDepth : depth;
      }
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
    lua.push(stack, (double) (encoding ? encodeDepth : decodeDepth));
    return 1;
  }

  private int numberPrecision(long stack) {
    String name = "encode_number_precision";
    if (lua.top(stack) > 1) {
      return tooMany(stack, name, 1);
    }
    try {
      if (isSet(stack, 1)) {
        precision = number(stack, 1, name, 1, MAX_PRECISION);
      }
    } catch (Failure failure) {
      return lua.raiseWithPlace(stack, String.valueOf(failure.getMessage()));
    }
    lua.push(stack, (double) precision);
    return 1;
  }

  private int keepBuffer(long stack) {
    if (lua.top(stack) > 1) {
      return tooMany(stack, "encode_keep_buffer", 1);
    }
    if (isSet(stack, 1)) {
      keepBuffer = lua.toBoolean(stack, 1);
    }
    lua.push(stack, keepBuffer);
    return 1;
  }

  private int invalidNumbers(long stack, boolean encoding) {
    String name = encoding ? "encode_invalid_numbers" : "decode_invalid_numbers";
    if (lua.top(stack) > 1) {
      return tooMany(stack, name, 1);
    }
    if (isSet(stack, 1)) {
      InvalidNumbers mode;
      if (lua.type(stack, 1) == Lua.BOOLEAN) {
        mode = lua.toBoolean(stack, 1) ? InvalidNumbers.ALLOWED : InvalidNumbers.REFUSED;
      } else {
        String word = lua.text(stack, 1);
        switch (word) {
          case "on" -> mode = InvalidNumbers.ALLOWED;
          case "off" -> mode = InvalidNumbers.REFUSED;
          case "null" -> mode = InvalidNumbers.AS_NULL;
          default -> {
            return badArgument(stack, 1, name, "invalid option '" + word + "'");
          }
        }
      }
      encodeInvalid = encoding ? mode : encodeInvalid;
      decodeInvalid = encoding ? decodeInvalid : mode;
    }
    InvalidNumbers mode = encoding ? encodeInvalid : decodeInvalid;
    if (mode == InvalidNumbers.AS_NULL) {
      lua.push(stack, "null");
    } else {
      lua.push(stack, mode == InvalidNumbers.ALLOWED);
    }
    return 1;
  }
}
