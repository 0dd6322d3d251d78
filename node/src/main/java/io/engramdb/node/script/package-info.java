/**
 * Lua scripts: the interpreter, the functions that scripts see, and what becomes of values on their
 * way between Lua and commands. Knows no connection and no log: commands are called through {@link
 * io.engramdb.node.command.ScriptPort}.
 *
 * <p>The interpreter is Lua 5.1 itself, as upstream's, in the native library that luajava brings.
 * Bytes pass through its C interface by the JDK's foreign functions, because luajava 4.0 has only
 * strings of characters for them. Two laws follow from C. Nothing that Java calls may raise a Lua
 * error, which would jump over Java's frames: only raw accesses, and errors are raised by
 * returning. And a string that Lua hands out is copied before anything else is called.
 *
 * <p>Start reading at {@link io.engramdb.node.script.LuaRuntime}.
 */
@NullMarked
package io.engramdb.node.script;

import org.jspecify.annotations.NullMarked;
