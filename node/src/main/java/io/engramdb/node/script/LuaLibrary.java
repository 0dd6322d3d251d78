package io.engramdb.node.script;

import static io.engramdb.node.script.Lua.ascii;

/** A table of functions of ours that scripts see, and how such functions check their arguments. */
abstract class LuaLibrary {

  final Lua lua;

  LuaLibrary(Lua lua) {
    this.lua = lua;
  }

  /** Leaves the library's table on the main stack. */
  abstract void pushTable();

  final void put(String name, Lua.Function function) {
    lua.push(lua.main(), function);
    lua.setRawField(lua.main(), -2, ascii(name));
  }

  final void put(String name, String value) {
    lua.push(lua.main(), value);
    lua.setRawField(lua.main(), -2, ascii(name));
  }

  /** An error about an argument, worded as Lua does. */
  final int badArgument(long stack, int argument, String function, String problem) {
    return lua.raiseWithPlace(
        stack, "bad argument #" + argument + " to '" + function + "' (" + problem + ")");
  }

  final int wrongType(long stack, int argument, String function, String expected) {
    return badArgument(
        stack, argument, function, expected + " expected, got " + lua.typeName(stack, argument));
  }

  /** The call can't go on; carries what Lua is told. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failure(String message) {
      super(message, null, false, false);
    }
  }
}
