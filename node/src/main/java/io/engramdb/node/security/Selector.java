package io.engramdb.node.security;

import io.engramdb.node.command.GlobPattern;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One set of rights of a user: commands, keys and channels that go together. A user may do what one
 * of its selectors allows. Immutable; {@link AclRules} makes it.
 *
 * <p>Commands are a bit each by their number in the table, so a look costs one load. Upstream:
 * Redis 7.2 {@code acl.c}, {@code aclSelector}.
 *
 * @param everyCommand the bits are not needed
 * @param futureCommands the rules begin with {@code +@all}: commands that are not known yet, too
 * @param commands a bit for each command number; null if every command is allowed
 * @param commandRules rules behind the first one, in the order in which they were given
 * @param firstWords for commands that are not allowed but with one of these first words
 */
record Selector(
    boolean everyKey,
    boolean everyChannel,
    boolean everyCommand,
    boolean futureCommands,
    long @Nullable [] commands,
    List<String> commandRules,
    Map<Integer, List<String>> firstWords,
    List<KeyRule> keys,
    List<String> channels,
    List<GlobPattern> channelGlobs) {

  /** Everything. */
  static final Selector ALL =
      new Selector(
          true, true, true, true, null, List.of(), Map.of(), List.of(), List.of(), List.of());

  /** Nothing. */
  static final Selector NONE =
      new Selector(
          false,
          false,
          false,
          false,
          new long[0],
          List.of(),
          Map.of(),
          List.of(),
          List.of(),
          List.of());

  boolean unlimited() {
    return everyKey && everyChannel && everyCommand;
  }

  /** Whether the command of that number is allowed whatever its words are. */
  boolean allows(int number) {
    long[] bits = commands;
    return bits == null
        || ((number >> 6) < bits.length && (bits[number >> 6] & 1L << (number & 63)) != 0);
  }

  /** Whether every key may be read. */
  boolean readsEveryKey() {
    return everyKey
        || keys.stream().anyMatch(rule -> rule.pattern().equals("*") && rule.allows(KeyRule.READ));
  }

  String commandText() {
    StringBuilder text = new StringBuilder(futureCommands ? "+@all" : "-@all");
    commandRules.forEach(rule -> text.append(' ').append(rule));
    return text.toString();
  }

  String keyText() {
    return everyKey ? "~*" : keys.stream().map(KeyRule::text).collect(Collectors.joining(" "));
  }

  String channelText() {
    return everyChannel
        ? "&*"
        : channels.stream().map(channel -> '&' + channel).collect(Collectors.joining(" "));
  }

  /** All rules, as ACL LIST shows them. */
  String text() {
    StringBuilder text = new StringBuilder();
    String keyText = keyText();
    if (!keyText.isEmpty()) {
      text.append(keyText).append(' ');
    }
    if (!everyChannel) {
      text.append("resetchannels ");
    }
    String channelText = channelText();
    if (!channelText.isEmpty()) {
      text.append(channelText).append(' ');
    }
    return text.append(commandText()).toString();
  }
}
