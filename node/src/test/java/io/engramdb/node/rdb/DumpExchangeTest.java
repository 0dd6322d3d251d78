package io.engramdb.node.rdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random values of every type, made by redis-server, dumped by it, loaded here, dumped here, and
 * restored by it: its own digest of both keys must be the same, and ours of the value.
 */
class DumpExchangeTest {

  private static final int VALUES = 300;
  private static final String KEY = "k";
  private static final String TWIN = "twin";

  @TempDir Path directory;
  private StockRedis redis;
  private SplittableRandom random;

  @Test
  void whatRedisDumpsComesBackEqual() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("DumpExchangeTest: -Dseed=" + seed);
    random = new SplittableRandom(seed);
    try (StockRedis started = StockRedis.start(directory)) {
      redis = started;
      for (int i = 0; i < VALUES; i++) {
        redis.call("FLUSHALL");
        makeValue(i % 8);
        if (redis.call("EXISTS", KEY).equals("1")) {
          exchange("value " + i + " of seed " + seed);
        }
      }
    }
  }

  @Test
  void librariesAreExchangedBothWays() throws Exception {
    byte[] first =
        ascii("#!lua name=first\nredis.register_function('f', function() return 'of first' end)");
    byte[] second =
        "#!lua name=second\nredis.register_function('g', function() return '\u00e9' end)"
            .getBytes(StandardCharsets.ISO_8859_1);
    try (StockRedis started = StockRedis.start(directory)) {
      redis = started;
      redis.callBytes(ascii("FUNCTION"), ascii("LOAD"), first);
      redis.callBytes(ascii("FUNCTION"), ascii("LOAD"), second);
      byte[] theirs = redis.callBytes(ascii("FUNCTION"), ascii("DUMP"));
      List<byte[]> read = new ArrayList<>(FunctionDump.decode(theirs));
      read.sort(Arrays::compare);
      assertArrayEquals(first, read.get(0));
      assertArrayEquals(second, read.get(1));
      byte[] ours = FunctionDump.encode(List.of(first, second));
      redis.callBytes(ascii("FUNCTION"), ascii("RESTORE"), ours, ascii("FLUSH"));
      assertEquals("of first", redis.call("FCALL", "f", "0"));
      assertEquals("\u00e9", redis.call("FCALL", "g", "0"));
    }
  }

  private void exchange(String which) throws Exception {
    byte[] theirs = redis.callBytes(ascii("DUMP"), ascii(KEY));
    ValueLimits limits = new ValueLimits();
    if (random.nextBoolean()) {
      limits.hashPackedEntries = random.nextInt(200);
      limits.setIntegerEntries = random.nextInt(200);
      limits.listChunkLimit = random.nextInt(1, 200);
      limits.sortedSetPackedEntries = random.nextInt(200);
      limits.streamBlockEntries = random.nextInt(1, 30);
    }
    Value value;
    try {
      value = ValueDump.decode(theirs, limits);
    } catch (ValueDump.WrongFooter | ValueDump.WrongValue e) {
      fail(which + ": " + redis.call("OBJECT", "ENCODING", KEY), e);
      return;
    }
    value.validate();
    assertEquals(digest(KEY).strip(), DatasetDigest.of(value, false), which);
    byte[] ours = ValueDump.encode(value);
    redis.callBytes(ascii("RESTORE"), ascii(TWIN), ascii("0"), ours);
    assertEquals(digest(KEY), digest(TWIN), which);
    assertEquals(redis.call("TYPE", KEY), redis.call("TYPE", TWIN), which);
    if (redis.call("TYPE", KEY).equals("stream")) {
      assertEquals(report(KEY), report(TWIN), which);
    }
  }

  private String digest(String key) throws IOException {
    return redis.call("DEBUG", "DIGEST-VALUE", key);
  }

  /** All of a stream but how it is packed. */
  private String report(String key) throws IOException {
    return redis
        .call("XINFO", "STREAM", key, "FULL", "COUNT", "0")
        .replaceAll("radix-tree-(keys|nodes) \\d+", "");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private String word() {
    return switch (random.nextInt(6)) {
      case 0 -> Integer.toString(random.nextInt(200) - 100);
      case 1 -> Long.toString(random.nextLong());
      case 2 -> "x".repeat(random.nextInt(300));
      case 3 -> binary(random.nextInt(20));
      case 4 -> random.nextInt(40) == 0 ? binary(20_000) : "0" + random.nextInt(100);
      default -> "word" + random.nextInt(1000);
    };
  }

  private String binary(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private void makeValue(int kind) throws IOException {
    int size = 1 + random.nextInt(random.nextInt(4) == 0 ? 700 : 40);
    switch (kind) {
      case 0 -> redis.call("SET", KEY, random.nextInt(9) == 0 ? binary(100_000) : word());
      case 1 -> redis.call("PFADD", KEY, word(), word(), word());
      case 2 -> times(size, () -> redis.call("RPUSH", KEY, word()));
      case 3 -> times(size, () -> redis.call("SADD", KEY, "" + random.nextInt(100_000)));
      case 4 -> times(size, () -> redis.call("SADD", KEY, word()));
      case 5 -> times(size, () -> redis.call("HSET", KEY, word(), word()));
      case 6 -> times(size, () -> redis.call("ZADD", KEY, score(), word()));
      default -> makeStream(size);
    }
  }

  private String score() {
    return switch (random.nextInt(5)) {
      case 0 -> "inf";
      case 1 -> "-inf";
      case 2 -> Double.toString(random.nextDouble() * 1e10 - 5e9);
      case 3 -> Long.toString(random.nextLong());
      default -> Integer.toString(random.nextInt(10));
    };
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void times(int count, Step step) throws IOException {
    for (int i = 0; i < count; i++) {
      step.run();
    }
  }

  private void makeStream(int size) throws IOException {
    redis.call("XGROUP", "CREATE", KEY, "g0", "0", "MKSTREAM");
    for (int i = 0; i < size; i++) {
      switch (random.nextInt(12)) {
        case 0 -> redis.call("XDEL", KEY, "1-" + random.nextInt(1 + i));
        case 1 -> redis.call("XTRIM", KEY, "MAXLEN", "" + random.nextInt(200));
        case 2 -> {
          String consumer = "c" + random.nextInt(3);
          redis.call("XREADGROUP", "GROUP", "g0", consumer, "COUNT", "3", "STREAMS", KEY, ">");
        }
        case 3 -> redis.call("XACK", KEY, "g0", "1-" + random.nextInt(1 + i));
        case 4 -> {
          if (redis.call("XINFO", "GROUPS", KEY).length() < 500) {
            redis.call("XGROUP", "CREATE", KEY, "g" + (i + 1), "$");
            redis.call("XGROUP", "CREATECONSUMER", KEY, "g" + (i + 1), word());
          }
        }
        case 5 -> redis.call("XADD", KEY, "1-" + (i + 1), word(), word(), word(), word());
        default -> redis.call("XADD", KEY, "1-" + (i + 1), "f", word(), "g", word());
      }
    }
  }
}
