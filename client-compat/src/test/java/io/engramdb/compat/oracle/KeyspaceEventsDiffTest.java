package io.engramdb.compat.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same random commands to redis-server and to Engram: both must tell of the same events of
 * keys, in the same order. {@code -Dengram.seed=N} for other commands, {@code
 * -Dengram.test.eventRounds=1000} for more.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class KeyspaceEventsDiffTest {
  private static final int COMMANDS_PER_ROUND = 100;

  /** All classes but misses, and the events by key alone: the others say the same. */
  private static final String CLASSES = "KAn";

  /**
   * Commands that let the two servers part: by chance, or because a consumer that finds nothing
   * comes into being since 7.2 and did not in 7.0.
   */
  private static final Set<String> LEFT_OUT =
      Set.of("SPOP", "MULTI", "EXEC", "DISCARD", "SELECT", "XREADGROUP", "XCLAIM", "XAUTOCLAIM");

  private static final Set<Family> FAMILIES =
      EnumSet.complementOf(EnumSet.of(Family.SERVER, Family.SCRIPTS));

  /** One server, somebody who asks and somebody who listens. */
  private record Side(RespClient client, RespClient listener) implements AutoCloseable {
    Side {
      call(client, "FLUSHALL");
      call(client, "CONFIG", "SET", "notify-keyspace-events", CLASSES);
      call(listener, "HELLO", "3");
      call(listener, "PSUBSCRIBE", "__key*");
    }

    List<String> told() throws IOException {
      listener.send("PING");
      listener.flush();
      List<String> events = new ArrayList<>();
      for (Reply next = listener.receive(); next.type() == '>'; next = listener.receive()) {
        events.add(next.items().get(3).text() + " " + next.items().get(2).text());
      }
      return events;
    }

    @Override
    public void close() {
      client.close();
      listener.close();
    }
  }

  private static Reply call(RespClient client, String... words) {
    try {
      return client.call(words);
    } catch (IOException e) {
      throw new AssertionError(List.of(words) + " has no reply", e);
    }
  }

  @Test
  void bothTellOfTheSameEvents(Cluster cluster) throws IOException {
    long seed = Long.getLong("engram.seed", 20_250_707L);
    int rounds = Settings.size("eventRounds", 20);
    System.out.printf("events of keys: -Dengram.seed=%d, %d rounds%n", seed, rounds);
    int primary = cluster.awaitWritable();
    int events = 0;
    try (RedisServer redis = RedisServer.start()) {
      for (int round = 0; round < rounds; round++) {
        try (Side theirs = new Side(redis.connect(), redis.connect());
            Side ours = new Side(cluster.connect(primary), cluster.connect(primary))) {
          events +=
              round(
                  theirs,
                  ours,
                  new CommandGenerator(seed * 1_000_003 + round, FAMILIES, FAMILIES),
                  seed);
        }
      }
    } finally {
      try (RespClient client = cluster.connect(primary)) {
        client.call("CONFIG", "SET", "notify-keyspace-events", "").orFail();
      }
    }
    System.out.printf("events of keys: %d told alike%n", events);
  }

  private static int round(Side theirs, Side ours, CommandGenerator generator, long seed)
      throws IOException {
    int events = 0;
    List<List<String>> done = new ArrayList<>();
    for (int i = 0; i < COMMANDS_PER_ROUND; i++) {
      List<String> command = generator.next();
      if (LEFT_OUT.contains(command.getFirst().toUpperCase(Locale.ROOT))) {
        continue;
      }
      done.add(command);
      String[] words = command.toArray(String[]::new);
      Reply their = call(theirs.client, words);
      Reply our = call(ours.client, words);
      List<String> expected = withoutExpired(theirs.told());
      List<String> told = withoutExpired(ours.told());
      assertEquals(
          expected,
          told,
          () -> "seed " + seed + ": " + command + " " + their + " / " + our + " after " + done);
      events += expected.size();
    }
    return events;
  }

  /** Keys expire by each server's own clock. */
  private static List<String> withoutExpired(List<String> events) {
    return events.stream().filter(event -> !event.startsWith("expired ")).toList();
  }
}
