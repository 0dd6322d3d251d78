package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members that speak TLS understand each other and nobody else. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TlsTest {
  private static final String PASSWORD = "changeit";

  @TempDir Path root;

  @Test
  void membersReplicateOverMutualTlsAndRefusePlainConnections() throws Exception {
    TxLogConfig.Tls tls = certificate();
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab")) {
      for (String name : new String[] {"a", "b"}) {
        TxLogConfig plain = cluster.config(name, true);
        cluster.start(
            new TxLogConfig(
                plain.clusterId(),
                plain.shardId(),
                plain.self(),
                plain.members(),
                plain.directory(),
                true,
                plain.electionTimeoutMinMs(),
                plain.electionTimeoutMaxMs(),
                tls));
      }
      LogPosition position = cluster.propose(cluster.awaitLeader(), "over TLS");
      cluster.awaitCommittedEverywhere(position);
      assertEquals(1, cluster.heard.get("a").texts().size());
      assertPlainIsRefused(cluster);
    }
  }

  /** A plain hello, right in every word, is not even answered. */
  private static void assertPlainIsRefused(RatisLogCluster cluster) throws IOException {
    byte[] hello = RawPeer.hello(cluster.clusterId, cluster.shardId, "b", "a", 1);
    try (RawPeer plain = new RawPeer(cluster.members.getFirst().port())) {
      plain.send(hello);
      byte[] answer = plain.untilClosed();
      // TLS may say goodbye in its own words; ours are not among them.
      assertFalse(new String(answer, StandardCharsets.ISO_8859_1).contains("Engr"));
    }
  }

  /** One self-signed certificate that is its own authority, for all members. */
  private TxLogConfig.Tls certificate() throws Exception {
    Path store = root.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "member",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=member",
                "-ext",
                "san=ip:127.0.0.1",
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("keytool.txt").toFile())
            .start();
    assertEquals(0, keytool.waitFor(), () -> read(root.resolve("keytool.txt")));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    byte[] key = keys.getKey("member", PASSWORD.toCharArray()).getEncoded();
    Path certificate = pem("CERTIFICATE", keys.getCertificate("member").getEncoded());
    return new TxLogConfig.Tls(certificate, pem("PRIVATE KEY", key), certificate);
  }

  private Path pem(String what, byte[] content) throws IOException {
    Path file = root.resolve(what.replace(' ', '-') + ".pem");
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    return file;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
