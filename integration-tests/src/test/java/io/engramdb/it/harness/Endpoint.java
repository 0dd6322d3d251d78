package io.engramdb.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a node: address, TLS and user.
 *
 * @param tls null: plain TCP
 * @param user null: no AUTH
 */
public record Endpoint(
    String host,
    int port,
    @Nullable SSLContext tls,
    @Nullable String user,
    @Nullable String password) {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);

  public static Endpoint plain(int port) {
    return new Endpoint("127.0.0.1", port, null, null, null);
  }

  public Endpoint withPort(int otherPort) {
    return new Endpoint(host, otherPort, tls, user, password);
  }

  /** Opens the socket; with TLS the certificate and its host name are verified. */
  Socket open(Duration readLimit) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) readLimit.toMillis());
      socket.connect(new InetSocketAddress(host, port), (int) CONNECT_LIMIT.toMillis());
      if (tls == null) {
        return socket;
      }
      SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, host, port, true);
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return secure;
    } catch (IOException failed) {
      socket.close();
      throw failed;
    }
  }

  /** Trusts exactly this certificate authority. */
  public static SSLContext trusting(Path caFile) {
    try (InputStream in = Files.newInputStream(caFile)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError("cannot trust " + caFile, e);
    }
  }
}
