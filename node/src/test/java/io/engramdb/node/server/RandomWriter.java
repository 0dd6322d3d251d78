package io.engramdb.node.server;

import io.engramdb.node.rdb.TextClient;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a server whatever there is to write, at random: all types, expiries, transactions,
 * scripts, several databases. Errors that come of keys of another type are part of it.
 */
final class RandomWriter implements AutoCloseable {
  /** Part of the names of keys that live for less than a second. */
  static final String SHORT_LIVED = "short";

  private static final int KEYS = 12;
  private static final String LIBRARY =
      "#!lua name=lib%d\nredis.register_function('bump', function(keys, args)"
          + " redis.call('incr', keys[1]); redis.call('rpush', keys[2], args[1]); return 1 end)";

  private final TextClient client;
  private final SplittableRandom random;
  private final int databases;
  private final AtomicBoolean ends = new AtomicBoolean();
  private final AtomicLong commands = new AtomicLong();
  private volatile @Nullable Throwable failure;
  private @Nullable Thread thread;
  private int unique;
  private boolean shortLived = true;

  /**
   * A writer.
   *
   * @param databases how many it uses; with one it uses keys of one slot only
   */
  RandomWriter(int port, long seed, int databases) throws IOException {
    client = new TextClient(port);
    random = new SplittableRandom(seed);
    this.databases = databases;
  }

  /** What it writes changes nothing any more when it is over. */
  RandomWriter withoutShortLived() {
    shortLived = false;
    return this;
  }

  /** Writes on a thread of its own until it is closed. */
  void start() {
    thread = Thread.ofPlatform().start(this::run);
  }

  private void run() {
    try {
      while (!ends.get()) {
        step();
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      if (!ends.get()) {
        failure = e;
      }
    }
  }

  /** Commands so far. */
  long commands() {
    if (failure != null) {
      throw new AssertionError("the writer failed", failure);
    }
    return commands.get();
  }

  void write(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      step();
    }
  }

  /** The command under way may be without an answer. */
  @Override
  public void close() throws IOException {
    ends.set(true);
    client.close();
    Thread running = thread;
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    commands();
  }

  private String key(String type) {
    return (databases == 1 ? "{t}" : "") + type + random.nextInt(KEYS);
  }

  private String any() {
    String[] types = {"s", "l", "set", "z", "h", "x"};
    return key(types[random.nextInt(types.length)]);
  }

  private String word() {
    return switch (random.nextInt(4)) {
      case 0 -> Integer.toString(random.nextInt(300) - 100);
      case 1 -> "x".repeat(random.nextInt(200));
      case 2 -> "\u0000\u00ff\r\n" + random.nextInt(50);
      default -> "word" + random.nextInt(100);
    };
  }

  private String number() {
    return Integer.toString(random.nextInt(50) - 10);
  }

  private void ask(String... words) throws IOException {
    client.attempt(words);
    commands.incrementAndGet();
  }

  private void step() throws IOException {
    switch (random.nextInt(16)) {
      case 0, 1 -> strings();
      case 2, 3 -> lists();
      case 4 -> sets();
      case 5, 6 -> sortedSets();
      case 7, 8 -> hashes();
      case 9, 10 -> streams();
      case 11 -> keys();
      case 12 -> transaction();
      case 13 -> scripts();
      case 14 -> databases();
      default -> ask("SET", key("s"), word());
    }
  }

  private void strings() throws IOException {
    String key = key("s");
    switch (random.nextInt(13)) {
      case 0 -> ask("INCRBY", key("n"), number());
      case 1 -> ask("INCRBYFLOAT", key("f"), number() + ".25");
      case 2 -> ask("APPEND", key, word());
      case 3 -> ask("SET", key, word(), "EX", "10000");
      case 4 -> ask("SET", key, word(), "KEEPTTL");
      case 5 -> ask("GETEX", key, "PX", "9000000");
      case 6 -> ask("GETDEL", key);
      case 7 -> ask("SETRANGE", key, "" + random.nextInt(100), word());
      case 8 -> ask("SETBIT", key("b"), "" + random.nextInt(1000), "1");
      case 9 -> ask("BITOP", "XOR", key("b"), key("b"), key("b"));
      case 10 -> ask("PFADD", key("p"), word(), word());
      case 11 -> ask("PFMERGE", key("p"), key("p"), key("p"));
      default -> ask("MSET", key("s"), word(), key("s"), word());
    }
  }

  private void lists() throws IOException {
    String key = key("l");
    switch (random.nextInt(10)) {
      case 0 -> ask("LPOP", key, "2");
      case 1 -> ask("LMOVE", key, key("l"), "LEFT", "RIGHT");
      case 2 -> ask("LINSERT", key, "BEFORE", word(), word());
      case 3 -> ask("LREM", key, "1", word());
      case 4 -> ask("LTRIM", key, "0", "" + random.nextInt(80));
      case 5 -> ask("LMPOP", "2", key, key("l"), "RIGHT");
      case 6 -> ask("BLPOP", key, key("l"), "0.001");
      case 7 -> ask("LSET", key, "0", word());
      default -> ask(random.nextBoolean() ? "LPUSH" : "RPUSH", key, word(), word());
    }
  }

  private void sets() throws IOException {
    String key = key("set");
    switch (random.nextInt(8)) {
      case 0 -> ask("SPOP", key);
      case 1 -> ask("SPOP", key, "3");
      case 2 -> ask("SMOVE", key, key("set"), word());
      case 3 -> ask("SREM", key, word());
      case 4 -> ask("SUNIONSTORE", key, key("set"), key("set"));
      case 5 -> ask("SINTERSTORE", key, key("set"), key("set"));
      default -> ask("SADD", key, word(), number(), word());
    }
  }

