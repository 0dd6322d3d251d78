package io.engramdb.compat.clients;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;

/** Jedis without cluster mode, RESP2. */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
class JedisTest extends Checklist {
  @Override
  ChecklistClient open(Cluster target) {
    return new JedisChecklistClient(
        RedisClient.builder()
            .hostAndPort(new HostAndPort("127.0.0.1", target.awaitWritable()))
            .clientConfig(DefaultJedisClientConfig.builder().resp2().build())
            .build());
  }
}
