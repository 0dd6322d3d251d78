package io.engramdb.compat.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** MIGRATE brings values of every type from Engram to redis-server, and redis-server's back. */
@ExtendWith(SharedCluster.class)
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class MigrateBothWaysTest {

  /** How each key is made, and how it is read. */
  private static final Map<List<String>, List<String>> KEYS = new LinkedHashMap<>();

  static {
    KEYS.put(List.of("SET", "string", "v"), List.of("GET", "string"));
    KEYS.put(List.of("RPUSH", "list", "a", "b", "1"), List.of("LRANGE", "list", "0", "-1"));
    KEYS.put(List.of("SADD", "set", "3", "1", "2"), List.of("SMEMBERS", "set"));
    KEYS.put(List.of("HSET", "hash", "f", "v", "g", "2"), List.of("HGETALL", "hash"));
    KEYS.put(
        List.of("ZADD", "zset", "1.5", "a", "-inf", "b"),
        List.of("ZRANGE", "zset", "0", "-1", "WITHSCORES"));
    KEYS.put(List.of("XADD", "stream", "1-1", "f", "v"), List.of("XRANGE", "stream", "-", "+"));
  }

  private static Reply call(RespClient client, List<String> words) throws IOException {
    return client.call(words.toArray(String[]::new));
  }

  @Test
  void valuesOfEveryTypeGoThereAndBack(Cluster cluster) throws IOException {
    try (RedisServer redis = RedisServer.start();
        RespClient theirs = redis.connect();
        RespClient ours = cluster.connectPrimary()) {
      String ourPort = "" + cluster.awaitWritable();
      for (Map.Entry<List<String>, List<String>> each : KEYS.entrySet()) {
        String key = each.getKey().get(1);
        call(ours, each.getKey());
        ours.call("PEXPIREAT", key, "33177117420000");
        String value = call(ours, each.getValue()).toString();
        assertEquals(
            "OK",
            ours.call("MIGRATE", "127.0.0.1", "" + redis.port(), key, "0", "5000").text(),
            key);
        assertEquals("0", ours.call("EXISTS", key).text(), key);
        assertEquals(value, call(theirs, each.getValue()).toString(), key);
        assertEquals(
            "OK", theirs.call("MIGRATE", "127.0.0.1", ourPort, key, "0", "5000").text(), key);
        assertEquals("0", theirs.call("EXISTS", key).text(), key);
        assertEquals(value, call(ours, each.getValue()).toString(), key);
      }
    }
  }
}
