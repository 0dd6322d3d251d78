package io.engramdb.node.pubsub;

import static io.engramdb.node.pubsub.EventClass.GENERIC;
import static io.engramdb.node.pubsub.EventClass.HASH;
import static io.engramdb.node.pubsub.EventClass.LIST;
import static io.engramdb.node.pubsub.EventClass.SET;
import static io.engramdb.node.pubsub.EventClass.SORTED_SET;
import static io.engramdb.node.pubsub.EventClass.STREAM;
import static io.engramdb.node.pubsub.EventClass.STRING;

import io.engramdb.node.command.Args;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which events the changes of which command are: one row per command. What a key went through is
 * seen by the keyspace itself, so no handler announces anything. Upstream: the calls of {@code
 * notifyKeyspaceEvent} in Redis 7.2.
 */
final class EventRules {

  /** How the events of a command follow from what its keys went through. */
  enum Shape {
    /** For each changed key the event; {@code del} behind it if the key is gone. */
    EACH_KEY,
    /** Only what its handler announces. */
    OTHERS,
    /** As the first, but of a key that is gone {@code del} alone. */
    RESTORE,
    /** As the first, with {@code expire} behind it if an expiry was set. */
    SET,
    /** {@code expire}, {@code persist} or {@code del}, whatever happened to the key. */
    EXPIRY,
    /** {@code del} for each key that is gone. */
    REMOVE,
    /** The event, or {@code del} if the destination is gone. */
    STORE,
    /** The event for each pair of the request. */
    PAIRS,
    /** Two keys of which the first is gone and the second is there. */
    RENAME,
    COPY,
    MOVE,
    /** Out of the first key into the second; sets tell in this order. */
    OUT_AND_IN,
    /** The same for lists, which tell of the second key first. */
    IN_AND_OUT
  }

  /** Names an event by the words of its request. */
  interface Naming {
    String of(Args args);
  }

  /** One row. */
  record Rule(Shape shape, EventClass group, Naming naming) {
    String event(Args args) {
      return naming.of(args);
    }
  }

  private static final Map<String, Rule> RULES = new HashMap<>();

  private EventRules() {}

  /** The row of a command by its full name; null if its changes are no events. */
  static @Nullable Rule of(String fullName) {
    return RULES.get(fullName);
  }

  private static void rule(Shape shape, EventClass group, String event, String... commands) {
    for (String command : commands) {
      RULES.put(command, new Rule(shape, group, args -> event));
    }
  }

  private static void named(Shape shape, EventClass group, Naming naming, String... commands) {
    for (String command : commands) {
      RULES.put(command, new Rule(shape, group, naming));
    }
  }

  /** Commands whose event is named as they are. */
  private static void same(Shape shape, EventClass group, String... commands) {
    for (String command : commands) {
      rule(shape, group, command, command);
    }
  }

  static {
    rule(Shape.SET, STRING, "set", "set", "setex", "psetex");
    rule(Shape.EACH_KEY, STRING, "set", "setnx", "getset");
    rule(Shape.PAIRS, STRING, "set", "mset", "msetnx");
    rule(Shape.EACH_KEY, STRING, "incrby", "incr", "decr", "incrby", "decrby");
    same(Shape.EACH_KEY, STRING, "append", "setrange", "incrbyfloat", "pfadd");
    rule(Shape.EACH_KEY, STRING, "pfadd", "pfmerge");
    rule(Shape.EACH_KEY, STRING, "setbit", "setbit", "bitfield");
    rule(Shape.STORE, STRING, "set", "bitop");
    rule(Shape.EXPIRY, GENERIC, "expire", "getex", "persist");
    rule(Shape.EXPIRY, GENERIC, "expire", "expire", "pexpire", "expireat", "pexpireat");
    rule(Shape.REMOVE, GENERIC, "del", "del", "unlink", "getdel");
    rule(Shape.RENAME, GENERIC, "rename_from", "rename", "renamenx");
    rule(Shape.COPY, GENERIC, "copy_to", "copy");
    rule(Shape.MOVE, GENERIC, "move_from", "move");
    rule(Shape.RESTORE, GENERIC, "restore", "restore", "restore-asking");
    rule(Shape.EACH_KEY, HASH, "hset", "hset", "hmset", "hsetnx");
    same(Shape.EACH_KEY, HASH, "hincrby", "hincrbyfloat", "hdel");
    same(Shape.OTHERS, HASH, "hexpire", "hpexpire", "hexpireat", "hpexpireat", "hgetex", "hsetex");
    same(Shape.EACH_KEY, HASH, "hpersist");
    rule(Shape.EACH_KEY, HASH, "hdel", "hgetdel");
    lists();
    same(Shape.EACH_KEY, SET, "sadd", "srem", "spop");
    rule(Shape.OUT_AND_IN, SET, "srem", "smove");
    same(Shape.STORE, SET, "sinterstore", "sunionstore", "sdiffstore");
    sortedSets();
    streams();
  }

