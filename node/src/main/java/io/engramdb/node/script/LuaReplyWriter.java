package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.Doubles;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Puts a command's reply on the Lua stack while the command writes it: no bytes of the protocol in
 * between. What becomes of each type is as upstream documents it; a script that speaks RESP3
 * ({@code redis.setresp(3)}) sees more types than one that speaks RESP2. Shard thread only.
 *
 * <p>Open containers stand on the Lua stack, each a table; beside them, here, how many elements are
 * missing (negative: nobody knows yet) and what kind of table it is.
 */
final class LuaReplyWriter implements ReplyWriter {

  private static final byte[] ERR = ascii("err");
  private static final byte[] OK_FIELD = ascii("ok");
  private static final byte[] OK = ascii("OK");
  private static final byte[] MAP = ascii("map");
  private static final byte[] SET = ascii("set");
  private static final byte[] DOUBLE = ascii("double");
  private static final byte[] BIG_NUMBER = ascii("big_number");
  private static final byte[] VERBATIM = ascii("verbatim_string");
  private static final byte[] FORMAT = ascii("format");
  private static final byte[] STRING = ascii("string");
  static final byte[] IGNORE = ascii("ignore_error_stats_update");

  /** Elements of a container that is closed by {@link #endArray}. */
  private static final int UNKNOWN = -1;

  private enum Kind {
    ARRAY,
    MAP,
    SET
  }

  private final Lua lua;
  private final byte[] digits = new byte[Math.max(Doubles.MAX_CHARS, Numbers.MAX_LONG_DIGITS)];

  private long stack;
  private int protocol = 2;
  private int floor;

  private int depth;
  private Kind[] kinds = new Kind[8];
  private int[] missing = new int[8];
  private int[] filled = new int[8];

  /** The reply is an error as a whole. */
  private boolean failed;

  private int bytesWritten;

  LuaReplyWriter(Lua lua) {
    this.lua = lua;
  }

  /** The reply of the next command goes onto this stack. */
  void begin(long newStack, int newProtocol) {
    stack = newStack;
    protocol = newProtocol;
    floor = lua.top(newStack);
    depth = 0;
    failed = false;
    bytesWritten = 0;
  }

  /** Whether the reply, which is complete, is an error. */
  boolean failed() {
    Invariant.check(depth == 0, "%d open containers in a reply", depth);
    return failed;
  }

  // --- containers

  private void open(Kind kind, int elements) {
    if (depth == kinds.length) {
      kinds = Arrays.copyOf(kinds, 2 * depth);
      missing = Arrays.copyOf(missing, 2 * depth);
      filled = Arrays.copyOf(filled, 2 * depth);
    }
    lua.reserve(stack, 8);
    kinds[depth] = kind;
    missing[depth] = elements;
    filled[depth] = 0;
    depth++;
    lua.newTable(stack, kind == Kind.ARRAY ? Math.max(0, elements) : 0, 0);
    closeIfFull();
  }

  private void closeIfFull() {
    while (depth > 0 && missing[depth - 1] == 0) {
      depth--;
      wrap(kinds[depth]);
      if (depth == 0) {
        return;
      }
      into();
    }
  }

  /** A map or set stands in a table that names its kind. */
  private void wrap(Kind kind) {
    if (kind != Kind.ARRAY) {
      lua.newTable(stack, 0, 1);
      lua.insert(stack, -2);
      lua.setRawField(stack, -2, kind == Kind.MAP ? MAP : SET);
    }
  }

  /** One element is complete on top of the stack. */
  private void written() {
    if (depth > 0) {
      into();
      closeIfFull();
    }
  }

  /** Moves the value on top into the innermost container. */
  private void into() {
    int at = depth - 1;
    filled[at]++;
    switch (kinds[at]) {
      case ARRAY -> lua.rawSet(stack, -2, filled[at]);
      case SET -> {
        lua.push(stack, true);
        lua.rawSet(stack, -3);
      }
      case MAP -> {
        // A key stays on the stack until its value is there. A null can't be a key; nor is it one.
        if (filled[at] % 2 == 0) {
          lua.rawSet(stack, -3);
        }
      }
    }
    if (missing[at] > 0) {
      missing[at]--;
    }
  }

  @Override
  public void array(int elements) {
    open(Kind.ARRAY, elements);
  }

  @Override
  public void map(int pairs) {
    open(protocol == 3 ? Kind.MAP : Kind.ARRAY, 2 * pairs);
  }

  @Override
  public void set(int elements) {
    open(protocol == 3 ? Kind.SET : Kind.ARRAY, elements);
  }

  @Override
  public void push(int elements) {
    open(Kind.ARRAY, elements);
  }

  @Override
  public int beginArray() {
    open(Kind.ARRAY, UNKNOWN);
    return depth;
  }

  @Override
  public void endArray(int mark, int elements) {
    end(mark, elements, Kind.ARRAY);
  }