  private void sortedSets() throws IOException {
    String key = key("z");
    switch (random.nextInt(10)) {
      case 0 -> ask("ZINCRBY", key, number() + ".1", word());
      case 1 -> ask("ZPOPMIN", key, "2");
      case 2 -> ask("ZREM", key, word());
      case 3 -> ask("ZREMRANGEBYRANK", key, "0", "1");
      case 4 -> ask("ZRANGESTORE", key, key("z"), "0", "20");
      case 5 -> ask("ZUNIONSTORE", key, "2", key("z"), key("z"), "AGGREGATE", "MAX");
      case 6 -> ask("GEOADD", key("g"), "13.3" + random.nextInt(100), "38.1", word());
      case 7 -> ask("ZADD", key, "GT", "CH", number(), word());
      default -> ask("ZADD", key, random.nextInt(9) == 0 ? "-inf" : number() + ".5", word());
    }
  }

  private void hashes() throws IOException {
    String key = key("h");
    switch (random.nextInt(6)) {
      case 0 -> ask("HINCRBY", key, "n" + random.nextInt(9), number());
      case 1 -> ask("HINCRBYFLOAT", key, "f" + random.nextInt(9), "0.5");
      case 2 -> ask("HDEL", key, word(), word());
      case 3 -> ask("HSETNX", key, word(), word());
      default -> ask("HSET", key, word(), word(), "f" + random.nextInt(200), word());
    }
  }

  private void streams() throws IOException {
    String key = key("x");
    String id = "1-" + random.nextInt(1, 500);
    String consumer = "c" + random.nextInt(3);
    switch (random.nextInt(14)) {
      case 0 -> ask("XGROUP", "CREATE", key, "g" + random.nextInt(3), "0", "MKSTREAM");
      case 1, 2 -> ask("XREADGROUP", "GROUP", "g0", consumer, "COUNT", "3", "STREAMS", key, ">");
      case 3 -> ask("XREADGROUP", "GROUP", "g1", "c0", "NOACK", "STREAMS", key, ">");
      case 4 -> ask("XACK", key, "g0", id);
      case 5 -> ask("XAUTOCLAIM", key, "g0", consumer, "0", "0", "COUNT", "2");
      case 6 -> ask("XCLAIM", key, "g0", consumer, "0", id, "IDLE", "1000");
      case 7 -> ask("XDEL", key, id);
      case 8 -> ask("XTRIM", key, "MAXLEN", "~", "100");
      case 9 -> ask("XGROUP", "SETID", key, "g1", "0", "ENTRIESREAD", "3");
      case 10 -> ask("XGROUP", "DELCONSUMER", key, "g0", consumer);
      case 11 -> ask("XADD", key, "MAXLEN", "200", "1-*", "f", word());
      default -> ask("XADD", key, "1-*", "f", word(), word(), number());
    }
  }

  private void keys() throws IOException {
    switch (random.nextInt(11)) {
      case 0 -> ask("EXPIRE", any(), "100000");
      case 1 -> ask("PEXPIREAT", any(), "4102444800000");
      case 2 -> ask("PERSIST", any());
      case 3 -> ask("RENAME", key("s"), key("s"));
      case 4 -> ask("COPY", any(), any(), "REPLACE");
      case 5 -> ask("DEL", any());
      case 6 -> ask("UNLINK", any(), any());
      case 7 -> ask("EXPIRE", any(), "-1");
      case 8 -> ask("PUBLISH", "news", word());
      default -> {
        if (!shortLived) {
          return;
        }
        // Never touched again: when it expires here and there differs by a moment.
        String own = (databases == 1 ? "{t}" : "") + SHORT_LIVED + unique++;
        ask("SET", own, word(), "PX", "" + random.nextInt(1, 300));
      }
    }
  }

  private void transaction() throws IOException {
    ask("MULTI");
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(4)) {
        case 0 -> strings();
        case 1 -> lists();
        case 2 -> streams();
        default -> sortedSets();
      }
    }
    if (databases > 1 && random.nextInt(6) == 0) {
      ask("SELECT", "" + random.nextInt(databases));
      strings();
    }
    ask(random.nextInt(8) == 0 ? "DISCARD" : "EXEC");
  }

  private void scripts() throws IOException {
    if (random.nextInt(8) == 0) {
      ask("FUNCTION", "LOAD", "REPLACE", LIBRARY.formatted(0));
    }
    if (random.nextBoolean()) {
      ask("FCALL", "bump", "2", key("n"), key("l"), word());
      return;
    }
    String script =
        "redis.call('set', KEYS[1], ARGV[1]); redis.call('spop', KEYS[2]);"
            + " return redis.call('incr', KEYS[3])";
    ask("EVAL", script, "3", key("s"), key("set"), key("n"), word());
  }

  private void databases() throws IOException {
    if (databases == 1) {
      return;
    }
    switch (random.nextInt(12)) {
      case 0 -> ask("SWAPDB", "1", "2");
      case 1 -> ask("MOVE", any(), "" + random.nextInt(databases));
      case 2 -> ask("COPY", any(), any(), "DB", "" + random.nextInt(databases));
      case 3 -> {
        if (random.nextInt(10) == 0) {
          ask("FLUSHDB");
        }
      }
      default -> ask("SELECT", "" + random.nextInt(databases));
    }
  }
}
