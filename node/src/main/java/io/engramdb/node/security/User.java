package io.engramdb.node.security;

import java.util.List;

/**
 * Somebody who may use the server, and what for. Immutable.
 *
 * @param name compared byte by byte (ISO 8859-1)
 * @param enabled whether new logins are accepted
 * @param anyPassword whether every password is right, an absent one too ({@code nopass})
 * @param payloads what was said about checking the payloads of RESTORE
 * @param passwords any of them is right
 * @param selectors what it may do: the first stands in the rules themselves, the others in brackets
 */
public record User(
    String name,
    boolean enabled,
    boolean anyPassword,
    Payloads payloads,
    List<PasswordHash> passwords,
    List<Selector> selectors) {

  /** Whether payloads that the user restores are checked thoroughly; this server always does. */
  enum Payloads {
    UNSAID,
    SKIP,
    SANITIZE
  }

  /** The user that a client is before it logs in as somebody else. */
  public static final String DEFAULT_NAME = "default";

  public User {
    passwords = List.copyOf(passwords);
    selectors = List.copyOf(selectors);
  }

  /** An enabled user with one password who may do everything. */
  public static User withPassword(String name, String password) {
    return of(name, true, false, List.of(PasswordHash.of(password)), Selector.ALL);
  }

  /** The default user as it is without any configuration: open to everyone. */
  public static User openDefault() {
    return of(DEFAULT_NAME, true, true, List.of(), Selector.ALL);
  }

  /** A default user that nobody can be. */
  public static User disabledDefault() {
    return of(DEFAULT_NAME, false, false, List.of(), Selector.ALL);
  }

  /** What is left of a user that was deleted: no rights. */
  static User gone(String name) {
    return of(name, false, false, List.of(), Selector.NONE);
  }

  private static User of(
      String name,
      boolean enabled,
      boolean anyPassword,
      List<PasswordHash> passwords,
      Selector root) {
    return new User(name, enabled, anyPassword, Payloads.UNSAID, passwords, List.of(root));
  }

  /** The same user with this password alone; without one, open to everyone. */
  User withOnlyPassword(String password) {
    return new User(
        name,
        enabled,
        password.isEmpty(),
        payloads,
        password.isEmpty() ? List.of() : List.of(PasswordHash.of(password)),
        selectors);
  }

  /** May run every command on every key and channel. */
  public boolean unlimited() {
    for (Selector selector : selectors) {
      if (selector.unlimited()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a client of this user may listen to or publish in a channel, or to a pattern. */
  public boolean mayUseChannel(byte[] channel, boolean isPattern) {
    for (Selector selector : selectors) {
      if (RightsJudge.mayUse(selector, channel, 0, channel.length, isPattern)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the rules name every channel that the other user's rules name. */
  public boolean usesChannelsOf(User other) {
    List<String> own = selectors.stream().flatMap(each -> each.channels().stream()).toList();
    for (Selector selector : selectors) {
      if (selector.everyChannel()) {
        return true;
      }
    }
    for (Selector selector : other.selectors) {
      if (selector.everyChannel() || !own.containsAll(selector.channels())) {
        return false;
      }
    }
    return true;
  }

  /** Flags as ACL GETUSER shows them. */
  public List<String> flags() {
    List<String> flags = new java.util.ArrayList<>();
    flags.add(enabled ? "on" : "off");
    if (anyPassword) {
      flags.add("nopass");
    }
    switch (payloads) {
      case SKIP -> flags.add("skip-sanitize-payload");
      case SANITIZE -> flags.add("sanitize-payload");
      case UNSAID -> {
        // Nothing to show.
      }
    }
    return flags;
  }

  /** Commands, keys and channels of each selector, as ACL GETUSER shows them. */
  public List<List<String>> selectorTexts() {
    return selectors.stream()
        .map(each -> List.of(each.commandText(), each.keyText(), each.channelText()))
        .toList();
  }

  /** All rules, as they stand behind the name in an ACL file; passwords as hashes. */
  public String rules() {
    StringBuilder text = new StringBuilder(String.join(" ", flags()));
    passwords.forEach(password -> text.append(" #").append(password.hex()));
    text.append(' ').append(selectors.get(0).text());
    for (Selector selector : selectors.subList(1, selectors.size())) {
      text.append(" (").append(selector.text()).append(')');
    }
    return text.toString();
  }
}