  @Override
  public void endMap(int mark, int pairs) {
    end(mark, 2 * pairs, protocol == 3 ? Kind.MAP : Kind.ARRAY);
  }

  @Override
  public void endSet(int mark, int elements) {
    end(mark, elements, protocol == 3 ? Kind.SET : Kind.ARRAY);
  }

  private void end(int mark, int elements, Kind kind) {
    Invariant.check(mark == depth, "container %d ends, %d is open", mark, depth);
    Invariant.check(filled[depth - 1] == elements, "%d of %d", filled[depth - 1], elements);
    depth--;
    if (kind != Kind.ARRAY) {
      regroup(kind, elements);
    }
    wrap(kind);
    if (depth > 0) {
      into();
      closeIfFull();
    }
  }

  /** Only now it is known that the elements collected are those of a map or a set. */
  private void regroup(Kind kind, int elements) {
    lua.newTable(stack, 0, elements);
    int step = kind == Kind.MAP ? 2 : 1;
    for (int i = 1; i <= elements; i += step) {
      lua.rawGet(stack, -2, i);
      if (kind == Kind.MAP) {
        lua.rawGet(stack, -3, i + 1);
      } else {
        lua.push(stack, true);
      }
      lua.rawSet(stack, -3);
    }
    lua.remove(stack, -2);
  }

  // --- taking back

  @Override
  public int mark() {
    return depth > 0 ? bytesWritten : 0;
  }

  /** Handlers take back all that they have written, or nothing. */
  @Override
  public void rewind(int mark) {
    lua.top(stack, floor);
    depth = 0;
    failed = false;
    bytesWritten = 0;
  }

  // --- single values

  @Override
  public int protocol() {
    return protocol;
  }

  @Override
  public void ok() {
    simple(OK);
  }

  @Override
  public void simple(byte[] ascii) {
    lua.newTable(stack, 0, 1);
    lua.push(stack, ascii);
    lua.setRawField(stack, -2, OK_FIELD);
    written();
  }

  @Override
  public void simple(String ascii) {
    simple(ascii(ascii));
  }

  @Override
  public void error(CommandError error) {
    failed |= depth == 0;
    pushCountedError(lua, stack, error.line());
    written();
  }

  /** The table that stands for an error. */
  static void pushError(Lua lua, long stack, byte[] line) {
    lua.newTable(stack, 0, 2);
    lua.push(stack, line);
    lua.setRawField(stack, -2, ERR);
  }

  /** The same for an error that the statistics know already. */
  static void pushCountedError(Lua lua, long stack, byte[] line) {
    pushError(lua, stack, line);
    lua.push(stack, true);
    lua.setRawField(stack, -2, IGNORE);
  }

  @Override
  public void integer(long value) {
    lua.push(stack, (double) value);
    written();
  }

  @Override
  public void bulk(byte[] bytes, int offset, int length) {
    bytesWritten += length;
    lua.push(stack, bytes, offset, length);
    written();
  }

  @Override
  public void bulk(String text) {
    bulk(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void bulk(long value) {
    bulk(digits, 0, Numbers.write(value, digits, 0));
  }

  @Override
  public void nil() {
    if (protocol == 3) {
      lua.pushNil(stack);
    } else {
      lua.push(stack, false);
    }
    written();
  }

  @Override
  public void nilArray() {
    nil();
  }

  @Override
  public void real(double value) {
    if (protocol == 3) {
      lua.newTable(stack, 0, 1);
      lua.push(stack, value);
      lua.setRawField(stack, -2, DOUBLE);
      written();
    } else {
      bulk(digits, 0, Doubles.write(value, digits, 0));
    }
  }

  @Override
  public void decimal(byte[] ascii) {
    if (protocol == 3) {
      real(Double.parseDouble(new String(ascii, StandardCharsets.US_ASCII)));
    } else {
      bulk(ascii, 0, ascii.length);
    }
  }

  @Override
  public void bool(boolean value) {
    if (protocol == 3) {
      lua.push(stack, value);
      written();
    } else {
      integer(value ? 1 : 0);
    }
  }

  @Override
  public void bigNumber(String decimal) {
    if (protocol == 3) {
      lua.newTable(stack, 0, 1);
      lua.push(stack, decimal);
      lua.setRawField(stack, -2, BIG_NUMBER);
      written();
    } else {
      bulk(decimal);
    }
  }

  @Override
  public void verbatim(String format, byte[] text) {
    if (protocol == 3) {
      lua.newTable(stack, 0, 1);
      lua.newTable(stack, 0, 2);
      lua.push(stack, format);
      lua.setRawField(stack, -2, FORMAT);
      lua.push(stack, text);
      lua.setRawField(stack, -2, STRING);
      lua.setRawField(stack, -2, VERBATIM);
      written();
    } else {
      bulk(text);
    }
  }
}
