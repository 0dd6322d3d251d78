package io.engramdb.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes a command's row as COMMAND INFO and COMMAND DOCS show it. Shard thread only. */
final class CommandDescription {

  private final CommandDocs docs;

  CommandDescription(CommandDocs docs) {
    this.docs = docs;
  }

  // --- COMMAND INFO

  /** Ten elements: name, arity, flags, first, last, step, categories, tips, keys, subcommands. */
  void writeRow(CommandSpec spec, ReplyWriter reply) {
    KeyRange range = KeyRange.of(spec.keys());
    reply.array(10);
    reply.bulk(spec.fullName());
    reply.integer(spec.arity());
    List<CommandFlag> flags = spec.flags().stream().filter(CommandFlag::isShown).toList();
    reply.set(flags.size());
    for (CommandFlag flag : flags) {
      reply.simple(flag.wireName());
    }
    reply.integer(range.first);
    reply.integer(range.last);
    reply.integer(range.step);
    reply.set(spec.categories().size());
    for (AclCategory category : spec.categories()) {
      reply.simple('@' + category.wireName());
    }
    writeTips(docs.find(spec.fullName()), reply);
    reply.set(spec.keys().size());
    spec.keys().forEach(keys -> writeKeySpec(keys, reply));
    reply.set(spec.subcommands().size());
    spec.subcommands().forEach(sub -> writeRow(sub, reply));
  }

  private static void writeTips(@Nullable JsonNode document, ReplyWriter reply) {
    List<JsonNode> tips = elements(document, "tips");
    reply.set(tips.size());
    tips.forEach(tip -> reply.bulk(tip.asText()));
  }

  private static void writeKeySpec(KeySpec keys, ReplyWriter reply) {
    reply.map(3);
    reply.bulk("flags");
    reply.set(keys.flags().size());
    for (KeyFlag flag : keys.flags()) {
      reply.simple(flag.wireName());
    }
    reply.bulk("begin_search");
    if (keys.keyword() == null) {
      beginStep(reply, "index", 1);
    } else {
      beginStep(reply, "keyword", 2);
      reply.bulk("keyword");
      reply.bulk(keys.keyword());
    }
    number(reply, keys.keyword() == null ? "index" : "startfrom", keys.begin());
    reply.bulk("find_keys");
    if (keys.keyCountPlace() >= 0) {
      beginStep(reply, "keynum", 3);
      number(reply, "keynumidx", keys.keyCountPlace());
      number(reply, "firstkey", keys.firstKeyPlace());
      number(reply, "keystep", keys.step());
    } else {
      beginStep(reply, "range", 3);
      number(reply, "lastkey", keys.last());
      number(reply, "keystep", keys.step());
      number(reply, "limit", keys.limit());
    }
  }

  private static void beginStep(ReplyWriter reply, String type, int fields) {
    reply.map(2);
    reply.bulk("type");
    reply.bulk(type);
    reply.bulk("spec");
    reply.map(fields);
  }

