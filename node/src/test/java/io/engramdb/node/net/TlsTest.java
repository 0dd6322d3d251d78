package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.net.TestCertificates.Identity;
import io.engramdb.node.net.TlsSettings.ClientCertificate;
import io.engramdb.node.security.UserRegistry;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, unit = TimeUnit.SECONDS)
class TlsTest {

  @TempDir Path directory;
  private TestCertificates certificates;
  private Path certificate;
  private Path key;
  private Path authorities;

  @BeforeEach
  void makeFiles() throws Exception {
    certificates = new TestCertificates();
    certificate = directory.resolve("server.crt");
    key = directory.resolve("server.key");
    authorities = directory.resolve("ca.crt");
    TestCertificates.write(authorities, certificates.authority.certificate());
    install(certificates.issue("first"));
  }

  private void install(Identity identity) throws Exception {
    TestCertificates.write(certificate, identity.certificate());
    TestCertificates.write(key, identity.key());
  }

  private TlsSettings settings(ClientCertificate clients, String... protocols) {
    return new TlsSettings(
        certificate, key, null, authorities, clients, List.of(protocols), List.of());
  }

  private static LocalServer serve(TlsContexts tls) throws Exception {
    return new LocalServer(
        TransportChoice.best(), UserRegistry.open(), ConnectionLimits.DEFAULT, tls);
  }

  private SSLSocket connect(int port, Identity client, String... protocols) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", certificates.authority.certificate());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    if (client != null) {
      own.setKeyEntry(
          "me", client.key(), new char[0], new X509Certificate[] {client.certificate()});
    }
    keys.init(own, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(20_000);
    socket.startHandshake();
    return socket;
  }

  private String nameSeen(int port) throws Exception {
    try (SSLSocket socket = connect(port, null)) {
      RespSocket client = new RespSocket(socket);
      assertEquals("+PONG|", client.ask("ping"));
      X509Certificate seen = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return seen.getSubjectX500Principal().getName();
    }
  }

  @Test
  void bothVersionsServeAPipelineAndALargeValue() throws Exception {
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.NO));
        LocalServer local = serve(tls)) {
      for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
        try (SSLSocket socket = connect(local.port, null, protocol)) {
          RespSocket client = new RespSocket(socket);
          String value = "z".repeat(3_000_000);
          client.send(
              "ping\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3000000\r\n" + value + "\r\nget k\r\n");
          assertEquals("+PONG|", client.reply());
          assertEquals("+OK|", client.reply());
          assertEquals("$3000000|" + value + "|", client.reply());
          assertEquals(protocol, socket.getSession().getProtocol());
        }
      }
    }
  }

  @Test
  void clientCertificatesAreCheckedWhereTheyAreAskedFor() throws Exception {
    Identity good = certificates.issue("client");
    Identity foreign = new TestCertificates().issue("stranger");
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.REQUIRED));
        LocalServer local = serve(tls)) {
      try (SSLSocket socket = connect(local.port, good)) {
        assertEquals("+PONG|", new RespSocket(socket).ask("ping"));
      }
      assertThrows(IOException.class, () -> pingOver(local.port, null));
      assertThrows(IOException.class, () -> pingOver(local.port, foreign));
    }
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.OPTIONAL));
        LocalServer local = serve(tls)) {
      pingOver(local.port, null);
      pingOver(local.port, good);
    }
  }

  private void pingOver(int port, Identity identity) throws Exception {
    try (SSLSocket socket = connect(port, identity)) {
      assertEquals("+PONG|", new RespSocket(socket).ask("ping"));
    }
  }

  @Test
  void newFilesServeNewConnectionsAndBadOnesChangeNothing() throws Exception {
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.NO));
        LocalServer local = serve(tls);
        SSLSocket open = connect(local.port, null)) {
      RespSocket old = new RespSocket(open);
      assertEquals("+PONG|", old.ask("ping"));
      assertEquals("CN=first", nameSeen(local.port));

      install(certificates.issue("second"));
      tls.reloadIfChanged();
      assertEquals("CN=second", nameSeen(local.port));
      assertEquals("+PONG|", old.ask("ping"));

      // The certificate of one identity, the key of another.
      TestCertificates.write(certificate, certificates.issue("third").certificate());
      assertFalse(tls.reload());
      assertEquals("CN=second", nameSeen(local.port));
      Files.writeString(certificate, "not a certificate");
      assertFalse(tls.reload());
      Files.delete(certificate);
      assertFalse(tls.reload());
      assertEquals("CN=second", nameSeen(local.port));

      install(certificates.issue("fourth"));
      assertTrue(tls.reload());
      assertEquals("CN=fourth", nameSeen(local.port));
    }
  }

  @Test
  void changedFilesAreSeenByThemselves() throws Exception {
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.NO));
        LocalServer local = serve(tls)) {
      tls.watch(20);
      install(certificates.issue("second"));
      long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      while (!nameSeen(local.port).equals("CN=second")) {
        assertTrue(System.nanoTime() < deadlineNs, "the new certificate is not used");
      }
    }
  }

  @Test
  void wrongSettingsAreRefusedAndTheOldOnesStay() throws Exception {
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.NO));
        LocalServer local = serve(tls)) {
      assertThrows(IOException.class, () -> tls.configure(settings(ClientCertificate.NO, "TLSv9")));
      assertThrows(
          IOException.class,
          () -> tls.configure(TlsSettings.of(directory.resolve("none.crt"), key)));
      assertEquals("CN=first", nameSeen(local.port));
      tls.configure(settings(ClientCertificate.NO, "TLSv1.3"));
      assertThrows(IOException.class, () -> connect(local.port, null, "TLSv1.2"));
      assertEquals("CN=first", nameSeen(local.port));
    }
  }

  @Test
  void plainTextOnATlsPortHarmsNobody() throws Exception {
    try (TlsContexts tls = new TlsContexts(settings(ClientCertificate.NO));
        LocalServer local = serve(tls)) {
      try (RespSocket plain = new RespSocket(new Socket("127.0.0.1", local.port))) {
        plain.send("*1\r\n$4\r\nPING\r\n");
        assertFalse(plain.rest().contains("PONG"));
      } catch (IOException reset) {
        // A refused connection may also end like this.
      }
      assertEquals("CN=first", nameSeen(local.port));
    }
  }
}
