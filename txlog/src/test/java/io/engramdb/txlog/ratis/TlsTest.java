package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
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
      assertPlainIsRefused(cluster.members.getFirst().port());
    }
  }

  private static void assertPlainIsRefused(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      assertThrows(
          StatusRuntimeException.class,
          () ->
              RaftServerProtocolServiceGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(20, TimeUnit.SECONDS)
                  .requestVote(RequestVoteRequestProto.getDefaultInstance()));
    } finally {
      channel.shutdownNow();
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
