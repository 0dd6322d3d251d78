package io.engramdb.node.net;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a TLS listener is made of; all files are PEM.
 *
 * @param certificate chain of the server, its own certificate first ({@code tls-cert-file})
 * @param key private key of that certificate ({@code tls-key-file})
 * @param keyPassword null if the key is not encrypted ({@code tls-key-file-pass})
 * @param authorities certificates that clients' certificates must lead to; null if clients need
 *     none ({@code tls-ca-cert-file})
 * @param clientCertificate whether clients must show one ({@code tls-auth-clients})
 * @param protocols for example {@code TLSv1.3}; empty for TLS 1.2 and 1.3 ({@code tls-protocols})
 * @param ciphers names of cipher suites; empty for the platform's choice ({@code tls-ciphersuites})
 */
public record TlsSettings(
    Path certificate,
    Path key,
    @Nullable String keyPassword,
    @Nullable Path authorities,
    ClientCertificate clientCertificate,
    List<String> protocols,
    List<String> ciphers) {

  /** Whether a client must, may or need not show a certificate. */
  public enum ClientCertificate {
    NO,
    OPTIONAL,
    REQUIRED;

    /** By the words of {@code tls-auth-clients}. */
    public static ClientCertificate of(String word) {
      return switch (word) {
        case "no" -> NO;
        case "optional" -> OPTIONAL;
        default -> REQUIRED;
      };
    }
  }

  static final List<String> DEFAULT_PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  public TlsSettings {
    protocols = protocols.isEmpty() ? DEFAULT_PROTOCOLS : List.copyOf(protocols);
    ciphers = List.copyOf(ciphers);
  }

  /** Certificate and key without client certificates. */
  public static TlsSettings of(Path certificate, Path key) {
    return new TlsSettings(
        certificate, key, null, null, ClientCertificate.NO, List.of(), List.of());
  }

  @Override
  public String toString() {
    return "certificate " + certificate + ", key " + key + ", authorities " + authorities;
  }
}
