package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The same commands on empty keyspaces of redis-server and Engram, replies compared one by one,
 * then everything that is there read back and compared. One thread.
 */
final class OracleRound {
  static final int CONNECTIONS = 2;

  /** Commands that are sent before their replies are read. */
  private static final int LONGEST_BATCH = 50;

  private static final int DATABASES = 2;
  private static final int SHORTENING_TRIES = 600;
  private static final Set<String> ENDS_MULTI = Set.of("EXEC", "DISCARD");

  /** Sizes at which collections change their form: those of Redis, and ones that are soon met. */
  private static final List<List<String>> THRESHOLDS =
      List.of(
          List.of("hash-max-listpack-entries", "128", "5"),
          List.of("hash-max-listpack-value", "64", "20"),
          List.of("list-max-listpack-size", "-2", "4"),
          List.of("set-max-intset-entries", "512", "5"),
          List.of("zset-max-listpack-entries", "128", "5"),
          List.of("zset-max-listpack-value", "64", "20"),
          List.of("hll-sparse-max-bytes", "3000", "40"),
          List.of("stream-node-max-entries", "100", "3"));

  /** One of the two servers. */
  interface Server {
    RespClient connect() throws IOException;
  }

  /** A command, and which connection it takes. */
  record Step(int connection, List<String> command) {
    @Override
    public String toString() {
      String words =
          String.join(" ", command.stream().map(word -> word.isEmpty() ? "\"\"" : word).toList());
      return connection
          + "> "
          + words.replaceAll("[^ -~]", "?").replaceAll("(.)\\1{20,}", "$1$1$1…");
    }
  }

  /** Two replies that must not differ, and what came before. */
  record Difference(List<Step> before, Step step, Reply theirs, Reply ours) {
    /** Equal for differences that most likely have one cause. */
    String kind() {
      return upper(step.command.getFirst()) + brief(theirs) + "/" + brief(ours);
    }

    private static String brief(Reply reply) {
      return reply.isError() ? reply.text() : "" + reply.type();
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      before.forEach(earlier -> text.append("  ").append(earlier).append('\n'));
      return text.append("%s%n  redis:  %s%n  engram: %s".formatted(step, theirs, ours)).toString();
    }
  }

  private final Server redis;
  private final Server engram;
  private final int protocol;

  /** Whether collections change their form early. */
  private final boolean small;

  /** Whether Engram begins anew from what it has written before everything is read back. */
  private final boolean reloads;

  OracleRound(Server redis, Server engram, int protocol, boolean small, boolean reloads) {
    this.redis = redis;
    this.engram = engram;
    this.protocol = protocol;
    this.small = small;
    this.reloads = reloads;
  }

