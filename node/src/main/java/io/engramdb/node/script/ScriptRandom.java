package io.engramdb.node.script;

/**
 * {@code math.random} and {@code math.randomseed} of scripts: the 48-bit linear congruential
 * generator of POSIX ({@code lrand48}), which upstream uses as well, so that a seed gives the same
 * numbers. Goes on from script to script. Shard thread only.
 */
final class ScriptRandom {

  private static final long MULTIPLIER = 0x5DEECE66DL;
  private static final long INCREMENT = 0xBL;
  private static final long MASK = (1L << 48) - 1;
  private static final long LOW_BITS_OF_SEED = 0x330EL;

  private final Lua lua;

  /** Where POSIX has the generator start. */
  private long state = 0x1234ABCD330EL;

  ScriptRandom(Lua lua) {
    this.lua = lua;
  }

  private double uniform() {
    state = state * MULTIPLIER + INCREMENT & MASK;
    return (double) ((state >>> 17) % Integer.MAX_VALUE) / Integer.MAX_VALUE;
  }

  int next(long stack) {
    double random = uniform();
    int count = lua.top(stack);
    if (count == 0) {
      lua.push(stack, random);
      return 1;
    }
    if (count > 2) {
      return lua.raiseWithPlace(stack, "wrong number of arguments");
    }
    for (int i = 1; i <= count; i++) {
      if (!lua.isNumber(stack, i)) {
        return lua.raiseWithPlace(
            stack,
            "bad argument #"
                + i
                + " to 'random' (number expected, got "
                + lua.typeName(stack, i)
                + ")");
      }
    }
    int low = count == 2 ? (int) lua.toNumber(stack, 1) : 1;
    int high = (int) lua.toNumber(stack, count);
    if (low > high) {
      return lua.raiseWithPlace(
          stack, "bad argument #" + count + " to 'random' (interval is empty)");
    }
    lua.push(stack, Math.floor(random * ((double) high - low + 1)) + low);
    return 1;
  }

  int seed(long stack) {
    if (!lua.isNumber(stack, 1)) {
      return lua.raiseWithPlace(
          stack,
          "bad argument #1 to 'randomseed' (number expected, got " + lua.typeName(stack, 1) + ")");
    }
    state = ((long) lua.toNumber(stack, 1) & 0xFFFFFFFFL) << 16 | LOW_BITS_OF_SEED;
    return 0;
  }
}
