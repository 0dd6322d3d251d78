package io.engramdb.node.net;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority of its own that certifies 127.0.0.1. */
final class TestCertificates {

  /** A certificate with its key. */
  record Identity(X509Certificate certificate, PrivateKey key) {}

  final Identity authority;
  private long serial = 1;

  TestCertificates() throws Exception {
    KeyPair keys = keys();
    authority =
        new Identity(
            sign("CN=authority", keys, "CN=authority", keys.getPrivate()), keys.getPrivate());
  }

  Identity issue(String name) throws Exception {
    KeyPair keys = keys();
    return new Identity(
        sign("CN=" + name, keys, "CN=authority", authority.key()), keys.getPrivate());
  }

  private static KeyPair keys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private X509Certificate sign(String subject, KeyPair keys, String issuer, PrivateKey issuerKey)
      throws Exception {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name(issuer),
            BigInteger.valueOf(serial++),
            Date.from(now.minus(Duration.ofDays(1))),
            Date.from(now.plus(Duration.ofDays(30))),
            new X500Name(subject),
            keys.getPublic());
    builder.addExtension(
        Extension.basicConstraints, true, new BasicConstraints(subject.equals(issuer)));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey)));
  }

  static void write(Path file, X509Certificate certificate) throws Exception {
    write(file, "CERTIFICATE", certificate.getEncoded());
  }

  static void write(Path file, PrivateKey key) throws Exception {
    write(file, "PRIVATE KEY", key.getEncoded());
  }

  /** Writes PEM; a file that is replaced changes at once. */
  private static void write(Path file, String type, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(
        next, "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