  /** As many commands as that, in batches over the connections. */
  static List<Step> steps(CommandGenerator generator, long seed, int count) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    while (steps.size() < count) {
      int connection = random.nextInt(CONNECTIONS);
      int length = 1 + random.nextInt(LONGEST_BATCH);
      for (int i = 0; i < length; i++) {
        steps.add(new Step(connection, generator.next()));
      }
    }
    return steps;
  }

  /** The connections of one run, and what stands in the MULTI of each. */
  private final class Pair implements AutoCloseable {
    final List<RespClient> theirs = new ArrayList<>();
    final List<RespClient> ours = new ArrayList<>();
    final List<List<List<String>>> queued = new ArrayList<>();
    final List<Step> done = new ArrayList<>();

    Pair() throws IOException {
      for (int i = 0; i < CONNECTIONS; i++) {
        queued.add(new ArrayList<>());
        theirs.add(redis.connect());
        ours.add(engram.connect());
        if (protocol == 3) {
          theirs.getLast().call("HELLO", "3");
          ours.getLast().call("HELLO", "3");
        }
      }
      empty(theirs.getFirst(), small);
      empty(ours.getFirst(), small);
    }

    @Override
    public void close() {
      theirs.forEach(RespClient::close);
      ours.forEach(RespClient::close);
    }
  }

  /** Nothing is left, and collections have those thresholds. */
  static void empty(RespClient client, boolean small) throws IOException {
    List<List<String>> commands = new ArrayList<>();
    commands.add(List.of("FLUSHALL"));
    commands.add(List.of("SCRIPT", "FLUSH"));
    commands.add(List.of("FUNCTION", "FLUSH"));
    List<String> set = new ArrayList<>(List.of("CONFIG", "SET"));
    for (List<String> threshold : THRESHOLDS) {
      set.add(threshold.getFirst());
      set.add(threshold.get(small ? 2 : 1));
    }
    commands.add(set);
    pipeline("a server", client, commands).forEach(Reply::orFail);
  }

  /** The first difference, or null. */
  @Nullable Difference play(List<Step> steps) throws IOException {
    try (Pair pair = new Pair()) {
      int from = 0;
      while (from < steps.size()) {
        int connection = steps.get(from).connection;
        int to = from;
        while (to < steps.size()
            && to - from < LONGEST_BATCH
            && steps.get(to).connection == connection) {
          to++;
        }
        List<List<String>> batch = steps.subList(from, to).stream().map(Step::command).toList();
        Difference difference = send(pair, connection, batch);
        if (difference != null) {
          return difference;
        }
        from = to;
      }
      for (int connection = 0; connection < CONNECTIONS; connection++) {
        Difference difference = send(pair, connection, List.of(List.of("DISCARD")));
        if (difference != null) {
          return difference;
        }
      }
      if (reloads) {
        pair.ours.getFirst().call("DEBUG", "RELOAD").orFail();
      }
      return compareKeyspaces(pair);
    }
  }

  private static @Nullable Difference send(Pair pair, int connection, List<List<String>> commands)
      throws IOException {
    List<Reply> theirs = pipeline("redis-server", pair.theirs.get(connection), commands);
    List<Reply> ours = pipeline("Engram", pair.ours.get(connection), commands);
    return compare(pair, connection, commands, theirs, ours);
  }

  private static @Nullable Difference compare(
      Pair pair,
      int connection,
      List<List<String>> commands,
      List<Reply> theirs,
      List<Reply> ours) {
    for (int i = 0; i < commands.size(); i++) {
      List<String> command = commands.get(i);
      Step step = new Step(connection, command);
      if (!accepts(command, pair.queued.get(connection), theirs.get(i), ours.get(i))) {
        return new Difference(List.copyOf(pair.done), step, theirs.get(i), ours.get(i));
      }
      pair.done.add(step);
    }
    return null;
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

  private static List<Reply> pipeline(String who, RespClient client, List<List<String>> commands)
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
        throw new AssertionError(
            "no reply of " + who + " to " + new Step(0, commands.get(i)) + " in " + commands,
            broken);
      }
    }
    return replies;
  }

  /** What is there, by the commands of each type; after EXPIRE, which keys there are. */
  private @Nullable Difference compareKeyspaces(Pair pair) throws IOException {
    for (int db = 0; db < DATABASES; db++) {
      List<List<String>> questions = List.of(List.of("SELECT", "" + db), List.of("KEYS", "*"));
      Difference difference = send(pair, 0, questions);
      if (difference != null) {
        return difference;
      }
      List<String> keys = new ArrayList<>(pair.theirs.getFirst().call("KEYS", "*").texts());
      keys.remove(CommandGenerator.KEY_OF_CLOCK);
      List<List<String>> types = keys.stream().map(key -> List.of("TYPE", key)).toList();
      List<Reply> theirs = pipeline("redis-server", pair.theirs.getFirst(), types);
      List<Reply> ours = pipeline("Engram", pair.ours.getFirst(), types);
      difference = compare(pair, 0, types, theirs, ours);
      if (difference != null) {
        return difference;
      }
      List<List<String>> readers = new ArrayList<>();
      for (int i = 0; i < keys.size(); i++) {
        readers.addAll(readersOf(keys.get(i), theirs.get(i).text()));
      }
      difference = send(pair, 0, readers);
      if (difference != null) {
        return difference;
      }
    }
    return null;
  }

  /**
   * After a reload forms may be others: what had grown and shrunk again is small from the start.
   */
  private List<List<String>> readersOf(String key, String type) {
    List<List<String>> readers = new ArrayList<>();
    readers.add(List.of("PEXPIRETIME", key));
    if (!reloads) {
      readers.add(List.of("OBJECT", "ENCODING", key));
    }
    switch (type) {
      case "string" -> readers.add(List.of("GET", key));
      case "hash" -> readers.add(List.of("HGETALL", key));
      case "list" -> readers.add(List.of("LRANGE", key, "0", "-1"));
      case "set" -> readers.add(List.of("SMEMBERS", key));
      case "zset" -> readers.add(List.of("ZRANGE", key, "0", "-1", "WITHSCORES"));
      default -> {
        readers.add(List.of("XRANGE", key, "-", "+"));
        readers.add(List.of("XINFO", "GROUPS", key));
        if (!reloads) {
          readers.add(List.of("XINFO", "STREAM", key, "FULL", "0"));
        }
      }
    }
    return readers;
  }

  /**
   * As few commands as possible that still end in a difference; tries a bounded number of times.
   */
  Difference shortened(Difference found) throws IOException {
    List<Step> steps = new ArrayList<>(found.before);
    steps.add(found.step);
    Difference shortest = found;
    int tries = 0;
    for (int length = Math.max(1, steps.size() / 2); length > 0; length /= 2) {
      for (int from = 0; from < steps.size() && tries < SHORTENING_TRIES; tries++) {
        List<Step> fewer = new ArrayList<>(steps.subList(0, from));
        fewer.addAll(steps.subList(Math.min(steps.size(), from + length), steps.size()));
        Difference again = play(fewer);
        if (again != null && again.kind().equals(found.kind())) {
          shortest = again;
          steps = fewer;
        } else {
          from += length;
        }
      }
    }
    return shortest;
  }
}
