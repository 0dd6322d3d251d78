package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.security.AclFile;
import io.engramdb.node.security.AclRules;
import io.engramdb.node.security.AclSettings;
import io.engramdb.node.security.RuleException;
import io.engramdb.node.security.User;
import io.engramdb.node.security.UserRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The users that the configuration names: {@code user NAME rule …} lines or an {@code aclfile}, and
 * {@code requirepass}. What the log says of the same names stands above them.
 */
final class ConfiguredUsers {
  private ConfiguredUsers() {}

  /**
   * Gives the registry its users, and lets it follow the configuration from then on.
   *
   * @param registry knows the commands already
   * @throws ConfigException if a rule is not understood
   */
  static void read(Configuration configuration, UserRegistry registry) throws ConfigException {
    AclSettings settings = registry.settings();
    configuration.followText(
        "acl-pubsub-default", value -> settings.everyChannel = value.equals("allchannels"));
    configuration.followNumber(
        "acllog-max-len",
        count -> settings.maxLogEntries = (int) Math.min(Integer.MAX_VALUE, count));
    // As in Redis, which works in that directory.
    settings.file =
        configuration.text("aclfile").isEmpty()
            ? ""
            : Path.of(configuration.text("dir")).resolve(configuration.text("aclfile")).toString();
    List<String> lines = configuration.lines("user");
    if (!settings.file.isEmpty() && !lines.isEmpty()) {
      throw new ConfigException("users are named in the configuration and in an aclfile: use one");
    }
    registry.configure(
        settings.file.isEmpty()
            ? parse(lines, registry.rules())
            : load(Path.of(settings.file), registry.rules()));
    String password = configuration.text("requirepass");
    if (!password.isEmpty()) {
      registry.requirePassword(password);
    }
    configuration.listen(
        changed -> registry.requirePassword(changed.text("requirepass")), "requirepass");
  }

  private static List<User> load(Path file, AclRules rules) throws ConfigException {
    try {
      return AclFile.read(file, rules);
    } catch (AclFile.BadFileException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  private static List<User> parse(List<String> lines, AclRules rules) throws ConfigException {
    List<User> users = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String line : lines) {
      User user = parse(line, rules);
      if (!names.add(user.name())) {
        throw new ConfigException(
            "Duplicate user '" + user.name() + "' found: it is defined twice");
      }
      users.add(user);
    }
    return users;
  }

  /** A user from the words behind {@code user}. */
  static User parse(String line, AclRules rules) throws ConfigException {
    String[] words = UserRegistry.bytesAsText(line).split("[ \\t]+");
    try {
      List<String> merged = AclRules.merge(Arrays.asList(words).subList(1, words.length));
      return rules.apply(rules.fresh(words[0]), merged);
    } catch (RuleException e) {
      // The rule may be a mistyped password: it is not repeated.
      throw new ConfigException(
          "user " + words[0] + ": a rule is not understood: " + e.getMessage());
    }
  }
}
