package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The grammar reaches every command of redis-server and every option that its COMMAND DOCS names,
 * or says why not.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class GrammarCoverageTest {
  private static final int COMMANDS = 150_000;
  private static final long SEED = 20_250_101L;

  /** Commands, or command|subcommand, that are never compared at random, and where they are. */
  private static final Map<String, Set<String>> NEVER_SENT =
      Map.of(
          "it ends, stops or changes connection or server",
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
              "restore-asking"),
          "messages come between replies: PubSubClusterTest and the suite of Redis",
          Set.of(
              "subscribe",
              "psubscribe",
              "ssubscribe",
              "unsubscribe",
              "punsubscribe",
              "sunsubscribe"),
          "files, modules and the means against a crash of upstream's C code",
          Set.of(
              "save",
              "bgsave",
              "bgrewriteaof",
              "lastsave",
              "config|rewrite",
              "config|set",
              "config|resetstat",
              "acl|save",
              "acl|load",
              "module",
              "debug",
              "script|debug",
              "memory|malloc-stats",
              "memory|stats",
              "memory|doctor",
              "memory|purge",
              "memory|usage",
              "pfselftest"),
          "each server tells of itself: RedisCliTest, the suite of Redis",
          Set.of(
              "info",
              "role",
              "time",
              "lolwut",
              "acl|log",
              "client|id",
              "client|info",
              "client|list",
              "command",
              "command|count",
              "command|docs",
              "command|info",
              "command|list",
              "slowlog",
              "latency",
              "wait"),
          "users are the matter of tests of their own",
          Set.of("acl|setuser", "acl|deluser", "acl|list"),
          "only in cluster mode: redis-cli, cluster clients",
          Set.of("cluster"));

  /** Commands that are only sent wrong. */
  private static final Map<String, String> WITHOUT_OPTIONS =
      Map.of(
          "client|pause", "it would stop the comparison",
          "client|tracking", "messages come between replies",
          "client|kill", "it ends the comparison");

  @Test
  void everyCommandAndOptionIsSentOrExplained() throws IOException {
    Map<String, Set<String>> sent = sent();
    List<String> missing = new ArrayList<>();
    try (RedisServer redis = RedisServer.start();
        RespClient client = redis.connect()) {
      for (String name : client.call("COMMAND", "LIST").texts()) {
        if (isExplained(name)) {
          continue;
        }
        Set<String> words = sent.get(name);
        if (words == null) {
          missing.add(name);
          continue;
        }
        if (WITHOUT_OPTIONS.containsKey(name)) {
          continue;
        }
        for (String token : tokens(client, name)) {
          if (!words.contains(token)) {
            missing.add(name + " " + token);
          }
        }
      }
    }
    if (!missing.isEmpty()) {
      throw new AssertionError("never sent: " + missing);
    }
  }

  private static boolean isExplained(String name) {
    String container = name.split("\\|")[0];
    return name.endsWith("|help")
        || NEVER_SENT.values().stream()
            .anyMatch(names -> names.contains(name) || names.contains(container));
  }

  /** Per command, and per command|subcommand, the words that came with it, in capitals. */
  private static Map<String, Set<String>> sent() {
    Map<String, Set<String>> sent = new TreeMap<>();
    for (Family family : Family.values()) {
      CommandGenerator generator =
          new CommandGenerator(SEED, EnumSet.of(family), EnumSet.of(family));
      for (int i = 0; i < COMMANDS / Family.values().length; i++) {
        List<String> command = generator.next();
        Set<String> words = new HashSet<>();
        command.forEach(word -> words.add(word.toUpperCase(Locale.ROOT)));
        String name = command.getFirst().toLowerCase(Locale.ROOT);
        sent.computeIfAbsent(name, n -> new HashSet<>()).addAll(words);
        if (command.size() > 1) {
          sent.computeIfAbsent(
                  name + "|" + command.get(1).toLowerCase(Locale.ROOT), n -> new HashSet<>())
              .addAll(words);
        }
      }
    }
    return sent;
  }

  private static Set<String> tokens(RespClient client, String name) throws IOException {
    Set<String> tokens = new TreeSet<>();
    Reply docs = client.call("COMMAND", "DOCS", name);
    if (docs.items().size() > 1) {
      collect(docs.items().get(1), tokens);
    }
    return tokens;
  }

  /** Whatever stands behind the word "token", at any depth of the arguments. */
  private static void collect(Reply reply, Set<String> tokens) {
    if (!(reply instanceof Reply.Many) || reply.isNil()) {
      return;
    }
    List<Reply> items = reply.items();
    for (int i = 0; i < items.size(); i++) {
      Reply item = items.get(i);
      boolean isName = item instanceof Reply.Bulk && item.text().equals("subcommands");
      if (isName) {
        i++;
      } else if (item instanceof Reply.Bulk && item.text().equals("token")) {
        String token = items.get(i + 1).text();
        if (!token.isBlank() && !token.equals("\"\"")) {
          tokens.add(token.toUpperCase(Locale.ROOT));
        }
      } else {
        collect(item, tokens);
      }
    }
  }
}
