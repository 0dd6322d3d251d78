package io.engramdb.compat.clients;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;

/** Lettuce without cluster mode. */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
class LettuceTest extends Checklist {
  @Override
  ChecklistClient open(Cluster target) {
    RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", target.awaitWritable()));
    StatefulRedisConnection<String, String> connection = client.connect();
    return new LettuceChecklistClient(
        connection,
        connection.sync(),
        connection.async(),
        client.connect(ByteArrayCodec.INSTANCE).sync(),
        key -> connection.sync(),
        client::shutdown);
  }
}
