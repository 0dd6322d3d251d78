package io.engramdb.node.security;

import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandTable;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * All users: those of the configuration, and over them what the log says. A name that the log knows
 * is what the log says, a deletion too; {@code requirepass} then means nothing until somebody sets
 * it anew, which holds on this node until the log has something newer. Any thread reads; what the
 * log says arrives on the shard's thread.
 *
 * <p>A login takes the same work whether the user exists, is enabled or has many passwords, as far
 * as a caller can observe: the password is hashed once, and compared at least once.
 */
public final class UserRegistry {

  /** Stands in where a user has no password to compare with. */
  private static final PasswordHash NOBODY = PasswordHash.of("");

  /** Hears of users that have changed, on the thread that changes them. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Connections of this account have other rights from now on.
     *
     * @param after what the user is now; null if it was deleted: the account is nobody's any more
     */
    void changed(UserAccount account, User before, @Nullable User after);
  }

  private final AclSettings settings = new AclSettings();
  private final AclLog log = new AclLog(settings, System::currentTimeMillis);
  private final Map<String, User> configured = new TreeMap<>();
  private final Map<String, String> logged = new HashMap<>();
  private final ConcurrentSkipListMap<String, User> users = new ConcurrentSkipListMap<>();
  private final Map<String, UserAccount> accounts = new HashMap<>();
  private Listener listener = (account, before, after) -> {};
  private @Nullable AclRules rules;

  /** The default user is added, open to everyone, if it is not among them. */
  public UserRegistry(Collection<User> users) {
    configure(users);
  }

  /** As Redis is without configuration: only the default user, open to everyone. */
  public static UserRegistry open() {
    return new UserRegistry(List.of());
  }

  /**
   * What {@code requirepass} means: the default user with that password; empty for none.
   *
   * @param password of the default user
   */
  public static UserRegistry withDefaultPassword(String password) {
    UserRegistry registry = open();
    registry.requirePassword(password);
    return registry;
  }

  /** One user who may do everything, and a default user that nobody can be. */
  public static UserRegistry withOnly(String name, String password) {
    return name.equals(User.DEFAULT_NAME)
        ? withDefaultPassword(password)
        : new UserRegistry(List.of(User.disabledDefault(), User.withPassword(name, password)));
  }

  // --- what it is made of

  /** The commands that rules speak of; set once, before the first rule. */
  public void speakOf(CommandTable table) {
    rules = new AclRules(table, settings);
  }

  public AclRules rules() {
    AclRules present = rules;
    if (present == null) {
      throw new IllegalStateException("no commands yet");
    }
    return present;
  }

  public AclSettings settings() {
    return settings;
  }

  public AclLog log() {
    return log;
  }

  /** Who hears of changes; set once, before the first client. */
  public void listen(Listener newListener) {
    listener = newListener;
  }

  // --- changes

  /** The users of the configuration, instead of those that it had before. */
  public synchronized void configure(Collection<User> newUsers) {
    TreeSet<String> names = new TreeSet<>(configured.keySet());
    configured.clear();
    configured.put(User.DEFAULT_NAME, User.openDefault());
    newUsers.forEach(user -> configured.put(user.name(), user));
    names.addAll(configured.keySet());
    names.forEach(this::settle);
  }

  /** Whether the configuration names that user. */
  public synchronized boolean isConfigured(String name) {
    return configured.containsKey(name);
  }

  /** Gives the default user this password, and no other; without one it is open to everyone. */
  public synchronized void requirePassword(String password) {
    User base = configured.get(User.DEFAULT_NAME);
    configured.put(User.DEFAULT_NAME, base.withOnlyPassword(password));
    set(User.DEFAULT_NAME, defaultUser().withOnlyPassword(password));
  }

  /**
   * The log says something new of a user; shard thread only.
   *
   * @param text null if it says nothing; empty if there is no such user
   */
  public synchronized void logged(String name, @Nullable String text) {
    if (text == null) {
      logged.remove(name);
    } else {
      logged.put(name, text);
    }
    settle(name);
  }

  private void settle(String name) {
    String text = logged.get(name);
    if (text == null) {
      set(name, configured.get(name));
    } else {
      set(name, text.isEmpty() ? null : rules().parseLogged(name, text));
    }
  }

  private void set(String name, @Nullable User user) {
    User before = user == null ? users.remove(name) : users.put(name, user);
    UserAccount account = user == null ? accounts.remove(name) : accounts.get(name);
    if (account != null && before != null) {
      account.set(user == null ? User.gone(name) : user);
      listener.changed(account, before, user);
    }
  }

  // --- questions

  /** All users, by name. */
  public Collection<User> all() {
    return users.values();
  }

  public @Nullable User find(String name) {
    return users.get(name);
  }

  public User defaultUser() {
    return users.get(User.DEFAULT_NAME);
  }

  /** Whether clients need not log in. */
  public boolean isOpen() {
    User user = defaultUser();
    return user.enabled() && user.anyPassword();
  }

  // --- clients

  /** Makes a client what it is before it logs in. */
  public void greet(ClientState client) {
    become(client, defaultUser());
    client.authenticated = isOpen();
  }

  /** The client is that user from now on, and has logged in. */
  public synchronized void become(ClientState client, User user) {
    client.user = user.name();
    client.account =
        accounts.computeIfAbsent(user.name(), name -> new UserAccount(this, users.get(name)));
    client.authenticated = true;
  }

  /** The user of that name, if it is enabled and the password is one of its own; else null. */
  public @Nullable User authenticate(
      String name, byte[] buffer, int passwordOffset, int passwordLength) {
    PasswordHash given = PasswordHash.of(buffer, passwordOffset, passwordLength);
    User user = users.get(name);
    boolean right = false;
    if (user == null || user.passwords().isEmpty()) {
      given.matches(NOBODY);
    } else {
      for (PasswordHash password : user.passwords()) {
        right |= password.matches(given);
      }
    }
    return user != null && user.enabled() && (right || user.anyPassword()) ? user : null;
  }

  /** A text of the configuration in the form that names and rules have here. */
  public static String bytesAsText(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
