package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random rules and who may run what by them: with {@code -Doracle=PORT} the server and the
 * redis-server there must say the same. {@code -Dseed=N} for other rules.
 */
class AclDiffTest extends ServerClients {

  private static final int ROUNDS = 300;
  private static final int RULES_PER_ROUND = 12;

  private static final String RULES =
      """
      +@all, -@all, +@read, +@write, -@write, +@slow, -@slow, +@fast, -@dangerous,
      +@connection, +@hash, -@hash, +@string, -@stream, +@pubsub, -@pubsub, +get, -get,
      +set, +client, -client|id, +client|kill, +select|0, +mset, -mset, ~*, resetkeys,
      ~a*, %R~b*, %W~c*, %RW~d*, %R~c*, allchannels, resetchannels, &a*, &b?, (+get ~b*),
      (+@write %W~a* &c), clearselectors, +xadd, +@blocking, -@keyspace, +@sortedset,
      +publish, +subscribe, +@hyperloglog, reset, on, off, nopass, >pw, <pw,
      sanitize-payload
      """;

  /** K stands for a key, C for a channel. */
  private static final String COMMANDS =
      """
      get K, set K v, set K v get, mset K v K v, mget K K K, append K v, incr K, getex K,
      getdel K, strlen K, bitcount K, bitfield K get u8 0, bitfield K set u8 0 1,
      bitfield K get u8 0 incrby u8 0 1, bitop and K K K, hset K f v, hget K f,
      hgetall K, hdel K f, hincrby K f 1, lpush K v, lpop K, lrange K 0 1,
      lmove K K left right, rpoplpush K K, blpop K K 1, brpoplpush K K 1,
      lmpop 2 K K left, blmpop 1 2 K K left, sadd K m, smembers K, sinterstore K K K,
      sintercard 2 K K, smove K K m, zadd K 1 m, zrange K 0 1, zrangestore K K 0 1,
      zunionstore K 2 K K, zinter 2 K K, zmpop 2 K K min, bzpopmin K K 1, geoadd K 1 1 m,
      georadius K 1 1 1 m store K, georadius K 1 1 1 m,
      geosearchstore K K frommember m byradius 1 m, xadd K * f v,
      xread count 1 streams K K 0 0, xreadgroup group g c streams K 0,
      xgroup create K g 0, xinfo stream K, xack K g 0-1, del K K, unlink K, exists K K,
      expire K 1, ttl K, type K, rename K K, copy K K, move K 1, object freq K, sort K,
      sort K store K, sort_ro K, scan 0, keys *, dbsize, flushall, randomkey, touch K,
      dump K, restore K 0 x, pfadd K a, pfcount K K, pfmerge K K, publish C x,
      spublish C x, subscribe C C, psubscribe C, ssubscribe C, unsubscribe C, client id,
      client kill 1.2.3.4:5, client list, select 0, select 1, ping, auth x, hello 3,
      reset, quit, multi, exec, watch K, monitor, acl whoami, acl list, lcs K K,
      smismember K m, zscore K m, nosuch x, client nosuch, get, echo x, zadd
      """;

  private static String[] items(String text) {
    return text.strip().split(",\\s+");
  }

  private static String fill(String template, Random random) {
    StringBuilder out = new StringBuilder();
    for (String word : template.split(" ")) {
      out.append(out.isEmpty() ? "" : " ");
      out.append(
          switch (word) {
            case "K" -> "abcdx".charAt(random.nextInt(5)) + "1";
            case "C" -> "abcx".charAt(random.nextInt(4)) + "1";
            default -> word;
          });
    }
    return out.toString();
  }

  /** 7.0 looks for categories that fit; 7.2 keeps the rules as they were given. */
  private static String withoutCommands(String reply) {
    return reply.replaceAll("commands\\|.*?\\|[$]4\\|keys", "keys");
  }

  @Test
  void bothJudgeAlike() throws Exception {
    if (!oracle) {
      return;
    }
    long seed = Long.getLong("seed", 3);
    Random random = new Random(seed);
    String[] rulesToGive = items(RULES);
    List<String> differences = new ArrayList<>();
    RespSocket theirs = client();
    RespSocket ours = new RespSocket(local.port);
    clients.add(ours);
    int asked = 0;
    for (int round = 0; round < ROUNDS; round++) {
      theirs.ask("acl deluser u");
      ours.ask("acl deluser u");
      StringBuilder rules = new StringBuilder();
      for (int i = 0; i < RULES_PER_ROUND; i++) {
        String rule = rulesToGive[random.nextInt(rulesToGive.length)];
        String a = theirs.ask("acl setuser u " + rule);
        String b = ours.ask("acl setuser u " + rule);
        rules.append(' ').append(rule);
        if (!a.equals(b)) {
          differences.add("rule " + rules + ": " + a + " / " + b);
        }
      }
      String a = withoutCommands(theirs.ask("acl getuser u"));
      String b = withoutCommands(ours.ask("acl getuser u"));
      if (!a.equals(b)) {
        differences.add("getuser " + rules + ": " + a + " / " + b);
      }
      for (String template : items(COMMANDS)) {
        String command = fill(template, random);
        String c = theirs.ask("acl dryrun u " + command);
        String d = ours.ask("acl dryrun u " + command);
        asked++;
        if (!c.equals(d)) {
          differences.add("dryrun " + command + " with" + rules + ": " + c + " / " + d);
        }
      }
    }
    System.out.println(asked + " questions, -Dseed=" + seed);
    assertEquals(List.of(), differences.stream().limit(20).toList());
  }
}
