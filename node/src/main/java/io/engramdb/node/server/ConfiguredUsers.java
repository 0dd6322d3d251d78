package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.security.PasswordHash;
import io.engramdb.node.security.User;
import io.engramdb.node.security.UserRegistry;
import java.util.ArrayList;
import java.util.List;

/**
 * The users that the configuration names: {@code user NAME rule …} lines and {@code requirepass}. A
 * user may do everything or nothing; rules that would limit somebody are refused, because they
 * would not be kept.
 */
final class ConfiguredUsers {
  private ConfiguredUsers() {}

  /**
   * Reads the users, and follows {@code requirepass} from then on.
   *
   * @throws ConfigException if a rule is not understood
   */
  static UserRegistry of(Configuration configuration) throws ConfigException {
    List<User> users = new ArrayList<>();
    for (String line : configuration.lines("user")) {
      users.add(parse(line));
    }
    UserRegistry registry = new UserRegistry(users);
    String password = configuration.text("requirepass");
    if (!password.isEmpty()) {
      registry.requirePassword(password);
    }
    configuration.listen(
        changed -> registry.requirePassword(changed.text("requirepass")), "requirepass");
    return registry;
  }

  /** A user from the words behind {@code user}, in the grammar of Redis' ACL rules. */
  static User parse(String line) throws ConfigException {
    String[] words = line.split(" ");
    boolean enabled = false;
    boolean anyPassword = false;
    List<PasswordHash> passwords = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      String word = words[i];
      switch (word) {
        case "on" -> enabled = true;
        case "off" -> enabled = false;
        case "nopass" -> anyPassword = true;
        case "resetpass" -> {
          anyPassword = false;
          passwords.clear();
        }
        case "reset" -> {
          enabled = false;
          anyPassword = false;
          passwords.clear();
        }
        case "~*", "&*", "+@all", "allkeys", "allchannels", "allcommands" -> {
          // What every user may do.
        }
        default -> passwords.add(password(words[0], word));
      }
    }
    return new User(words[0], enabled, anyPassword, passwords);
  }

  private static PasswordHash password(String user, String word) throws ConfigException {
    if (word.length() > 1 && word.charAt(0) == '>') {
      return PasswordHash.of(word.substring(1));
    }
    PasswordHash hash = word.startsWith("#") ? PasswordHash.parse(word.substring(1)) : null;
    if (hash == null) {
      // The word may be a mistyped password: it is not repeated.
      throw new ConfigException(
          "user "
              + user
              + ": a rule is not understood; there are on, off, nopass, >password, #hash, ~*, &*"
              + " and +@all");
    }
    return hash;
  }
}
