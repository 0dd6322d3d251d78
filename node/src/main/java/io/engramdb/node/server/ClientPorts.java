package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.net.ConnectionLimits;
import io.engramdb.node.net.RespServer;
import io.engramdb.node.net.TlsContexts;
import io.engramdb.node.net.TlsSettings;
import io.engramdb.node.resp.RespLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses at which clients connect, as the configuration says: binds them at the start and
 * follows changes of limits and certificates.
 */
final class ClientPorts implements AutoCloseable {
  /** How often the certificate files are looked at, milliseconds. */
  private static final long CERTIFICATE_WATCH_MS = 5000;

  /** What a request with one value of the largest size has beside it, bytes. */
  private static final int REQUEST_EXTRA_BYTES = 64 * 1024;

  private final Configuration configuration;
  private final RespServer server;
  private @Nullable TlsContexts tls;

  ClientPorts(Configuration configuration, RespServer server) {
    this.configuration = configuration;
    this.server = server;
    configuration.listen(
        changed -> server.limits(limits(changed)),
        "maxclients",
        "timeout",
        "tcp-keepalive",
        "proto-max-bulk-len",
        "client-query-buffer-limit");
  }

  static ConnectionLimits limits(Configuration configuration) {
    return new ConnectionLimits(
        configuration.number("maxclients"),
        configuration.number("timeout"),
        (int) configuration.number("tcp-keepalive"),
        LocalProcess.valueBytes() + REQUEST_EXTRA_BYTES,
        new RespLimits(
            configuration.number("proto-max-bulk-len"),
            configuration.number("client-query-buffer-limit")));
  }

  /**
   * Binds every address; the first that can't be bound ends it.
   *
   * @throws IOException if an address can't be bound or a certificate can't be read
   */
  void bind() throws IOException {
    int port = (int) configuration.number("port");
    int tlsPort = (int) configuration.number("tls-port");
    TlsContexts contexts = null;
    if (tlsPort != 0) {
      contexts = new TlsContexts(tlsSettings(configuration));
      tls = contexts;
      contexts.watch(CERTIFICATE_WATCH_MS);
      followCertificates(contexts);
    }
    for (String word : configuration.words("bind")) {
      boolean optional = word.startsWith("-");
      String host = host(optional ? word.substring(1) : word);
      try {
        bind(host, port, null);
        bind(host, tlsPort, contexts);
      } catch (IOException e) {
        if (!optional) {
          throw e;
        }
      }
    }
  }

  private void bind(String host, int port, @Nullable TlsContexts contexts) throws IOException {
    if (port != 0) {
      server.bind(host, port, (int) configuration.number("tcp-backlog"), contexts);
    }
  }

  private static String host(String word) {
    return switch (word) {
      case "*" -> "0.0.0.0";
      case "::*" -> "::";
      default -> word;
    };
  }

  private void followCertificates(TlsContexts contexts) {
    configuration.listen(
        changed -> {
          try {
            contexts.configure(tlsSettings(changed));
          } catch (IOException e) {
            throw new ConfigException("Unable to update TLS configuration: " + e.getMessage());
          }
        },
        "tls-cert-file",
        "tls-key-file",
        "tls-key-file-pass",
        "tls-ca-cert-file",
        "tls-auth-clients",
        "tls-protocols",
        "tls-ciphersuites");
  }

  private static TlsSettings tlsSettings(Configuration configuration) {
    String password = configuration.text("tls-key-file-pass");
    String authorities = configuration.text("tls-ca-cert-file");
    return new TlsSettings(
        Path.of(configuration.text("tls-cert-file")),
        Path.of(configuration.text("tls-key-file")),
        password.isEmpty() ? null : password,
        authorities.isEmpty() ? null : Path.of(authorities),
        TlsSettings.ClientCertificate.of(configuration.text("tls-auth-clients")),
        configuration.words("tls-protocols"),
        List.of(configuration.text("tls-ciphersuites").split("[:\\s]+")).stream()
            .filter(name -> !name.isEmpty())
            .toList());
  }

  /** Closes ports and connections. */
  @Override
  public void close() {
    server.close();
    TlsContexts contexts = tls;
    if (contexts != null) {
      contexts.close();
    }
  }
}
