package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ReplyWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a script returns as a reply. Tables are read raw, so that nothing of the script runs
 * any more. Shard thread only.
 */
final class LuaReplies {

  private static final byte[] ERR = ascii("err");
  private static final byte[] OK = ascii("ok");
  private static final byte[] MAP = ascii("map");
  private static final byte[] SET = ascii("set");
  private static final byte[] DOUBLE = ascii("double");
  private static final byte[] BIG_NUMBER = ascii("big_number");
  private static final byte[] VERBATIM = ascii("verbatim_string");
  private static final byte[] FORMAT = ascii("format");
  private static final byte[] STRING = ascii("string");
  private static final CommandError TOO_DEEP = CommandError.err("reached lua stack limit");

  /** Places on the Lua stack that one level of a table needs. */
  private static final int PLACES_PER_LEVEL = 6;

  /** Tables inside tables in one reply; a table may hold itself. */
  private static final int MAX_NESTING = 500;

  /** What an element of a reply counts for beside its bytes. */
  private static final int ELEMENT_BYTES = 16;

  private final Lua lua;
  private int nesting;
  private @Nullable CommandError failure;

  /** Bytes that the reply may still grow by. */
  private long roomBytes;

  LuaReplies(Lua lua) {
    this.lua = lua;
  }

  /** An error whose first word is its code. */
  static CommandError errorOf(String line) {
    int space = line.indexOf(' ');
    return space <= 0
        ? new CommandError(line, "")
        : new CommandError(line.substring(0, space), line.substring(space + 1));
  }

  /**
   * Writes the value on top of the stack, which is popped.
   *
   * @param protocol in which the script speaks: decides what a boolean means
   * @throws CommandError if it is more than may leave a script; some of it may be written then
   */
  void write(long stack, int protocol, ReplyWriter reply) {
    nesting = 0;
    failure = null;
    roomBytes = lua.maxBytes();
    writeValue(stack, protocol, reply);
  }

  /** What was written last if that is an error, else null. */
  @Nullable CommandError failure() {
    return failure;
  }

  private byte[] counted(byte[] bytes) {
    roomBytes -= bytes.length;
    return bytes;
  }

  private void writeValue(long stack, int protocol, ReplyWriter reply) {
    roomBytes -= ELEMENT_BYTES;
    if (roomBytes < 0) {
      throw ByteSink.TOO_LONG;
    }
    if (nesting == MAX_NESTING || !lua.reserve(stack, PLACES_PER_LEVEL)) {
      lua.pop(stack, 1);
      reply.error(TOO_DEEP);
      return;
    }
    switch (lua.type(stack, -1)) {
      case Lua.STRING -> reply.bulk(counted(lua.bytes(stack, -1)));
      case Lua.NUMBER -> reply.integer(truncated(lua.toNumber(stack, -1)));
      case Lua.BOOLEAN -> writeBoolean(lua.toBoolean(stack, -1), protocol, reply);
      case Lua.TABLE -> {
        nesting++;
        writeTable(stack, protocol, reply);
        nesting--;
      }
      default -> reply.nil();
    }
    lua.pop(stack, 1);
  }

  /** What C makes of a number that no integer can hold, on the processors that servers have. */
  static long truncated(double value) {
    return value >= -0x1p63 && value < 0x1p63 ? (long) value : Long.MIN_VALUE;
  }

  private static void writeBoolean(boolean value, int protocol, ReplyWriter reply) {
    if (protocol == 3) {
      reply.bool(value);
    } else if (value) {
      reply.integer(1);
    } else {
      reply.nil();
    }
  }

  private void writeTable(long stack, int protocol, ReplyWriter reply) {
    if (has(stack, ERR, Lua.STRING)) {
      String line = oneLine(lua.text(stack, -1));
      lua.pop(stack, 1);
      CommandError error = errorOf(line);
      reply.error(error);
      if (nesting == 1) {
        failure = isCounted(stack) ? error.asCounted() : error;
      }
    } else if (has(stack, OK, Lua.STRING)) {
      byte[] text = oneLine(lua.text(stack, -1)).getBytes(StandardCharsets.ISO_8859_1);
      lua.pop(stack, 1);
      reply.simple(text);
    } else if (has(stack, DOUBLE, Lua.NUMBER)) {
      double value = lua.toNumber(stack, -1);
      lua.pop(stack, 1);
      reply.real(value);
    } else if (has(stack, MAP, Lua.TABLE)) {
      writeMap(stack, protocol, reply);
      lua.pop(stack, 1);
    } else if (has(stack, SET, Lua.TABLE)) {
      writeSet(stack, protocol, reply);
      lua.pop(stack, 1);
    } else if (has(stack, BIG_NUMBER, Lua.STRING)) {
      String digits = oneLine(lua.text(stack, -1));
      lua.pop(stack, 1);
      reply.bigNumber(digits);
    } else if (!writeVerbatim(stack, reply)) {
      writeArray(stack, protocol, reply);
    }
  }

  /** Whether the statistics know the error on top of the stack. */
  boolean isCounted(long stack) {
    boolean counted = has(stack, LuaReplyWriter.IGNORE, Lua.BOOLEAN);
    if (counted) {
      lua.pop(stack, 1);
    }
    return counted;
  }

  /** As upstream, which makes a C string of it: ends at a zero. */
  static String oneLine(String text) {
    int zero = text.indexOf(0);
    return (zero < 0 ? text : text.substring(0, zero)).replace('\r', ' ').replace('\n', ' ');
  }

  /** Pushes the field if it has this type. */
  private boolean has(long stack, byte[] name, int type) {
    lua.rawField(stack, -1, name);
    if (lua.type(stack, -1) == type) {
      return true;
    }
    lua.pop(stack, 1);
    return false;
  }

  private boolean writeVerbatim(long stack, ReplyWriter reply) {
    if (!has(stack, VERBATIM, Lua.TABLE)) {
      return false;
    }
    boolean written = false;
    if (has(stack, FORMAT, Lua.STRING)) {
      String format = (lua.text(stack, -1) + "   ").substring(0, 3);
      lua.pop(stack, 1);
      if (has(stack, STRING, Lua.STRING)) {
        reply.verbatim(format, counted(lua.bytes(stack, -1)));
        lua.pop(stack, 1);
        written = true;
      }
    }
    lua.pop(stack, 1);
    return written;
  }

  private void writeMap(long stack, int protocol, ReplyWriter reply) {
    int mark = reply.beginArray();
    int pairs = 0;
    lua.pushNil(stack);
    while (lua.next(stack, -2)) {
      // The key is written from a copy: reading a number as text would change what next expects.
      lua.pushCopy(stack, -2);
      writeValue(stack, protocol, reply);
      writeValue(stack, protocol, reply);
      pairs++;
    }
    reply.endMap(mark, pairs);
  }

  private void writeSet(long stack, int protocol, ReplyWriter reply) {
    int mark = reply.beginArray();
    int elements = 0;
    lua.pushNil(stack);
    while (lua.next(stack, -2)) {
      lua.pop(stack, 1);
      lua.pushCopy(stack, -1);
      writeValue(stack, protocol, reply);
      elements++;
    }
    reply.endSet(mark, elements);
  }

  private void writeArray(long stack, int protocol, ReplyWriter reply) {
    int mark = reply.beginArray();
    int elements = 0;
    while (true) {
      lua.rawGet(stack, -1, elements + 1);
      if (lua.type(stack, -1) == Lua.NIL) {
        lua.pop(stack, 1);
        break;
      }
      writeValue(stack, protocol, reply);
      elements++;
    }
    reply.endArray(mark, elements);
  }
}
