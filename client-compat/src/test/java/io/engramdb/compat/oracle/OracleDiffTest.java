package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same random commands to redis-server and to Engram (cluster mode off), replies compared byte
 * for byte, then the whole keyspace.
 *
 * <p>{@code -Dengram.seed=N} for other commands, {@code -Dengram.test.oracleRounds=1000} for more.
 * A difference prints the commands since the last FLUSHALL that touch the same keys.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class OracleDiffTest {
  private static final int BATCHES_PER_ROUND = 12;
  private static final int BATCH = 25;
  private static final int DIFFERENCES_SHOWN = 25;
  private static final int HISTORY_SHOWN = 12;
  private static final int CONNECTIONS = 2;
  private static final int DATABASES = 2;
  private static final List<String> ENDS_MULTI = List.of("EXEC", "DISCARD");
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(30);

  private Cluster cluster;
  private RedisServer redis;

  @BeforeEach
  void start(Cluster running) {
    cluster = running;
    redis = RedisServer.start();
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  /** Two clients on each of the two servers. */
  private final class Pair implements AutoCloseable {
    final List<RespClient> theirs = new ArrayList<>();
    final List<RespClient> ours = new ArrayList<>();

    /** Per connection: what stands in its MULTI. */
    final List<List<List<String>>> queued = new ArrayList<>();

    Pair(int protocol) throws IOException {
      int primary = cluster.awaitWritable();
      for (int i = 0; i < CONNECTIONS; i++) {
        queued.add(new ArrayList<>());
        theirs.add(redis.connect());
        ours.add(cluster.connect(primary, REPLY_LIMIT));
        if (protocol == 3) {
          theirs.getLast().call("HELLO", "3");
          ours.getLast().call("HELLO", "3");
        }
      }
    }

    @Override
    public void close() {
      theirs.forEach(RespClient::close);
      ours.forEach(RespClient::close);
    }
  }

  @ParameterizedTest(name = "RESP{0}")
  @ValueSource(ints = {2, 3})
  void repliesAreTheSame(int protocol) throws IOException {
    long seed = Long.getLong("engram.seed", 20_250_101L) + protocol;
    int rounds = Settings.size("oracleRounds", 40);
    System.out.printf("oracle: -Dengram.seed=%d, %d rounds%n", seed - protocol, rounds);
    Map<String, String> differences = new LinkedHashMap<>();
    int commands = 0;
    for (int round = 0; round < rounds; round++) {
      commands += round(protocol, seed * 1_000_003 + round, differences);
      if (differences.size() >= DIFFERENCES_SHOWN) {
        break;
      }
    }
    System.out.printf("oracle: %d commands, %d differences%n", commands, differences.size());
    if (!differences.isEmpty()) {
      throw new AssertionError(
          "seed " + (seed - protocol) + "\n" + String.join("\n", differences.values()));
    }
  }

  /** One round on an empty keyspace; it ends at its first difference. */
  private int round(int protocol, long seed, Map<String, String> differences) throws IOException {
    CommandGenerator generator = new CommandGenerator(seed);
    Random random = new Random(seed);
    List<List<String>> done = new ArrayList<>();
    try (Pair pair = new Pair(protocol)) {
      pair.theirs.getFirst().call("FLUSHALL").orFail();
      pair.ours.getFirst().call("FLUSHALL").orFail();
      for (int batch = 0; batch < BATCHES_PER_ROUND; batch++) {
        int connection = random.nextInt(CONNECTIONS);
        List<List<String>> commands = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          commands.add(generator.next());
        }
        if (!sameReplies(pair, connection, commands, done, differences)) {
          return done.size();
        }
      }
      for (int connection = 0; connection < CONNECTIONS; connection++) {
        sameReplies(pair, connection, List.of(List.of("DISCARD")), done, differences);
      }
      compareKeyspaces(pair, done, differences);
    }
    return done.size();
  }

  private static boolean sameReplies(
      Pair pair,
      int connection,
      List<List<String>> commands,
      List<List<String>> done,
      Map<String, String> differences)
      throws IOException {
    List<Reply> theirs = pipeline(pair.theirs.get(connection), commands);
    List<Reply> ours = pipeline(pair.ours.get(connection), commands);
    List<List<String>> queued = pair.queued.get(connection);
    for (int i = 0; i < commands.size(); i++) {
      List<String> command = commands.get(i);
      List<String> shown = new ArrayList<>(command);
      shown.addFirst("conn" + connection);
      done.add(shown);
      if (!accepts(command, queued, theirs.get(i), ours.get(i))) {
        String name = upper(command.getFirst());
        String kind = name + brief(theirs.get(i)) + "/" + brief(ours.get(i));
        differences.putIfAbsent(kind, describe(command, theirs.get(i), ours.get(i), done));
        return false;
      }
    }
    return true;
  }

  /** An EXEC may differ where one of its commands may; remembers what is queued on the way. */
  private static boolean accepts(
      List<String> command, List<List<String>> queued, Reply theirs, Reply ours) {
    if (theirs.toString().equals("+QUEUED")) {
      queued.add(command);
      return theirs.equals(ours);
    }
    if (theirs.isError() && theirs.text().startsWith("EXECABORT ")) {
      queued.clear();
      return theirs.equals(ours);
    }
    if (command.size() > 1 || !ENDS_MULTI.contains(upper(command.getFirst()))) {
      return AllowedDifferences.accepts(command, theirs, ours);
    }
    List<List<String>> executed = List.copyOf(queued);
    queued.clear();
    if (!(theirs instanceof Reply.Many) || theirs.isNil()) {
      return theirs.equals(ours);
    }
    if (!(ours instanceof Reply.Many) || ours.isNil() || ours.items().size() != executed.size()) {
      return false;
    }
    for (int i = 0; i < executed.size(); i++) {
      Reply their = theirs.items().get(i);
      if (!AllowedDifferences.accepts(executed.get(i), their, ours.items().get(i))) {
        return false;
      }
    }
    return true;
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }

  private static List<Reply> pipeline(RespClient client, List<List<String>> commands)
      throws IOException {
    for (List<String> command : commands) {
      client.send(command.toArray(String[]::new));
    }
    client.flush();
    List<Reply> replies = new ArrayList<>();
    for (int i = 0; i < commands.size(); i++) {
      try {
        replies.add(client.receive());
      } catch (IOException broken) {
        throw new AssertionError("no reply to " + commands.get(i) + " in " + commands, broken);
      }
    }
    return replies;
  }

  private static void compareKeyspaces(
      Pair pair, List<List<String>> done, Map<String, String> differences) throws IOException {
    for (int db = 0; db < DATABASES; db++) {
      List<List<String>> commands = new ArrayList<>();
      commands.add(List.of("SELECT", "" + db));
      commands.add(List.of("DBSIZE"));
      commands.add(List.of("KEYS", "*"));
      for (int k = 0; k < CommandGenerator.ALL_KEYS; k++) {
        for (String name : List.of("TYPE", "GET", "HGETALL", "PEXPIRETIME")) {
          commands.add(List.of(name, "k" + k));
        }
        commands.add(List.of("LRANGE", "k" + k, "0", "-1"));
        commands.add(List.of("SMEMBERS", "k" + k));
        commands.add(List.of("ZRANGE", "k" + k, "0", "-1", "WITHSCORES"));
        commands.add(List.of("OBJECT", "ENCODING", "k" + k));
      }
      if (!sameReplies(pair, 0, commands, done, differences)) {
        return;
      }
    }
  }

  private static String brief(Reply reply) {
    return reply.isError() ? reply.text() : "" + reply.type();
  }

  private static String describe(
      List<String> command, Reply theirs, Reply ours, List<List<String>> done) {
    List<String> keys = command.stream().filter(word -> word.matches("k\\d+")).toList();
    List<String> history =
        done.stream()
            .filter(
                earlier ->
                    earlier.stream().anyMatch(keys::contains)
                        || List.of("MULTI", "EXEC", "DISCARD", "SELECT", "SWAPDB")
                            .contains(upper(earlier.get(1))))
            .map(List::toString)
            .toList();
    history = history.subList(Math.max(0, history.size() - HISTORY_SHOWN), history.size());
    return "%s%n  redis:  %s%n  engram: %s%n  before: %s"
        .formatted(printable(command), theirs, ours, printable(history));
  }

  private static String printable(List<String> words) {
    return String.join(" ", words).replaceAll("[^ -~]", "?").replaceAll("(.)\\1{20,}", "$1$1$1…");
  }
}
