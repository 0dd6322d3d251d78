package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every command and subcommand of redis-server with no words, with words that mean nothing, with
 * keys of each type, and with numbers: the same errors, and otherwise the same replies.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class EveryCommandParityTest {
  private static final int MOST_WORDS = 6;
  private static final List<String> NUMBERS = List.of("1", "2");

  private static final List<List<String>> PREPARATION =
      List.of(
          List.of("FLUSHALL"),
          List.of("SET", "string", "abc"),
          List.of("RPUSH", "list", "a", "b"),
          List.of("SADD", "set", "a", "b"),
          List.of("ZADD", "zset", "1", "a", "2", "b"),
          List.of("HSET", "hash", "a", "1", "b", "c"),
          List.of("XADD", "stream", "5-1", "f", "v"));

  private static final List<String> WORDS =
      List.of("nothing", "string", "list", "set", "zset", "hash", "stream");

  /** Commands, or command|subcommand, that would end the comparison or answer otherwise anyway. */
  private static final Map<String, Set<String>> LEFT_OUT =
      Map.of(
          "it ends, stops or changes the connection or the server",
          Set.of(
              "shutdown",
              "monitor",
              "sync",
              "psync",
              "replconf",
              "quit",
              "reset",
              "hello",
              "failover",
              "replicaof",
              "slaveof",
              "migrate",
              "client|reply",
              "client|kill",
              "client|pause",
              "client|tracking",
              "subscribe",
              "psubscribe",
              "ssubscribe",
              "unsubscribe",
              "punsubscribe",
              "sunsubscribe",
              "multi",
              "config|set",
              "acl|setuser",
              "swapdb",
              "select"),
          "what moves slots and nodes does not exist here",
          Set.of(
              "cluster|addslots",
              "cluster|addslotsrange",
              "cluster|bumpepoch",
              "cluster|delslots",
              "cluster|delslotsrange",
              "cluster|failover",
              "cluster|flushslots",
              "cluster|forget",
              "cluster|meet",
              "cluster|replicate",
              "cluster|reset",
              "cluster|saveconfig",
              "cluster|set-config-epoch",
              "cluster|setslot",
              "restore-asking"),
          "it has an option since 7.2, a cursor of its own, or chooses at random",
          Set.of("zrank", "zrevrank", "scan", "sscan", "hscan", "zscan", "spop"),
          "it waits, or takes seconds",
          Set.of(
              "blpop",
              "brpop",
              "blmove",
              "brpoplpush",
              "blmpop",
              "bzpopmin",
              "bzpopmax",
              "bzmpop",
              "wait",
              "pfselftest"),
          "files, modules and the means against a crash of upstream's C code",
          Set.of(
              "save",
              "bgsave",
              "bgrewriteaof",
              "lastsave",
              "config|rewrite",
              "acl|save",
              "acl|load",
              "module",
              "debug",
              "script|debug",
              "memory|malloc-stats",
              "memory|stats"),
          "each server tells of itself",
          Set.of(
              "info",
              "role",
              "time",
              "lolwut",
              "acl|log",
              "acl|genpass",
              "client|id",
              "client|info",
              "client|list",
              "command",
              "command|count",
              "command|docs",
              "command|info",
              "command|list",
              "config|get",
              "slowlog",
              "latency",
              "dump",
              "function|dump",
              "acl|cat",
              "acl|getuser",
              "memory|usage",
              "memory|doctor"));

  /** A call and the reason why its reply may differ. */
  private static final Map<String, String> ALLOWED =
      Map.of("client list", "each server tells of itself");

  @Test
  void wordsThatMeanNothingAreRefusedInTheSameWords(Cluster cluster) throws IOException {
    List<String> differences = new ArrayList<>();
    int calls = 0;
    try (RedisServer redis = RedisServer.start();
        RespClient theirs = redis.connect();
        RespClient ours = cluster.connect(cluster.awaitWritable())) {
      for (String name : theirs.call("COMMAND", "LIST").texts()) {
        if (isLeftOut(name)) {
          continue;
        }
        List<List<String>> all = callsOf(name);
        calls += all.size();
        List<Reply> expected = replies(theirs, all);
        List<Reply> told = replies(ours, all);
        for (int i = 0; i < all.size(); i++) {
          String call = String.join(" ", all.get(i));
          if (!AllowedDifferences.accepts(all.get(i), expected.get(i), told.get(i))
              && !ALLOWED.containsKey(call)) {
            differences.add(
                "%s%n  redis:  %s%n  engram: %s".formatted(call, expected.get(i), told.get(i)));
            break;
          }
        }
      }
    }
    System.out.printf("%d calls of every command compared%n", calls);
    if (!differences.isEmpty()) {
      throw new AssertionError(String.join("\n", differences));
    }
  }

  private static boolean isLeftOut(String name) {
    String container = name.split("\\|")[0];
    return name.endsWith("|help")
        || LEFT_OUT.values().stream()
            .anyMatch(names -> names.contains(name) || names.contains(container));
  }

  private static List<List<String>> callsOf(String name) {
    List<String> words = List.of(name.split("\\|"));
    List<List<String>> calls = new ArrayList<>();
    for (int count = 0; count <= MOST_WORDS; count++) {
      for (String word : WORDS) {
        calls.add(with(words, Collections.nCopies(count, word)));
        for (String number : NUMBERS) {
          if (count > 0) {
            List<String> mixed = new ArrayList<>(List.of(word));
            mixed.addAll(Collections.nCopies(count, number));
            calls.add(with(words, mixed));
          }
        }
      }
    }
    return calls;
  }

  private static List<String> with(List<String> name, List<String> words) {
    List<String> call = new ArrayList<>(name);
    call.addAll(words);
    return call;
  }

  private static List<Reply> replies(RespClient client, List<List<String>> calls)
      throws IOException {
    for (List<String> command : PREPARATION) {
      Reply reply = client.call(command.toArray(String[]::new));
      if (reply.isError()) {
        throw new AssertionError(command + " " + reply);
      }
    }
    for (List<String> call : calls) {
      client.send(call.toArray(String[]::new));
    }
    client.flush();
    List<Reply> replies = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      replies.add(client.receive());
    }
    return replies;
  }
}
