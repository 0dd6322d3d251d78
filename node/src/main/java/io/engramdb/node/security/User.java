package io.engramdb.node.security;

import java.util.List;

/**
 * Somebody who may use the server. Every enabled user may run every command on every key.
 * Immutable.
 *
 * @param name compared byte by byte (ISO 8859-1)
 * @param enabled whether new logins are accepted
 * @param anyPassword whether every password is right, an absent one too ({@code nopass})
 * @param passwords any of them is right
 */
public record User(
    String name, boolean enabled, boolean anyPassword, List<PasswordHash> passwords) {

  /** The user that a client is before it logs in as somebody else. */
  public static final String DEFAULT_NAME = "default";

  public User {
    passwords = List.copyOf(passwords);
  }

  /** An enabled user with one password. */
  public static User withPassword(String name, String password) {
    return new User(name, true, false, List.of(PasswordHash.of(password)));
  }

  /** The default user as it is without any configuration: open to everyone. */
  public static User openDefault() {
    return new User(DEFAULT_NAME, true, true, List.of());
  }

  /** A default user that nobody can be. */
  public static User disabledDefault() {
    return new User(DEFAULT_NAME, false, false, List.of());
  }
}