  private static void number(ReplyWriter reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  /**
   * The one range of keys that older clients understand. Several specifications are joined as long
   * as each is a plain range that begins right behind the one before; the rest is left out.
   */
  private record KeyRange(int first, int last, int step) {

    static KeyRange of(List<KeySpec> specs) {
      if (specs.size() == 1 && isRange(specs.getFirst())) {
        KeySpec only = specs.getFirst();
        return new KeyRange(only.begin(), absoluteLast(only), only.step());
      }
      int first = 0;
      int last = 0;
      for (KeySpec spec : specs) {
        boolean follows = last == 0 || spec.begin() == last + 1;
        if (isRange(spec) && spec.step() == 1 && follows) {
          first = first == 0 ? spec.begin() : first;
          last = absoluteLast(spec);
        }
      }
      return new KeyRange(first, last, first == 0 ? 0 : 1);
    }

    private static boolean isRange(KeySpec spec) {
      return spec.keyword() == null && spec.keyCountPlace() < 0;
    }

    private static int absoluteLast(KeySpec spec) {
      return spec.last() >= 0 ? spec.begin() + spec.last() : spec.last();
    }
  }

  // --- COMMAND DOCS

  /** A map of what is known of the command; its subcommands are part of it. */
  void writeDocument(CommandSpec spec, ReplyWriter reply) {
    JsonNode document = docs.find(spec.fullName());
    int mark = reply.beginArray();
    int pairs = 2;
    text(reply, "summary", field(document, "summary", ""));
    text(reply, "since", spec.since());
    pairs += optionalText(reply, "group", field(document, "group", spec.group().wireName()));
    pairs += optionalText(reply, "complexity", field(document, "complexity", ""));
    pairs += statuses(reply, "doc_flags", elements(document, "doc_flags"));
    pairs += optionalText(reply, "deprecated_since", field(document, "deprecated_since", ""));
    pairs += optionalText(reply, "replaced_by", field(document, "replaced_by", ""));
    pairs += history(reply, elements(document, "history"));
    pairs += arguments(reply, elements(document, "arguments"));
    if (!spec.subcommands().isEmpty()) {
      pairs++;
      reply.bulk("subcommands");
      reply.map(spec.subcommands().size());
      for (CommandSpec sub : spec.subcommands()) {
        reply.bulk(sub.fullName());
        writeDocument(sub, reply);
      }
    }
    reply.endMap(mark, pairs);
  }

  private static List<JsonNode> elements(@Nullable JsonNode node, String name) {
    List<JsonNode> elements = new ArrayList<>();
    if (node != null) {
      node.path(name).forEach(elements::add);
    }
    return elements;
  }

  private static String field(@Nullable JsonNode node, String name, String otherwise) {
    return node == null ? otherwise : node.path(name).asText(otherwise);
  }

  private static void text(ReplyWriter reply, String name, String value) {
    reply.bulk(name);
    reply.bulk(value);
  }

  private static int optionalText(ReplyWriter reply, String name, String value) {
    if (value.isEmpty()) {
      return 0;
    }
    text(reply, name, value);
    return 1;
  }

  private static int statuses(ReplyWriter reply, String name, List<JsonNode> values) {
    if (values.isEmpty()) {
      return 0;
    }
    reply.bulk(name);
    reply.set(values.size());
    values.forEach(value -> reply.simple(value.asText().toLowerCase(Locale.ROOT)));
    return 1;
  }

  private static int history(ReplyWriter reply, List<JsonNode> changes) {
    if (changes.isEmpty()) {
      return 0;
    }
    reply.bulk("history");
    reply.set(changes.size());
    for (JsonNode change : changes) {
      reply.array(2);
      reply.bulk(change.path(0).asText());
      reply.bulk(change.path(1).asText());
    }
    return 1;
  }

  private static int arguments(ReplyWriter reply, List<JsonNode> arguments) {
    if (arguments.isEmpty()) {
      return 0;
    }
    reply.bulk("arguments");
    reply.array(arguments.size());
    arguments.forEach(argument -> argument(reply, argument));
    return 1;
  }

  private static void argument(ReplyWriter reply, JsonNode argument) {
    String type = field(argument, "type", "string");
    int mark = reply.beginArray();
    int pairs = 2;
    text(reply, "name", field(argument, "name", ""));
    text(reply, "type", type);
    boolean grouped = type.equals("block") || type.equals("oneof");
    if (!grouped && !type.equals("pure-token")) {
      text(reply, "display_text", field(argument, "display_text", field(argument, "name", "")));
      pairs++;
    } else {
      pairs += optionalText(reply, "display_text", field(argument, "display_text", ""));
    }
    if (argument.has("key_spec_index")) {
      number(reply, "key_spec_index", argument.path("key_spec_index").asLong());
      pairs++;
    }
    // A token may be the empty string, which is why it is asked for by presence.
    if (argument.has("token")) {
      text(reply, "token", argument.path("token").asText());
      pairs++;
    }
    pairs += optionalText(reply, "summary", field(argument, "summary", ""));
    pairs += optionalText(reply, "since", field(argument, "since", ""));
    pairs += optionalText(reply, "deprecated_since", field(argument, "deprecated_since", ""));
    pairs += statuses(reply, "flags", elements(argument, "flags"));
    pairs += arguments(reply, elements(argument, "arguments"));
    reply.endMap(mark, pairs);
  }
}
