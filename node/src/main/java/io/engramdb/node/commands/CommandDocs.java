package io.engramdb.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.CommandGroup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The documentation texts of the commands: summary, complexity, history, arguments, tips. They
 * stand in resources, one file per family ({@code commands/string.json}), in the form
 *
 * <pre>
 * {"commands": {"get": {"summary": "…", "since": "1.0.0", "group": "string", "complexity": "O(1)",
 *   "history": [["6.2.0", "…"]], "doc_flags": ["deprecated"], "tips": ["…"],
 *   "arguments": [{"name": "key", "type": "key", "key_spec_index": 0}]}}}
 * </pre>
 *
 * with {@code config|get} for a subcommand. Read when they are first asked for, because nothing but
 * COMMAND needs them. Shard thread only.
 */
public final class CommandDocs {

  /** Files beside those that are named after a group. */
  private static final List<String> FAMILIES =
      List.of("acl", "administration", "config", "diagnostics", "introspection");

  private @Nullable Map<String, JsonNode> commands;

  /** The document of a command by its full name, or null if there is none. */
  @Nullable JsonNode find(String fullName) {
    Map<String, JsonNode> loaded = commands;
    if (loaded == null) {
      loaded = load();
      commands = loaded;
    }
    return loaded.get(fullName);
  }

  private static Map<String, JsonNode> load() {
    Map<String, JsonNode> all = new HashMap<>();
    ObjectMapper mapper = new ObjectMapper();
    for (CommandGroup group : CommandGroup.values()) {
      load(mapper, group.wireName(), all);
    }
    FAMILIES.forEach(family -> load(mapper, family, all));
    return all;
  }

  private static void load(ObjectMapper mapper, String file, Map<String, JsonNode> all) {
    String path = "/commands/" + file + ".json";
    try (InputStream stream = CommandDocs.class.getResourceAsStream(path)) {
      // A group whose commands do not exist yet has no file.
      if (stream != null) {
        for (var command : mapper.readTree(stream).path("commands").properties()) {
          Invariant.check(
              all.put(command.getKey(), command.getValue()) == null,
              path + " documents " + command.getKey() + " a second time");
        }
      }
    } catch (IOException damaged) {
      throw new UncheckedIOException("resource " + path, damaged);
    }
  }
}
