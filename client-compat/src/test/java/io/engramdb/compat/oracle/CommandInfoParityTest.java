package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What COMMAND INFO says of every command that both servers have. Cluster clients route by it, and
 * redis-cli and proxies decide by its flags.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CommandInfoParityTest {
  private static final List<String> COLUMNS =
      List.of("name", "arity", "flags", "first key", "last key", "step", "categories", "tips");
  private static final int SUBCOMMANDS = 9;

  /** Command (or container|subcommand) and column, with the reason why it may differ. */
  private static final Map<String, String> ALLOWED =
      Map.of(
          "command|getkeys arity", "corrected in Redis 7.2: a command may have no arguments",
          "command|getkeysandflags arity", "corrected in Redis 7.2, as for getkeys",
          "config|resetstat tips", "clients ask all nodes since Redis 7.2",
          "config|rewrite tips", "clients ask all nodes since Redis 7.2",
          "latency|reset tips", "replies are added up since Redis 7.2",
          "randomkey tips", "of all replies one is chosen, since Redis 7.2",
          "scan tips", "said of replies, too, since Redis 7.2",
          "zrank arity", "an option since Redis 7.2",
          "zrevrank arity", "an option since Redis 7.2");

  @Test
  void commandsWeHaveAreDescribedAsRedisDescribesThem(Cluster cluster) throws IOException {
    Map<String, List<Reply>> theirs = new TreeMap<>();
    Map<String, List<Reply>> ours = new TreeMap<>();
    try (RedisServer redis = RedisServer.start();
        RespClient client = redis.connect()) {
      collect(client.call("COMMAND").items(), theirs);
    }
    try (RespClient client = cluster.connectPrimary()) {
      collect(client.call("COMMAND").items(), ours);
    }
    List<String> differences = new ArrayList<>();
    List<String> onlyOurs = new ArrayList<>();
    ours.forEach(
        (name, our) -> {
          List<Reply> their = theirs.get(name);
          if (their == null) {
            onlyOurs.add(name);
          } else {
            compare(name, their, our, differences);
          }
        });
    System.out.printf(
        "COMMAND INFO: %d of redis-server's %d rows compared; not in this redis-server: %s%n",
        ours.size() - onlyOurs.size(), theirs.size(), onlyOurs);
    if (!differences.isEmpty()) {
      throw new AssertionError(String.join("\n", differences));
    }
  }

  private static void collect(List<Reply> rows, Map<String, List<Reply>> into) {
    for (Reply row : rows) {
      List<Reply> columns = row.items();
      into.put(columns.getFirst().text(), columns);
      if (columns.size() > SUBCOMMANDS) {
        collect(columns.get(SUBCOMMANDS).items(), into);
      }
    }
  }

  private static void compare(
      String name, List<Reply> their, List<Reply> our, List<String> differences) {
    for (int i = 0; i < COLUMNS.size(); i++) {
      String theirText = canonical(their.get(i));
      String ourText = canonical(our.get(i));
      if (!theirText.equals(ourText) && !ALLOWED.containsKey(name + " " + COLUMNS.get(i))) {
        differences.add(
            "%s, %s: redis %s, engram %s".formatted(name, COLUMNS.get(i), theirText, ourText));
      }
    }
  }

  /** Flags and categories are sets. */
  private static String canonical(Reply reply) {
    return reply instanceof Reply.Many ? "" + new TreeSet<>(reply.texts()) : reply.text();
  }
}
