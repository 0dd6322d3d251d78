package io.engramdb.node.security;

import io.engramdb.node.command.ClientState;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All users. Readers see one whole set of them; a change exchanges the set. Any thread.
 *
 * <p>A login takes the same work whether the user exists, is enabled or has many passwords, as far
 * as a caller can observe: the password is hashed once, and compared at least once.
 */
public final class UserRegistry {

  /** Stands in where a user has no password to compare with. */
  private static final PasswordHash NOBODY = PasswordHash.of("");

  private volatile Map<String, User> users;

  /** The default user is added, open to everyone, if it is not among them. */
  public UserRegistry(Collection<User> users) {
    this.users = Map.of();
    replaceAll(users);
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

  /** Exchanges all users at once. */
  public synchronized void replaceAll(Collection<User> newUsers) {
    Map<String, User> next = new HashMap<>();
    next.put(User.DEFAULT_NAME, User.openDefault());
    for (User user : newUsers) {
      next.put(user.name(), user);
    }
    users = Map.copyOf(next);
  }

  /** Gives the default user this password, and no other; without one it is open to everyone. */
  public synchronized void requirePassword(String password) {
    Map<String, User> next = new HashMap<>(users);
    boolean enabled = defaultUser().enabled();
    next.put(
        User.DEFAULT_NAME,
        password.isEmpty()
            ? new User(User.DEFAULT_NAME, enabled, true, List.of())
            : new User(User.DEFAULT_NAME, enabled, false, List.of(PasswordHash.of(password))));
    users = Map.copyOf(next);
  }

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

  /** Makes a client what it is before it logs in. */
  public void greet(ClientState client) {
    client.authenticated = isOpen();
    client.user = User.DEFAULT_NAME;
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

  /** The name in a request, as this registry compares names. */
  public static String name(byte[] buffer, int offset, int length) {
    return new String(buffer, offset, length, StandardCharsets.ISO_8859_1);
  }
}
