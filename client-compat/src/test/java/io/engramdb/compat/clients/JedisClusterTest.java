package io.engramdb.compat.clients;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.stream.Collectors;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/** Jedis as a cluster client: TLS, user and password, RESP3. */
class JedisClusterTest extends ClusterChecklist {
  @Override
  ChecklistClient open(Cluster target) {
    return new JedisChecklistClient(
        RedisClusterClient.builder()
            .nodes(
                target.dataPorts().stream()
                    .map(port -> new HostAndPort("127.0.0.1", port))
                    .collect(Collectors.toSet()))
            .clientConfig(
                DefaultJedisClientConfig.builder()
                    .resp3()
                    .user(SharedCluster.USER)
                    .password(SharedCluster.PASSWORD)
                    .sslOptions(trusting(target))
                    .timeoutMillis(2_000)
                    .build())
            // The defaults give up after about a second, which is about as long as a failover.
            .maxAttempts(20)
            .maxTotalRetriesDuration(Duration.ofSeconds(10))
            .build());
  }

  /** Jedis wants a trust store file, so the cluster's authority is put into one. */
  private static SslOptions trusting(Cluster target) {
    Path file = target.directory().resolveSibling("trust.p12");
    char[] password = "changeit".toCharArray();
    try (InputStream authority = Files.newInputStream(target.caFile())) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry(
          "engram", CertificateFactory.getInstance("X.509").generateCertificate(authority));
      try (OutputStream out = Files.newOutputStream(file)) {
        store.store(out, password);
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError("no trust store", e);
    }
    return SslOptions.builder()
        .trustStoreType("PKCS12")
        .truststore(file.toFile(), password)
        .sslVerifyMode(SslVerifyMode.FULL)
        .build();
  }
}
