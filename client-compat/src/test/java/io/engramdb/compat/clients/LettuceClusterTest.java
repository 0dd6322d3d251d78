package io.engramdb.compat.clients;

import static io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag.EVENTUAL_FAIL;
import static io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag.FAIL;
import static io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag.NOADDR;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lettuce as a cluster client: TLS, user and password, a topology refresh each second. */
class LettuceClusterTest extends ClusterChecklist {
  private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(10);

  @Override
  ChecklistClient open(Cluster target) {
    List<RedisURI> seeds =
        target.dataPorts().stream()
            .map(
                port ->
                    RedisURI.builder()
                        .withHost("127.0.0.1")
                        .withPort(port)
                        .withSsl(true)
                        .withAuthentication(SharedCluster.USER, SharedCluster.PASSWORD)
                        .withTimeout(Duration.ofSeconds(5))
                        .build())
            .toList();
    RedisClusterClient client = RedisClusterClient.create(seeds);
    client.setOptions(
        ClusterClientOptions.builder()
            .sslOptions(SslOptions.builder().trustManager(target.caFile().toFile()).build())
            .socketOptions(SocketOptions.builder().connectTimeout(Duration.ofSeconds(1)).build())
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .adaptiveRefreshTriggersTimeout(Duration.ofMillis(200))
                    .enablePeriodicRefresh(Duration.ofSeconds(1))
                    .build())
            // A node that failed is no target: what waits for its connection ends at once.
            .nodeFilter(node -> !node.is(FAIL) && !node.is(EVENTUAL_FAIL) && !node.is(NOADDR))
            .build());
    StatefulRedisClusterConnection<String, String> connection = client.connect();
    return new LettuceChecklistClient(
        connection,
        connection.sync(),
        connection.async(),
        client.connect(ByteArrayCodec.INSTANCE).sync(),
        key ->
            connection
                .getConnection(
                    connection
                        .getPartitions()
                        .getPartitionBySlot(SlotHash.getSlot(key))
                        .getNodeId())
                .sync(),
        () -> shutDown(client));
  }

  /**
   * Lettuce may wait for ever for a refresh of its picture of the cluster that its own shutdown cut
   * off; its threads are daemons.
   */
  private static void shutDown(RedisClusterClient client) {
    client
        .shutdownAsync()
        .completeOnTimeout(null, SHUTDOWN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }
}
