package io.engramdb.compat.oracle;

import io.engramdb.compat.oracle.OracleRound.Difference;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands of the families of data to redis-server and to a cluster of three zones (cluster
 * mode off) in two connections, replies compared byte for byte, then the whole keyspace. {@link
 * OracleRun} does the same family by family, at any size.
 *
 * <p>{@code -Dengram.seed=N} for other commands, {@code -Dengram.test.oracleRounds=1000} for more.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class OracleDiffTest {
  private static final int COMMANDS_PER_ROUND = 300;
  private static final int DIFFERENCES_SHOWN = 25;
  private static final Set<Family> FAMILIES =
      EnumSet.complementOf(EnumSet.of(Family.SERVER, Family.SCRIPTS));
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest(name = "RESP{0}")
  @ValueSource(ints = {2, 3})
  void repliesAreTheSame(int protocol, Cluster cluster) throws IOException {
    long seed = Long.getLong("engram.seed", 20_250_101L);
    int rounds = Settings.size("oracleRounds", 40);
    System.out.printf("oracle: -Dengram.seed=%d, %d rounds%n", seed, rounds);
    Map<String, String> differences = new LinkedHashMap<>();
    int primary = cluster.awaitWritable();
    try (RedisServer redis = RedisServer.start()) {
      for (int i = 0; i < rounds && differences.size() < DIFFERENCES_SHOWN; i++) {
        OracleRound round =
            new OracleRound(
                redis::connect,
                () -> cluster.connect(primary, REPLY_LIMIT),
                protocol,
                i % 2 == 1,
                false);
        long roundSeed = (seed + protocol) * 1_000_003 + i;
        Difference difference =
            round.play(
                OracleRound.steps(
                    new CommandGenerator(roundSeed, FAMILIES, FAMILIES),
                    roundSeed,
                    COMMANDS_PER_ROUND));
        if (difference != null && !differences.containsKey(difference.kind())) {
          differences.put(difference.kind(), round.shortened(difference).toString());
        }
      }
    } finally {
      try (RespClient client = cluster.connect(primary)) {
        OracleRound.empty(client, false);
      }
    }
    if (!differences.isEmpty()) {
      throw new AssertionError("seed " + seed + "\n" + String.join("\n", differences.values()));
    }
  }
}
