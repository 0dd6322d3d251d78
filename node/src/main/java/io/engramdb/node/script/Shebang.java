package io.engramdb.node.script;

import io.engramdb.node.command.CommandError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a script or library that says what follows: {@code #!lua flags=a,b} or {@code
 * #!lua name=library}.
 *
 * @param flags what a script declares; null without such a line
 * @param code what is compiled: the line is left out, its end is kept, so that lines keep their
 *     numbers
 */
record Shebang(@Nullable Set<ScriptFlag> flags, byte[] code) {

  private static final String MARK = "#!";
  private static final String ENGINE = "#!lua";

  /** Reads the first line of a script. */
  static Shebang ofScript(byte[] text) {
    String line = firstLine(text);
    if (line == null) {
      return new Shebang(ScriptFlag.UNDECLARED, text);
    }
    if (line.length() == text.length) {
      throw CommandError.err("Invalid script shebang");
    }
    String[] words = line.split(" +");
    if (!words[0].equals(ENGINE)) {
      throw CommandError.err("Unexpected engine in script shebang: " + words[0]);
    }
    Set<ScriptFlag> flags = EnumSet.noneOf(ScriptFlag.class);
    for (int i = 1; i < words.length; i++) {
      if (!words[i].startsWith("flags=")) {
        throw CommandError.err("Unknown lua shebang option: " + words[i]);
      }
      readFlags(words[i].substring("flags=".length()), flags);
    }
    return new Shebang(flags, Arrays.copyOfRange(text, line.length(), text.length));
  }

  private static void readFlags(String list, Set<ScriptFlag> flags) {
    for (String name : list.split(",")) {
      if (name.isEmpty()) {
        continue;
      }
      ScriptFlag flag = ScriptFlag.named(name);
      if (flag == null) {
        throw CommandError.err("Unexpected flag in script shebang: " + name);
      }
      flags.add(flag);
    }
  }

  /** The first line without its end if it is such a line, else null. */
  static @Nullable String firstLine(byte[] text) {
    if (text.length < MARK.length() || text[0] != '#' || text[1] != '!') {
      return null;
    }
    int end = 0;
    while (end < text.length && text[end] != '\n') {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.ISO_8859_1);
  }
}
