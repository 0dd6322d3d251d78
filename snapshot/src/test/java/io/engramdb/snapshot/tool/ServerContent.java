package io.engramdb.snapshot.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/** Keys of all types and encodings in a real server. */
final class ServerContent {
  private static final String LIBRARY =
      "#!lua name=%s\nredis.register_function('%s', function(keys, args) return args[1] end)";

  private ServerContent() {}

  static void fill(RedisServer server, Random random) throws IOException {
    strings(server, random);
    lists(server, random);
    setsAndHashes(server, random);
    sortedSets(server, random);
    streams(server, random);
    server.call("FUNCTION", "LOAD", LIBRARY.formatted("one", "first"));
    server.call("FUNCTION", "LOAD", LIBRARY.formatted("two", "second"));
    server.call("SELECT", 7);
    server.call("SET", "elsewhere", "x", "PXAT", "4102444800123");
    server.call("SELECT", 0);
  }

  /** What {@code DEBUG DIGEST} leaves out: groups of streams, functions, expiry to the ms. */
  static String details(RedisServer server) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String key : List.of("stream:groups", "stream:deleted", "stream:empty", "stream:large")) {
      all.append(server.call("XINFO", "STREAM", key, "FULL", "COUNT", 0)).append('\n');
      all.append(server.call("XRANGE", key, "-", "+")).append('\n');
    }
    for (String library : List.of("one", "two")) {
      // One at a time: a list of all is in the order of the server's hash.
      all.append(server.call("FUNCTION", "LIST", "LIBRARYNAME", library, "WITHCODE")).append('\n');
    }
    all.append(server.call("PEXPIRETIME", "string:expiring")).append('\n');
    // How a server cuts a stream into nodes is its own affair.
    return all.toString().replaceAll("radix-tree-(keys|nodes), \\d+", "");
  }

  private static void strings(RedisServer server, Random random) throws IOException {
    for (int shift = 0; shift < 64; shift += 5) {
      server.call("SET", "number:" + shift, random.nextLong() >> shift);
    }
    byte[] binary = new byte[100_000];
    random.nextBytes(binary);
    server.call("SET", "string:binary", binary);
    server.call("SET", binary, "named by bytes");
    server.call("SET", "string:compressible", "abcdefg".repeat(20_000));
    server.call("SET", "string:empty", "");
    server.call("SET", "", "named by nothing");
    server.call("SET", "string:expiring", "x", "PXAT", "4102444800321");
    server.call("PFADD", "hyperloglog", "a", "b", "c");
    server.call("SETBIT", "bitmap", 100_000, 1);
  }

  private static void many(RedisServer server, String command, String key, IntFunction<Object> word)
      throws IOException {
    for (int from = 0; from < 2000; from += 100) {
      List<Object> words = new ArrayList<>(Arrays.asList(command, key));
      for (int i = from; i < from + 100; i++) {
        words.add(word.apply(i));
      }
      server.call(words.toArray());
    }
  }

  private static void lists(RedisServer server, Random random) throws IOException {
    server.call("RPUSH", "list:small", "a", "", "1", "-5", "70000", "9999999999999");
    many(server, "RPUSH", "list:numbers", i -> random.nextLong() >> random.nextInt(64));
    many(server, "RPUSH", "list:texts", i -> "element " + i + "x".repeat(i % 90));
    server.call("RPUSH", "list:large", "y".repeat(30_000), "z".repeat(5_000), "end");
  }

  private static void setsAndHashes(RedisServer server, Random random) throws IOException {
    server.call("SADD", "set:int16", 1, 2, -3);
    server.call("SADD", "set:int32", 1, 70_000);
    server.call("SADD", "set:int64", 1, Long.MAX_VALUE, Long.MIN_VALUE);
    server.call("SADD", "set:texts", "a", "b", "1");
    many(server, "SADD", "set:numbers", i -> random.nextInt());
    many(server, "SADD", "set:many", i -> "member " + i);
    server.call("HSET", "hash:small", "a", "1", "b", "two", "", "");
    server.call("HSET", "hash:long", "a", "v".repeat(1000));
    many(server, "HSET", "hash:many", i -> i % 2 == 0 ? "field " + i : "value " + i);
  }

  private static void sortedSets(RedisServer server, Random random) throws IOException {
    server.call("ZADD", "zset:small", "1", "a", "-inf", "b", "inf", "c", "0.1", "d", "1e300", "e");
    server.call("ZADD", "zset:long", "2.5", "m".repeat(500), "-17", "n");
    many(
        server,
        "ZADD",
        "zset:many",
        i -> i % 2 == 0 ? Double.toString(random.nextGaussian()) : "member " + i);
    server.call("GEOADD", "geo", "13.36", "38.11", "Palermo", "15.08", "37.50", "Catania");
  }

  private static void streams(RedisServer server, Random random) throws IOException {
    for (int i = 0; i < 500; i++) {
      String id = 1000 + i / 3 + "-" + (1 + i % 3);
      server.call("XADD", "stream:large", id, "field", "v" + i, "other", random.nextInt());
      if (i < 50) {
        server.call("XADD", "stream:groups", id, "n", i, i % 7 == 0 ? "odd" : "even", "x");
        server.call("XADD", "stream:deleted", id, "n", i);
      }
    }
    server.call("XDEL", "stream:deleted", "1000-1", "1005-2", "1009-1");
    server.call("XTRIM", "stream:deleted", "MAXLEN", 20);
    server.call("XADD", "stream:empty", "5-1", "a", "b");
    server.call("XDEL", "stream:empty", "5-1");
    server.call("XGROUP", "CREATE", "stream:groups", "g1", "0");
    server.call("XGROUP", "CREATE", "stream:groups", "g2", "$");
    server.call("XGROUP", "CREATE", "stream:groups", "g3", "1003-1", "ENTRIESREAD", 11);
    for (String consumer : List.of("alice", "bob")) {
      server.call(
          "XREADGROUP", "GROUP", "g1", consumer, "COUNT", 12, "STREAMS", "stream:groups", ">");
    }
    server.call("XGROUP", "CREATECONSUMER", "stream:groups", "g1", "carol");
    server.call("XACK", "stream:groups", "g1", "1000-2", "1001-1");
    server.call("XDEL", "stream:groups", "1002-1");
    server.call("XCLAIM", "stream:groups", "g1", "bob", 0, "1000-1", "RETRYCOUNT", 9);
  }
}
