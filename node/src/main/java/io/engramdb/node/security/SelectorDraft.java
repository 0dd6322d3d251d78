package io.engramdb.node.security;

import io.engramdb.node.command.AclCategory;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A selector that rules are applied to, one by one, with the meaning and the errors that they have
 * in Redis 7.2 ({@code ACLSetSelector}). One thread.
 */
final class SelectorDraft {

  private final CommandTable table;
  private boolean everyKey;
  private boolean everyChannel;
  private boolean futureCommands;
  private final long[] commands;
  private final List<String> commandRules = new ArrayList<>();
  private final Map<Integer, List<String>> firstWords = new HashMap<>();
  private final List<KeyRule> keys = new ArrayList<>();
  private final List<String> channels = new ArrayList<>();

  /** A selector that allows nothing. */
  SelectorDraft(CommandTable table, boolean everyChannel) {
    this.table = table;
    this.everyChannel = everyChannel;
    this.commands = new long[(table.all().size() + 63) / 64];
  }

  /** A selector like that one. */
  SelectorDraft(CommandTable table, Selector present) {
    this(table, present.everyChannel());
    everyKey = present.everyKey();
    futureCommands = present.futureCommands();
    for (CommandSpec spec : table.all()) {
      setBit(spec, present.allows(spec.number()));
    }
    commandRules.addAll(present.commandRules());
    present.firstWords().forEach((number, words) -> firstWords.put(number, new ArrayList<>(words)));
    keys.addAll(present.keys());
    channels.addAll(present.channels());
  }

  Selector build() {
    boolean all = futureCommands;
    for (CommandSpec spec : table.all()) {
      all &= bit(spec);
    }
    Map<Integer, List<String>> words = new HashMap<>();
    firstWords.forEach((number, list) -> words.put(number, List.copyOf(list)));
    return new Selector(
        everyKey,
        everyChannel,
        all,
        futureCommands,
        all ? null : commands.clone(),
        List.copyOf(commandRules),
        Map.copyOf(words),
        List.copyOf(keys),
        List.copyOf(channels),
        channels.stream().map(KeyRule::glob).toList());
  }

