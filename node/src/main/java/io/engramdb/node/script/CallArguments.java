package io.engramdb.node.script;

import io.engramdb.node.command.Args;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The request that a script makes: words copied once, from Lua's strings into one array that is
 * used again. Shard thread only.
 */
final class CallArguments {

  private static final int INITIAL_BYTES = 512;

  /** A larger array is given up after the call, bytes. */
  private static final int KEPT_BYTES = 64 * 1024;

  private final Lua lua;
  private final Args args = new Args();
  private byte[] buffer = new byte[INITIAL_BYTES];
  private int[] ends = new int[16];

  CallArguments(Lua lua) {
    this.lua = lua;
  }

  /**
   * Reads all arguments of a call.
   *
   * @return false if one is neither a string nor a number
   */
  boolean read(long stack, int count) {
    int end = 0;
    if (ends.length < count) {
      ends = new int[2 * count];
    }
    for (int i = 1; i <= count; i++) {
      int type = lua.type(stack, i);
      if (type == Lua.STRING) {
        long address = lua.stringAddress(stack, i);
        int length = lua.stringLength();
        reserve(end, length);
        Lua.copyString(address, buffer, end, length);
        end += length;
      } else if (type == Lua.NUMBER) {
        byte[] text =
            LuaNumbers.general(lua.toNumber(stack, i), 17).getBytes(StandardCharsets.US_ASCII);
        reserve(end, text.length);
        System.arraycopy(text, 0, buffer, end, text.length);
        end += text.length;
      } else {
        return false;
      }
      ends[i - 1] = end;
    }
    args.reset(buffer);
    int start = 0;
    for (int i = 0; i < count; i++) {
      args.add(start, ends[i] - start);
      start = ends[i];
    }
    return true;
  }

  Args args() {
    return args;
  }

  /** The call is over. */
  void release() {
    if (buffer.length > KEPT_BYTES) {
      buffer = new byte[INITIAL_BYTES];
    }
  }

  private void reserve(int used, int more) {
    if (more > lua.maxBytes() - used) {
      throw ByteSink.TOO_LONG;
    }
    if (buffer.length - used < more) {
      int doubled = (int) Math.min(lua.maxBytes(), 2L * buffer.length);
      buffer = Arrays.copyOf(buffer, Math.max(doubled, used + more));
    }
  }
}
