package io.engramdb.node.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a server, and as whom.
 *
 * @param authority certificate of the authority to trust; null: those that this Java trusts
 * @param user null: the default user
 * @param password null: nobody logs in
 */
record ServerAddress(
    String host,
    int port,
    boolean tls,
    @Nullable Path authority,
    @Nullable String user,
    @Nullable String password) {

  /** The port of a server whose address names none. */
  static final int DEFAULT_PORT = 6379;

  private static final int MAX_PORT = 65_535;
  private static final List<String> PLAIN_SCHEMES = List.of("redis", "valkey");
  private static final List<String> TLS_SCHEMES = List.of("rediss", "valkeys");

  /**
   * An address with a database behind it.
   *
   * @param database null if the address names none
   */
  record WithDatabase(ServerAddress address, @Nullable Integer database) {}

  /** A member of a cluster as its settings say. */
  static ServerAddress of(
      ClusterMember member, ClusterSettings settings, @Nullable Path authority) {
    return new ServerAddress(
        member.host(),
        member.port(),
        authority != null,
        authority,
        settings.user(),
        settings.password());
  }

  /**
   * {@code redis://[user:password@]host[:port][/database]}, {@code rediss://…} with TLS.
   *
   * @throws IllegalArgumentException says what is wrong; never shows a password
   */
  static WithDatabase parse(String text, @Nullable Path authority) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not an address: " + e.getReason());
    }
    String scheme = String.valueOf(uri.getScheme());
    boolean tls = TLS_SCHEMES.contains(scheme);
    if (!tls && !PLAIN_SCHEMES.contains(scheme)) {
      throw new IllegalArgumentException("an address begins with redis:// or rediss://");
    }
    if (uri.getHost() == null) {
      throw new IllegalArgumentException("the address names no host");
    }
    String user = null;
    String password = null;
    String login = uri.getRawUserInfo();
    if (login != null) {
      int colon = login.indexOf(':');
      String name = decoded(colon < 0 ? login : login.substring(0, colon));
      user = name.isEmpty() ? null : name;
      password = colon < 0 ? null : decoded(login.substring(colon + 1));
    }
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    return new WithDatabase(
        new ServerAddress(bare(uri.getHost()), port, tls, authority, user, password),
        database(uri.getPath()));
  }

  private static @Nullable Integer database(@Nullable String path) {
    if (path == null || path.isEmpty() || path.equals("/")) {
      return null;
    }
    if (!path.matches("/[0-9]{1,9}")) {
      throw new IllegalArgumentException("a database is a number, not " + path.substring(1));
    }
    return Integer.valueOf(path.substring(1));
  }

  /**
   * {@code host:port}, with what the others say about TLS and login.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  ServerAddress at(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    String digits = hostAndPort.substring(colon + 1);
    if (colon <= 0 || !digits.matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("an address is host:port, not " + hostAndPort);
    }
    return at(bare(hostAndPort.substring(0, colon)), Integer.parseInt(digits));
  }

  ServerAddress at(String otherHost, int otherPort) {
    if (otherPort < 1 || otherPort > MAX_PORT) {
      throw new IllegalArgumentException("there is no port " + otherPort);
    }
    return new ServerAddress(otherHost, otherPort, tls, authority, user, password);
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static String decoded(String text) {
    // A plus is a plus in this part of an address.
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Where, not as whom. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