  /** Applies one rule. */
  void apply(String rule) throws RuleException {
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "allkeys", "~*" -> resetKeys(true);
      case "resetkeys" -> resetKeys(false);
      case "allchannels", "&*" -> resetChannels(true);
      case "resetchannels" -> resetChannels(false);
      case "allcommands", "+@all" -> resetCommands(true);
      case "nocommands", "-@all" -> resetCommands(false);
      default -> applyOther(rule);
    }
  }

  private void applyOther(String rule) throws RuleException {
    switch (rule.isEmpty() ? ' ' : rule.charAt(0)) {
      case '~', '%' -> addKeys(rule);
      case '&' -> addChannels(rule);
      case '+', '-' -> {
        if (rule.startsWith("@", 1)) {
          setCategory(rule);
        } else if (rule.charAt(0) == '+' && rule.indexOf('|') >= 0) {
          addSubcommand(rule);
        } else {
          CommandSpec spec = command(rule, rule.substring(1));
          setPermission(spec, rule.charAt(0) == '+');
          noteRule(rule.charAt(0), spec.fullName());
        }
      }
      default -> throw AclRules.syntax(rule);
    }
  }

  // --- keys and channels

  private void resetKeys(boolean all) {
    everyKey = all;
    keys.clear();
  }

  private void resetChannels(boolean all) {
    everyChannel = all;
    channels.clear();
  }

  private void addKeys(String rule) throws RuleException {
    if (everyKey) {
      throw new RuleException(
          rule,
          "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not"
              + " have any effect. Try 'resetkeys' to start with an empty list of patterns");
    }
    int access = KeyRule.BOTH;
    int at = 1;
    if (rule.charAt(0) == '%') {
      access = 0;
      for (; at < rule.length() && rule.charAt(at) != '~'; at++) {
        int added =
            switch (rule.charAt(at)) {
              case 'r', 'R' -> KeyRule.READ;
              case 'w', 'W' -> KeyRule.WRITE;
              default -> 0;
            };
        if (added == 0 || (access & added) != 0) {
          throw AclRules.syntax(rule);
        }
        access |= added;
      }
      if (access == 0) {
        throw AclRules.syntax(rule);
      }
      at = Math.min(at + 1, rule.length());
    }
    String pattern = AclRules.withoutBlanks(rule, at);
    for (int i = 0; i < keys.size(); i++) {
      KeyRule present = keys.get(i);
      if (present.pattern().equals(pattern)) {
        keys.set(i, KeyRule.of(pattern, present.access() | access));
        return;
      }
    }
    keys.add(KeyRule.of(pattern, access));
  }

  private void addChannels(String rule) throws RuleException {
    if (everyChannel) {
      throw new RuleException(
          rule,
          "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does"
              + " not have any effect. Try 'resetchannels' to start with an empty list of"
              + " channels");
    }
    String pattern = AclRules.withoutBlanks(rule, 1);
    if (!channels.contains(pattern)) {
      channels.add(pattern);
    }
  }

  // --- commands

  private void resetCommands(boolean all) {
    futureCommands = all;
    Arrays.fill(commands, all ? -1 : 0);
    commandRules.clear();
    firstWords.clear();
  }

  private CommandSpec command(String rule, String name) throws RuleException {
    CommandSpec spec = table.find(name);
    if (spec == null) {
      throw unknown(rule);
    }
    return spec;
  }

  private static RuleException unknown(String rule) {
    return new RuleException(rule, "Unknown command or category name in ACL");
  }

  /** {@code +command|word}: a subcommand, or a command with that first word alone. */
  private void addSubcommand(String rule) throws RuleException {
    int bar = rule.lastIndexOf('|');
    CommandSpec outer = command(rule, rule.substring(1, bar));
    if (outer.container() != null) {
      throw new RuleException(rule, "Allowing first-arg of a subcommand is not supported");
    }
    String word = rule.substring(bar + 1);
    if (word.isEmpty()) {
      throw AclRules.syntax(rule);
    }
    if (!outer.subcommands().isEmpty()) {
      setPermission(command(rule, rule.substring(1)), true);
    } else {
      List<String> words = firstWords.computeIfAbsent(outer.number(), key -> new ArrayList<>());
      if (words.stream().noneMatch(word::equalsIgnoreCase)) {
        words.add(word.toUpperCase(Locale.ROOT));
      }
    }
    noteRule('+', rule.substring(1));
  }

  private void setCategory(String rule) throws RuleException {
    boolean allowed = rule.charAt(0) == '+';
    AclCategory wanted = null;
    for (AclCategory category : AclCategory.values()) {
      if (category.wireName().equalsIgnoreCase(rule.substring(2))) {
        wanted = category;
      }
    }
    if (wanted == null) {
      throw unknown(rule);
    }
    for (CommandSpec spec : table.all()) {
      if (spec.categories().contains(wanted)) {
        setPermission(spec, allowed);
      }
    }
    noteRule(rule.charAt(0), rule.substring(1));
  }

  private void setPermission(CommandSpec spec, boolean allowed) {
    setBit(spec, allowed);
    firstWords.remove(spec.number());
    for (CommandSpec sub : spec.subcommands()) {
      setBit(sub, allowed);
    }
  }

  private boolean bit(CommandSpec spec) {
    return (commands[spec.number() >> 6] & 1L << (spec.number() & 63)) != 0;
  }

  private void setBit(CommandSpec spec, boolean on) {
    long mask = 1L << (spec.number() & 63);
    if (on) {
      commands[spec.number() >> 6] |= mask;
    } else {
      commands[spec.number() >> 6] &= ~mask;
    }
  }

  /** Rules of the same command, or of its subcommands, mean nothing any more. */
  private void noteRule(char sign, String name) {
    String text = name.toLowerCase(Locale.ROOT);
    commandRules.removeIf(
        rule ->
            rule.startsWith(text, 1)
                && (rule.length() == text.length() + 1 || rule.charAt(text.length() + 1) == '|'));
    commandRules.add(sign + text);
  }
}
