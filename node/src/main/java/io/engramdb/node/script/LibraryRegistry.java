package io.engramdb.node.script;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.engine.LibraryHead;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code redis.register_function}: collects what a library registers while it is loaded (upstream
 * {@code function_lua.c}). Shard thread only.
 */
final class LibraryRegistry {

  /**
   * One function of a library.
   *
   * @param callback the number under which the Lua function is kept
   */
  record Registered(Bytes name, @Nullable Bytes description, Set<ScriptFlag> flags, int callback) {}

  private static final String CALL = "redis.register_function";

  private final Lua lua;
  private List<Registered> collected = new ArrayList<>();
  private boolean open;

  // Named arguments that have been read.
  private @Nullable Bytes name;
  private @Nullable Bytes description;
  private Set<ScriptFlag> flags = Set.of();
  private boolean hasCallback;

  LibraryRegistry(Lua lua) {
    this.lua = lua;
  }

  /** Whether a library is being loaded; a function that kept the call gets no further with it. */
  void open(boolean loading) {
    open = loading;
  }

  /** What was registered since this was asked last. */
  List<Registered> take() {
    List<Registered> taken = collected;
    collected = new ArrayList<>();
    return taken;
  }

  /** The function that libraries call. */
  int register(long stack) {
    if (!open) {
      throw CommandError.err(CALL + " can only be called on FUNCTION LOAD command");
    }
    int count = lua.top(stack);
    if (count < 1 || count > 2) {
      throw CommandError.err("wrong number of arguments to " + CALL);
    }
    name = null;
    description = null;
    flags = Set.of();
    if (count == 2) {
      readPlaces(stack);
    } else if (lua.type(stack, 1) == Lua.TABLE) {
      readNames(stack);
    } else {
      throw CommandError.err(
          "calling "
              + CALL
              + " with a single argument is only applicable to Lua table (representing named"
              + " arguments).");
    }
    // The callback stands on top now.
    Bytes chosen = name;
    if (chosen == null || !LibraryHead.isName(chosen.toString())) {
      throw CommandError.err(
          "Library names can only contain letters, numbers, or underscores(_) and must be at least"
              + " one character long");
    }
    String folded = folded(chosen);
    if (collected.stream().anyMatch(each -> folded(each.name()).equals(folded))) {
      throw CommandError.err("Function already exists in the library");
    }
    collected.add(new Registered(chosen, description, flags, lua.keep(stack)));
    return 0;
  }

  /** Functions are found without regard to case. */
  static String folded(Bytes name) {
    return name.toString().toLowerCase(Locale.ROOT);
  }

  private void readPlaces(long stack) {
    if (!lua.isString(stack, 1)) {
      throw CommandError.err("first argument to " + CALL + " must be a string");
    }
    if (lua.type(stack, 2) != Lua.FUNCTION) {
      throw CommandError.err("second argument to " + CALL + " must be a function");
    }
    name = string(stack, 1);
  }

  /** A string or a number; read from a copy, which leaves a key as it is. */
  private Bytes string(long stack, int index) {
    lua.pushCopy(stack, index);
    Bytes bytes = Bytes.wrap(lua.bytes(stack, -1));
    lua.pop(stack, 1);
    return bytes;
  }

  private void readNames(long stack) {
    hasCallback = false;
    lua.pushNil(stack);
    while (lua.next(stack, 1)) {
      if (!lua.isString(stack, -2)) {
        throw CommandError.err("named argument key given to " + CALL + " is not a string");
      }
      readName(stack, string(stack, -2).toString().toLowerCase(Locale.ROOT));
      lua.pop(stack, 1);
    }
    if (name == null) {
      throw CommandError.err(CALL + " must get a function name argument");
    }
    if (!hasCallback) {
      throw CommandError.err(CALL + " must get a callback argument");
    }
    // Found again, because the table was read in its own order.
    lua.pushNil(stack);
    while (lua.next(stack, 1) && lua.type(stack, -1) != Lua.FUNCTION) {
      lua.pop(stack, 1);
    }
  }

  private void readName(long stack, String argument) {
    switch (argument) {
      case "function_name" -> name = stringArgument(stack, argument);
      case "description" -> description = stringArgument(stack, argument);
      case "callback" -> {
        if (lua.type(stack, -1) != Lua.FUNCTION) {
          throw CommandError.err("callback argument given to " + CALL + " must be a function");
        }
        hasCallback = true;
      }
      case "flags" -> {
        if (lua.type(stack, -1) != Lua.TABLE) {
          throw CommandError.err(
              "flags argument to " + CALL + " must be a table representing function flags");
        }
        flags = readFlags(stack);
      }
      default -> throw CommandError.err("unknown argument given to " + CALL);
    }
  }

  private Bytes stringArgument(long stack, String argument) {
    if (!lua.isString(stack, -1)) {
      throw CommandError.err(argument + " argument given to " + CALL + " must be a string");
    }
    return string(stack, -1);
  }

  /** The flags in the table on top. */
  private Set<ScriptFlag> readFlags(long stack) {
    Set<ScriptFlag> read = EnumSet.noneOf(ScriptFlag.class);
    for (int i = 1; ; i++) {
      lua.rawGet(stack, -1, i);
      int type = lua.type(stack, -1);
      ScriptFlag flag =
          type == Lua.STRING
              ? ScriptFlag.named(lua.text(stack, -1).toLowerCase(Locale.ROOT))
              : null;
      lua.pop(stack, 1);
      if (type == Lua.NIL) {
        return read;
      }
      if (flag == null) {
        throw CommandError.err("unknown flag given");
      }
      read.add(flag);
    }
  }
}