  private static void lists() {
    rule(Shape.EACH_KEY, LIST, "lpush", "lpush", "lpushx");
    rule(Shape.EACH_KEY, LIST, "rpush", "rpush", "rpushx");
    same(Shape.EACH_KEY, LIST, "linsert", "lset", "lrem", "ltrim", "lpop", "rpop");
    rule(Shape.EACH_KEY, LIST, "lpop", "blpop");
    rule(Shape.EACH_KEY, LIST, "rpop", "brpop");
    named(Shape.EACH_KEY, LIST, args -> popped(args, 1), "lmpop");
    named(Shape.EACH_KEY, LIST, args -> popped(args, 2), "blmpop");
    named(Shape.IN_AND_OUT, LIST, args -> args.is(3, "LEFT") ? "lpop" : "rpop", "lmove", "blmove");
    rule(Shape.IN_AND_OUT, LIST, "rpop", "rpoplpush", "brpoplpush");
    rule(Shape.STORE, LIST, "sortstore", "sort");
  }

  /** What LMPOP does: LEFT or RIGHT stands behind the keys, whose number stands at that word. */
  private static String popped(Args args, int countWord) {
    return args.is(behindKeys(args, countWord), "LEFT") ? "lpop" : "rpop";
  }

  private static int behindKeys(Args args, int countWord) {
    return countWord + 1 + (int) args.longAt(countWord);
  }

  private static void sortedSets() {
    named(Shape.EACH_KEY, SORTED_SET, EventRules::added, "zadd");
    rule(Shape.EACH_KEY, SORTED_SET, "zadd", "geoadd");
    rule(Shape.EACH_KEY, SORTED_SET, "zincr", "zincrby");
    same(Shape.EACH_KEY, SORTED_SET, "zrem", "zpopmin", "zpopmax");
    rule(Shape.EACH_KEY, SORTED_SET, "zpopmin", "bzpopmin");
    rule(Shape.EACH_KEY, SORTED_SET, "zpopmax", "bzpopmax");
    same(Shape.EACH_KEY, SORTED_SET, "zremrangebyrank", "zremrangebyscore", "zremrangebylex");
    named(Shape.EACH_KEY, SORTED_SET, args -> taken(args, 1), "zmpop");
    named(Shape.EACH_KEY, SORTED_SET, args -> taken(args, 2), "bzmpop");
    same(Shape.STORE, SORTED_SET, "zunionstore", "zinterstore", "zdiffstore", "zrangestore");
    same(Shape.STORE, SORTED_SET, "geosearchstore");
    rule(Shape.STORE, SORTED_SET, "georadiusstore", "georadius", "georadiusbymember");
  }

  private static String added(Args args) {
    // Options end where scores begin, and no score is named so.
    for (int i = 2; i < args.count() - 1; i++) {
      if (args.is(i, "INCR")) {
        return "zincr";
      }
    }
    return "zadd";
  }

  private static String taken(Args args, int countWord) {
    return args.is(behindKeys(args, countWord), "MIN") ? "zpopmin" : "zpopmax";
  }

  private static void streams() {
    same(Shape.OTHERS, STREAM, "xreadgroup", "xclaim", "xautoclaim");
    same(Shape.EACH_KEY, STREAM, "xadd", "xdel", "xtrim", "xsetid");
    rule(Shape.EACH_KEY, STREAM, "xgroup-create", "xgroup|create");
    rule(Shape.EACH_KEY, STREAM, "xgroup-setid", "xgroup|setid");
    rule(Shape.EACH_KEY, STREAM, "xgroup-destroy", "xgroup|destroy");
    rule(Shape.EACH_KEY, STREAM, "xgroup-createconsumer", "xgroup|createconsumer");
    rule(Shape.EACH_KEY, STREAM, "xgroup-delconsumer", "xgroup|delconsumer");
  }
}
