package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.SharedCluster;
import io.lettuce.core.RedisClient;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.JedisPubSub;

/** What is published on any node of a cluster is heard on every node, by every client. */
@SharedCluster.Wants(SharedCluster.Kind.OPEN)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PubSubClusterTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int LARGE_BYTES = 3_000_000;

  private Cluster cluster;

  @BeforeEach
  void useCluster(Cluster running) {
    cluster = running;
    cluster.awaitHealthy();
  }

  @Test
  void everyNodeHearsEveryNode() throws IOException {
    List<RespClient> listeners = new ArrayList<>();
    try {
      for (int port : cluster.dataPorts()) {
        RespClient listener = cluster.connect(port);
        listeners.add(listener);
        listener.call("SUBSCRIBE", "news");
        listener.call("SSUBSCRIBE", "orders");
        listener.call("PSUBSCRIBE", "n[e]ws");
      }
      for (String payload : List.of("hello", "x".repeat(LARGE_BYTES))) {
        for (int port : cluster.dataPorts()) {
          try (RespClient sender = cluster.connect(port)) {
            assertEquals(2, sender.call("PUBLISH", "news", payload).number());
            assertEquals(1, sender.call("SPUBLISH", "orders", payload).number());
          }
          for (RespClient listener : listeners) {
            assertEquals("message", listener.receive().items().getFirst().text());
            assertEquals("pmessage", listener.receive().items().getFirst().text());
            var sharded = listener.receive().items();
            assertEquals("smessage", sharded.getFirst().text());
            assertEquals(payload, sharded.get(2).text());
          }
        }
      }
    } finally {
      listeners.forEach(RespClient::close);
    }
  }

  @Test
  void lettuceHearsChannelsPatternsAndShardChannels() {
    RedisClusterClient client =
        RedisClusterClient.create("redis://127.0.0.1:" + cluster.firstPort());
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    try (StatefulRedisClusterPubSubConnection<String, String> connection = client.connectPubSub()) {
      connection.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
              heard.add(channel + "=" + message);
            }

            @Override
            public void message(String pattern, String channel, String message) {
              heard.add(pattern + ":" + channel + "=" + message);
            }

            @Override
            public void smessage(String shardChannel, String message) {
              heard.add("shard " + shardChannel + "=" + message);
            }
          });
      connection.sync().subscribe("l1");
      connection.sync().psubscribe("l2*");
      connection.sync().ssubscribe("l3");
      var sync = client.connect().sync();
      sync.publish("l1", "a");
      sync.publish("l2x", "b");
      sync.spublish("l3", "c");
      Await.until("all messages", LIMIT, () -> heard.size() >= 3);
      assertTrue(heard.containsAll(List.of("l1=a", "l2*:l2x=b", "shard l3=c")), heard.toString());
    } finally {
      client.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void lettuceKeepsItsCacheRight() {
    int primary = cluster.awaitWritable();
    RedisClient client = RedisClient.create("redis://127.0.0.1:" + primary);
    Map<String, String> cache = new ConcurrentHashMap<>();
    try (StatefulRedisConnection<String, String> reader = client.connect();
        StatefulRedisConnection<String, String> writer = client.connect()) {
      CacheFrontend<String, String> frontend =
          ClientSideCaching.enable(
              CacheAccessor.forMap(cache), reader, TrackingArgs.Builder.enabled());
      writer.sync().set("cached", "1");
      assertEquals("1", frontend.get("cached"));
      assertEquals("1", cache.get("cached"));
      writer.sync().set("cached", "2");
      Await.until("the invalidation", LIMIT, () -> !cache.containsKey("cached"));
      assertEquals("2", frontend.get("cached"));
      writer.sync().del("cached");
      Await.until("the next one", LIMIT, () -> !cache.containsKey("cached"));
    } finally {
      client.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void jedisHearsChannelsAndPatterns() throws InterruptedException {
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    JedisPubSub listener =
        new JedisPubSub() {
          @Override
          public void onMessage(String channel, String message) {
            heard.add(channel + "=" + message);
          }

          @Override
          public void onPMessage(String pattern, String channel, String message) {
            heard.add(pattern + ":" + channel + "=" + message);
          }
        };
    try (JedisCluster jedis = new JedisCluster(new HostAndPort("127.0.0.1", cluster.firstPort()))) {
      Thread listening = Thread.ofVirtual().start(() -> jedis.psubscribe(listener, "j*"));
      Await.until("the subscription", LIMIT, listener::isSubscribed);
      jedis.publish("j1", "a");
      Await.until("the message", LIMIT, () -> !heard.isEmpty());
      assertEquals("j*:j1=a", heard.peek());
      listener.punsubscribe();
      listening.join(LIMIT);
    }
  }
}
