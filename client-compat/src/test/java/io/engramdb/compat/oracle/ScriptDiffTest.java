package io.engramdb.compat.oracle;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same random scripts to redis-server and to Engram, replies compared byte for byte, but for
 * the form of doubles.
 *
 * <p>{@code -Dengram.seed=N} for other scripts, {@code -Dengram.test.scriptRounds=1000} for more; a
 * round is a hundred scripts on an empty keyspace. It ends at its first difference, because the
 * keys may differ from there on.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ScriptDiffTest {

  private static final int SCRIPTS_PER_ROUND = 100;
  private static final int DIFFERENCES_SHOWN = 30;
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest(name = "RESP{0}")
  @ValueSource(ints = {2, 3})
  void scriptsAnswerTheSame(int protocol, Cluster cluster) throws IOException {
    long seed = Long.getLong("engram.seed", 20_250_101L);
    int rounds = Settings.size("scriptRounds", 4);
    System.out.printf("scripts: -Dengram.seed=%d, %d rounds%n", seed, rounds);
    Set<String> differences = new LinkedHashSet<>();
    try (RedisServer redis = RedisServer.start();
        RespClient theirs = redis.connect();
        RespClient ours = cluster.connect(cluster.awaitWritable(), REPLY_LIMIT)) {
      if (protocol == 3) {
        assertFalse(theirs.call("HELLO", "3").isError());
        assertFalse(ours.call("HELLO", "3").isError());
      }
      for (int i = 0; i < rounds && differences.size() < DIFFERENCES_SHOWN; i++) {
        round(theirs, ours, new LuaGenerator((seed * 31 + protocol) * 1_000_003 + i), differences);
      }
    }
    if (!differences.isEmpty()) {
      throw new AssertionError("seed " + seed + "\n" + String.join("\n", differences));
    }
  }

  private static void round(
      RespClient theirs, RespClient ours, LuaGenerator generator, Set<String> differences)
      throws IOException {
    theirs.call("FLUSHALL").orFail();
    ours.call("FLUSHALL").orFail();
    List<String> scripts = new ArrayList<>();
    for (int i = 0; i < SCRIPTS_PER_ROUND; i++) {
      String script = generator.next();
      scripts.add(script);
      for (RespClient client : List.of(theirs, ours)) {
        client.send("EVAL", script, "1", "k1", "argument");
        client.flush();
      }
      Reply their = reply(theirs, script);
      Reply our = reply(ours, script);
      if (!isSame(their, our)) {
        differences.add("%s%n  redis:  %s%n  engram: %s".formatted(script, their, our));
        return;
      }
    }
  }

  private static boolean isSame(Reply their, Reply our) {
    return their.equals(our)
        || AllowedDifferences.sameDoubles(their, our)
        // An empty message leaves a space behind its code upstream.
        || (their.isError() && our.isError() && their.text().strip().equals(our.text().strip()));
  }

  private static Reply reply(RespClient client, String script) {
    try {
      return client.receive();
    } catch (IOException e) {
      throw new AssertionError("no reply to " + script, e);
    }
  }
}
