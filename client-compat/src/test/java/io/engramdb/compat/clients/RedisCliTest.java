package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.compat.oracle.RedisServer;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import io.engramdb.it.harness.SharedCluster.Kind;
import io.engramdb.it.harness.SharedCluster.Wants;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** redis-cli prints the same whether it talks to redis-server or to Engram. */
@ExtendWith(SharedCluster.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RedisCliTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Standard input and arguments of redis-cli; both servers start empty. */
  private record Call(String input, String... arguments) {}

  private static final List<Call> CALLS =
      List.of(
          new Call("", "set", "k", "v"),
          new Call("", "get", "k"),
          new Call("", "get", "missing"),
          new Call("", "--raw", "get", "missing"),
          new Call("", "incr", "k"),
          new Call("", "-e", "incr", "k"),
          new Call("", "hset", "h", "name", "Ada", "born", "1815"),
          new Call("", "hget", "h", "name"),
          new Call("", "--csv", "hgetall", "h"),
          new Call("", "--json", "hgetall", "h"),
          new Call("", "-3", "hgetall", "h"),
          new Call("", "--quoted-input", "set", "\"a\\x00b\"", "\"\\xff\""),
          new Call("", "--no-raw", "mget", "k", "missing", "h"),
          new Call("from stdin", "-x", "set", "k"),
          new Call("", "get", "k"),
          new Call("", "-r", "3", "incr", "counter"),
          new Call("multi\nset a 1\nincr a\nget nothing\nexec\n"),
          new Call("multi\nincr\nexec\n"),
          new Call("set x 1\nnosuchcommand\nget x\n"),
          new Call("select 3\nset only 3\ndbsize\nselect 0\nexists only\n"),
          new Call("", "-n", "3", "get", "only"),
          new Call("", "object", "encoding", "counter"),
          new Call("", "expire", "k", "100", "xx"),
          new Call("", "type", "h"),
          new Call("", "command", "getkeys", "mset", "a", "1", "b", "2"),
          new Call(resp("SET", "piped:1", "v") + resp("INCR", "piped:2"), "--pipe"),
          new Call("", "mget", "piped:1", "piped:2"),
          new Call("", "--scan", "--pattern", "piped:1"),
          new Call("", "swapdb", "0", "3"),
          new Call("", "echo", "hello"),
          new Call("", "hello", "3"));

  /** Who redis-cli has to be on the cluster with TLS. */
  private static List<String> login(Cluster cluster) {
    return List.of(
        "--tls",
        "--cacert",
        cluster.caFile().toString(),
        "--user",
        SharedCluster.USER,
        "--pass",
        SharedCluster.PASSWORD,
        "--no-auth-warning");
  }

  @Test
  void commandsPrintTheSame(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    List<String> differences = new ArrayList<>();
    try (RedisServer redis = RedisServer.start()) {
      for (Call call : CALLS) {
        String theirs = cli(redis.port(), call);
        String ours = cli(primary, call);
        if (!canonical(theirs).equals(canonical(ours))) {
          differences.add(
              "redis-cli %s <<< %s%n  redis:  %s%n  engram: %s"
                  .formatted(String.join(" ", call.arguments), call.input, theirs, ours));
        }
      }
    }
    assertTrue(differences.isEmpty(), () -> String.join("\n", differences));
  }

  /**
   * HELLO names the server's version and the connection, and ours also the zone, which newer
   * servers say too and older clients ignore; --pipe makes a random mark.
   */
  private static String canonical(String output) {
    return output
        .replaceAll("(?s)(\"version\" => |\"id\" => \\(integer\\) ).*?(?=\\n)", "$1…")
        .replaceAll("\\n8# \"availability_zone\" => \"[abc]\"", "")
        .strip();
  }

  @Test
  void bigKeysWalksTheKeyspace(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    cli(primary, new Call("", "set", "big", "x".repeat(5000)));
    String report = cli(primary, new Call("", "--bigkeys"));
    assertTrue(report.contains("Biggest string found"), report);
    assertTrue(report.contains("5000 bytes"), report);
  }

  @Test
  void memoryOfKeysIsAskedAndSummedUp(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    cli(primary, new Call("", "set", "big", "x".repeat(5000)));
    cli(primary, new Call("", "rpush", "list", "a", "b"));
    String report = cli(primary, new Call("", "--memkeys"));
    assertTrue(report.contains("Biggest string found"), report);
    assertTrue(report.contains("'\"big\"' has 5"), report);
    assertTrue(report.matches("(?s).*1 lists with \\d+ bytes.*"), report);
  }

  @Test
  void latencyIsMeasured(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    String report = cli(primary, new Call("", "--raw", "--latency", "-i", "0.2"));
    // Shortest, longest, mean in milliseconds, and how many.
    assertTrue(report.matches("\\d+ \\d+ \\d+\\.\\d+ \\d+"), report);
  }

  @Test
  void figuresAreShownAgainAndAgain(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    cli(primary, new Call("", "set", "k", "v"));
    Process process =
        new ProcessBuilder("redis-cli", "-p", "" + primary, "--stat", "-i", "0.1")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
      List<String> lines = new ArrayList<>();
      for (String line = out.readLine(); line != null && lines.size() < 4; line = out.readLine()) {
        lines.add(line);
      }
      assertTrue(lines.get(1).startsWith("keys       mem      clients"), "" + lines);
      // Keys, memory, clients, blocked ones, requests and connections.
      assertTrue(
          lines.getLast().matches("\\d+ +[0-9.]+[BKMG] +\\d+ +0 +\\d+ \\(\\+\\d+\\) +\\d+ *"),
          "" + lines);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void infoHasTheSectionsThatToolsRead(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    cli(primary, new Call("", "set", "k", "v"));
    cli(primary, new Call("", "incr", "k"));
    String info = cli(primary, new Call("", "info", "all"));
    for (String expected :
        List.of(
            "# Server",
            "redis_version:7.",
            "redis_mode:standalone",
            "# Clients",
            "connected_clients:",
            "# Memory",
            "used_memory:",
            "# Persistence",
            "loading:0",
            "# Stats",
            "total_commands_processed:",
            "# Replication",
            "role:master",
            "connected_slaves:2",
            "# CPU",
            "# Commandstats",
            "cmdstat_",
            "# Errorstats",
            "# Cluster",
            "cluster_enabled:0",
            "# Keyspace",
            "db0:keys=")) {
      assertTrue(info.contains(expected), expected + " is missing in:\n" + info);
    }
  }

  @Test
  void followsRedirectsFromAReplica(@Wants(Kind.SECURED) Cluster cluster) throws Exception {
    int primary = cluster.awaitWritable();
    int replica = cluster.othersThan(primary).getFirst();
    String refused = onSecured(cluster, replica, "set", "k", "v");
    assertEquals("(error) MOVED 7629 127.0.0.1:" + primary, refused);
    assertEquals("OK", onSecured(cluster, replica, "-c", "set", "k", "v"));
    assertEquals("\"v\"", onSecured(cluster, replica, "-c", "get", "k"));
  }

  private static String onSecured(Cluster cluster, int port, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(login(cluster));
    all.addAll(List.of(arguments));
    return cli(port, new Call("", all.toArray(String[]::new)));
  }

  @Test
  void clusterCheckFindsNothingWrong(@Wants(Kind.SECURED) Cluster cluster) throws Exception {
    String address = "127.0.0.1:" + cluster.awaitWritable();
    for (String verb : List.of("check", "info")) {
      List<String> command = new ArrayList<>(List.of("redis-cli", "--cluster", verb, address));
      command.addAll(login(cluster));
      String report = run(command, "");
      assertTrue(report.matches("(?s).*\\[OK\\] \\d+ keys in 1 masters.*"), report);
      if (verb.equals("check")) {
        assertTrue(report.contains("[OK] All nodes agree about slots configuration."), report);
        assertTrue(report.contains("[OK] All 16384 slots covered."), report);
      }
    }
  }

  private static String cli(int port, Call call) throws Exception {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-p", "" + port));
    if (!List.of(call.arguments).contains("--raw")) {
      // Without a terminal redis-cli prints raw; we want to see types.
      command.add("--no-raw");
    }
    command.addAll(List.of(call.arguments));
    return run(command, call.input);
  }

  private static String run(List<String> command, String input) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException missing) {
      throw new AssertionError("missing on this machine: apt-get install redis-tools", missing);
    }
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.ISO_8859_1));
    }
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(String.join(" ", command) + " does not end");
    }
    return output.strip();
  }

  private static String resp(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }
}
