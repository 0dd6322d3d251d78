package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateMakerTest {
  private static final Set<String> ADDRESSES =
      Set.of("127.0.0.1", "::1", "localhost", "db.example.org");

  @TempDir Path temp;

  private void make(String... names) throws CliException {
    new CertificateMaker(temp, Instant.now()).ensure(List.of(names), ADDRESSES);
  }

  private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private void verify(String name) throws GeneralSecurityException, IOException {
    X509Certificate authority = read(CertificateMaker.authorityFile(temp));
    X509Certificate certificate = read(CertificateMaker.certificateFile(temp, name));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)),
            parameters);
  }

  @Test
  void theChainHoldsAndTheAddressesAreNamed() throws Exception {
    make("node-a", "node-b");
    verify("node-a");
    verify("node-b");
    Set<String> named = new TreeSet<>();
    read(CertificateMaker.certificateFile(temp, "node-a"))
        .getSubjectAlternativeNames()
        .forEach(name -> named.add(name.get(1).toString()));
    assertEquals(
        new TreeSet<>(Set.of("127.0.0.1", "0:0:0:0:0:0:0:1", "localhost", "db.example.org")),
        named);
  }

  @Test
  void aCertificateServesBothSidesOfAConnection() throws Exception {
    make("node-a");
    assertEquals(
        List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"),
        read(CertificateMaker.certificateFile(temp, "node-a")).getExtendedKeyUsage());
  }

  @Test
  void theKeyBelongsToTheCertificateAndToTheOwnerAlone() throws Exception {
    make("node-a");
    Path file = CertificateMaker.keyFile(temp, "node-a");
    String body = Files.readString(file).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    byte[] message = {1, 2, 3};
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(key);
    signer.update(message);
    byte[] signature = signer.sign();
    signer.initVerify(read(CertificateMaker.certificateFile(temp, "node-a")));
    signer.update(message);
    assertTrue(signer.verify(signature));
    for (Path secret : List.of(file, CertificateMaker.keyFile(temp, "ca"))) {
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
    }
  }

  @Test
  void aMemberThatComesLaterIsSignedByTheSameAuthority() throws Exception {
    make("node-a");
    byte[] authority = Files.readAllBytes(CertificateMaker.authorityFile(temp));
    byte[] first = Files.readAllBytes(CertificateMaker.certificateFile(temp, "node-a"));
    make("node-a", "node-b");
    assertEquals(
        new String(authority, java.nio.charset.StandardCharsets.US_ASCII),
        Files.readString(CertificateMaker.authorityFile(temp)));
    assertEquals(
        new String(first, java.nio.charset.StandardCharsets.US_ASCII),
        Files.readString(CertificateMaker.certificateFile(temp, "node-a")));
    verify("node-b");
  }
}
