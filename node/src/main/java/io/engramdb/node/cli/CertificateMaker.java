package io.engramdb.node.cli;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * Makes the certificates of a local TLS cluster: an authority of its own and one certificate per
 * member, good for clients and for members among themselves. Keys are EC P-256, files are PEM, keys
 * are readable by their owner alone.
 */
final class CertificateMaker {
  private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
  private static final Duration MEMBER_LIFE = Duration.ofDays(1825);
  // Clocks of clients may be behind.
  private static final Duration BACKDATED = Duration.ofHours(1);
  private static final int SERIAL_BITS = 127;
  private static final String SIGNATURE = "SHA256withECDSA";

  private final Path directory;
  private final SecureRandom random = new SecureRandom();
  private final Instant now;

  CertificateMaker(Path directory, Instant now) {
    this.directory = directory;
    this.now = now;
  }

  static Path authorityFile(Path directory) {
    return directory.resolve("ca.crt");
  }

  static Path certificateFile(Path directory, String name) {
    return directory.resolve(name + ".crt");
  }

  static Path keyFile(Path directory, String name) {
    return directory.resolve(name + ".key");
  }

  /**
   * Makes what is not there yet; files that exist stay as they are.
   *
   * @param names members to make certificates for
   * @param addresses host names and addresses that each certificate shall name
   */
  void ensure(List<String> names, Set<String> addresses) throws CliException {
    try {
      Files.createDirectories(directory);
      Authority authority = authority();
      for (String name : names) {
        Path file = certificateFile(directory, name);
        if (!Files.exists(file)) {
          KeyPair pair = newKeys();
          ClusterDirectory.writePrivate(keyFile(directory, name), pem(pair.getPrivate()));
          Files.writeString(file, pem(sign(authority, name, pair, addresses)));
        }
      }
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new CliException("can't make certificates in " + directory + ": " + e.getMessage(), e);
    }
  }

  private record Authority(X509Certificate certificate, PrivateKey key) {}

  private Authority authority()
      throws IOException, GeneralSecurityException, OperatorCreationException {
    Path file = authorityFile(directory);
    Path keyFile = keyFile(directory, "ca");
    if (Files.exists(file)) {
      return new Authority(readCertificate(file), readKey(keyFile));
    }
    KeyPair pair = newKeys();
    X500Name self = new X500Name("O=Engram,CN=Engram local authority " + shortSerial());
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            self, serial(), begin(), end(AUTHORITY_LIFE), self, pair.getPublic());
    JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
        .addExtension(
            Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
        .addExtension(
            Extension.subjectKeyIdentifier,
            false,
            identifiers.createSubjectKeyIdentifier(pair.getPublic()));
    X509Certificate certificate = finish(builder, pair.getPrivate());
    ClusterDirectory.writePrivate(keyFile, pem(pair.getPrivate()));
    Files.writeString(file, pem(certificate));
    return new Authority(certificate, pair.getPrivate());
  }

  private X509Certificate sign(
      Authority authority, String name, KeyPair pair, Set<String> addresses)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            authority.certificate(),
            serial(),
            begin(),
            end(MEMBER_LIFE),
            new javax.security.auth.x500.X500Principal("O=Engram,CN=" + name),
            pair.getPublic());
    JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
    List<GeneralName> names = new ArrayList<>();
    for (String address : addresses) {
      names.add(
          new GeneralName(
              isAddress(address) ? GeneralName.iPAddress : GeneralName.dNSName, address));
    }
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}))
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            identifiers.createAuthorityKeyIdentifier(authority.certificate()));
    return finish(builder, authority.key());
  }

  private static X509Certificate finish(X509v3CertificateBuilder builder, PrivateKey signer)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(signer)));
  }

  private KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private BigInteger serial() {
    return new BigInteger(SERIAL_BITS, random).setBit(0);
  }

  /** Tells the authorities of several clusters apart in a trust store. */
  private String shortSerial() {
    return String.format("%08x", random.nextInt());
  }

  private Date begin() {
    return Date.from(now.minus(BACKDATED));
  }

  private Date end(Duration life) {
    return Date.from(now.plus(life));
  }

  /** An IP address in digits, not a host name; nothing is looked up. */
  static boolean isAddress(String address) {
    return address.indexOf(':') >= 0 || address.matches("\\d{1,3}(\\.\\d{1,3}){3}");
  }

  private static String pem(X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    return pem("CERTIFICATE", certificate.getEncoded());
  }

  private static String pem(PrivateKey key) throws IOException {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  private static String pem(String type, byte[] content) throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    }
    return text.toString();
  }

  private static X509Certificate readCertificate(Path file)
      throws IOException, GeneralSecurityException {
    try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
      if (parser.readObject() instanceof X509CertificateHolder holder) {
        return new JcaX509CertificateConverter().getCertificate(holder);
      }
      throw new IOException(file + " holds no certificate");
    }
  }

  private static PrivateKey readKey(Path file) throws IOException {
    try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
      if (parser.readObject() instanceof PrivateKeyInfo key) {
        return new JcaPEMKeyConverter().getPrivateKey(key);
      }
      throw new IOException(file + " holds no private key");
    }
  }
}
