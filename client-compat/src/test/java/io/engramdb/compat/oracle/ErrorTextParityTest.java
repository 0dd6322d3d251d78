package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.SharedCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Wrong calls and corner cases, one by one, with the reply's exact bytes from redis-server. Clients
 * tell errors apart by their text.
 */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ErrorTextParityTest {
  /** Calls whose reply may differ, each with the reason. */
  private static final Map<String, String> ALLOWED =
      Map.of(
          "OBJECT HELP", "help texts are our own words",
          "COMMAND GETKEYS PING", "arity of COMMAND GETKEYS as corrected in Redis 7.2",
          "COMMAND GETKEYS GET", "arity of COMMAND GETKEYS as corrected in Redis 7.2");

  private static final String PREPARE =
      """
      FLUSHALL
      SET str abc
      SET num 10
      SET big 9223372036854775807
      HSET hash f v n 10 x abc
      RPUSH list a b c
      SADD set a b c
      ZADD zset 1 a 2 b 3 c
      """;

  private static final String CALLS =
      """
      GET
      GET a b
      GET hash
      NOSUCHCOMMAND
      NOSUCHCOMMAND a b c
      nosuch 1111111111111111111111111111111111111111111111111111111111111111111111111111111111
      SET
      SET k
      SET k v NX XX
      SET k v EX
      SET k v EX 0
      SET k v EX -1
      SET k v EX abc
      SET k v EX 9223372036854775807
      SET k v PX 9223372036854775807
      SET k v EX 10 PX 10
      SET k v EX 10 KEEPTTL
      SET k v BOGUS
      SET hash v GET
      SETEX k 0 v
      SETEX k abc v
      PSETEX k -1 v
      GETEX str EX 0
      GETEX str EX 10 PERSIST
      GETEX str BOGUS
      GETSET hash v
      GETDEL hash
      APPEND hash v
      STRLEN hash
      SETRANGE str -1 x
      SETRANGE str 536870912 x
      SETRANGE str abc x
      GETRANGE str a b
      INCR str
      INCR hash
      INCR big
      DECRBY num -9223372036854775808
      INCRBY num abc
      INCRBY big 1
      INCRBYFLOAT num abc
      INCRBYFLOAT str 1
      INCRBYFLOAT num inf
      INCRBYFLOAT num nan
      MSET a
      MSET a 1 b
      MSETNX a
      SETBIT str abc 1
      SETBIT str 0 2
      SETBIT str 4294967296 1
      SETBIT hash 0 1
      GETBIT str -1
      BITCOUNT str 0
      BITCOUNT str 0 1 BOGUS
      BITCOUNT hash
      BITPOS str 2
      BITPOS str 0 0 1 BOGUS
      BITOP NOT k str num
      BITOP BOGUS k str
      BITOP OR k hash
      BITFIELD str GET u64 0
      BITFIELD str GET u8 abc
      BITFIELD str OVERFLOW BOGUS
      BITFIELD str BOGUS
      BITFIELD_RO str SET u8 0 1
      SORT list
      SORT list BOGUS
      SORT list LIMIT 0
      SORT str
      SORT_RO list STORE k
      GEOADD zset 200 1 a
      GEOADD zset NX XX 1 1 a
      GEODIST zset a b parsec
      GEOSEARCH zset FROMMEMBER nosuch BYRADIUS 1 km
      GEOSEARCH zset FROMMEMBER a ASC ASC ASC
      GEOSEARCH zset FROMLONLAT 1 1 BYRADIUS -1 km
      GEOSEARCH zset FROMLONLAT 1 1 BYBOX 1 -1 km
      GEOSEARCH zset FROMLONLAT 1 1 BYRADIUS 1 km ANY
      GEOSEARCHSTORE k zset FROMLONLAT 1 1 BYRADIUS 1 km WITHDIST
      GEORADIUS zset 1 1 abc km
      GEORADIUS str 1 1 1 km
      LCS str
      LCS str num LEN IDX
      LCS str num BOGUS
      LCS str num MINMATCHLEN abc
      LCS str hash
      HSET hash
      HSET hash f
      HSET hash f v g
      HSET str f v
      HMSET hash f
      HGET str f
      HGETALL str
      HINCRBY hash x 1
      HINCRBY hash n abc
      HINCRBY hash n 9223372036854775807
      HINCRBYFLOAT hash x 1
      HINCRBYFLOAT hash n abc
      HRANDFIELD hash abc
      HRANDFIELD hash 1 BOGUS
      HRANDFIELD hash 1 WITHVALUES BOGUS
      HRANDFIELD hash -9223372036854775808 WITHVALUES
      HSCAN hash abc
      HSCAN hash 0 COUNT 0
      HSCAN hash 0 COUNT abc
      HSCAN hash 0 BOGUS
      HSCAN str 0
      LPUSH str a
      LPUSHX str a
      LPOP str
      LPOP list -1
      LPOP list 1 2
      RPOP list abc
      LLEN str
      LINDEX list abc
      LSET nosuch 0 a
      LSET list 9 a
      LSET list abc a
      LINSERT list BESIDE a b
      LINSERT str BEFORE a b
      LRANGE list a 1
      LREM list abc a
      LTRIM list a 1
      LPOS list a RANK 0
      LPOS list a RANK abc
      LPOS list a COUNT -1
      LPOS list a MAXLEN -1
      LPOS list a BOGUS 1
      LMOVE list list UP DOWN
      LMOVE list str LEFT LEFT
      RPOPLPUSH list str
      LMPOP 0 list LEFT
      LMPOP abc list LEFT
      LMPOP 2 list LEFT
      LMPOP 1 list UP
      LMPOP 1 list LEFT COUNT 0
      LMPOP 1 list LEFT BOGUS 1
      LMPOP 1 str LEFT
      SADD str a
      SADD set
      SREM str a
      SMEMBERS str
      SISMEMBER list a
      SMISMEMBER list a
      SCARD str
      SMOVE set str a
      SMOVE str set a
      SPOP set -1
      SPOP set abc
      SPOP set 1 2
      SRANDMEMBER set abc
      SRANDMEMBER set 1 2
      SRANDMEMBER set -9223372036854775808
      SINTER set str
      SINTER nosuch str
      SINTERCARD 0 set
      SINTERCARD abc set
      SINTERCARD 2 set
      SINTERCARD 1 set LIMIT -1
      SINTERCARD 1 set LIMIT abc
      SINTERCARD 1 set BOGUS 1
      SINTERSTORE k str
      SUNION str
      SUNIONSTORE k set str
      SDIFF set str
      SDIFFSTORE k str
      SSCAN set abc
      SSCAN set 0 COUNT 0
      SSCAN set 0 BOGUS 1
      SSCAN str 0
      ZADD zset 1
      ZADD zset NX XX 1 a
      ZADD zset NX GT 1 a
      ZADD zset GT LT 1 a
      ZADD zset INCR 1 a 2 b
      ZADD zset abc a
      ZADD zset nan a
      ZADD zset NX CH
      ZADD str 1 a
      ZINCRBY zset abc a
      ZINCRBY str 1 a
      ZREM str a
      ZSCORE str a
      ZMSCORE list a
      ZRANK str a
      ZREVRANK str a
      ZCARD str
      ZRANGE zset a 1
      ZRANGE zset 0 a BYSCORE
      ZRANGE zset a b BYLEX
      ZRANGE zset 0 1 LIMIT 0 1
      ZRANGE zset - + BYLEX WITHSCORES
      ZRANGE zset 0 1 BOGUS
      ZRANGE zset 0 1 BYSCORE BYLEX
      ZRANGE str 0 1
      ZRANGESTORE k zset 0 1 WITHSCORES
      ZRANGESTORE k str 0 1
      ZREVRANGE zset 0 1 LIMIT 0 1
      ZRANGEBYSCORE zset a 1
      ZRANGEBYSCORE zset 0 1 LIMIT 0
      ZRANGEBYLEX zset a b
      ZRANGEBYLEX zset - + WITHSCORES
      ZREVRANGEBYLEX zset + - LIMIT a b
      ZCOUNT zset a 1
      ZLEXCOUNT zset a b
      ZREMRANGEBYRANK zset a 1
      ZREMRANGEBYSCORE zset a 1
      ZREMRANGEBYLEX zset a b
      ZPOPMIN zset -1
      ZPOPMIN zset abc
      ZPOPMAX zset 1 2
      ZPOPMAX str
      ZMPOP 0 zset MIN
      ZMPOP abc zset MIN
      ZMPOP 1 zset MEDIAN
      ZMPOP 1 zset MIN COUNT 0
      ZMPOP 1 str MIN
      ZRANDMEMBER zset abc
      ZRANDMEMBER zset 1 BOGUS
      ZRANDMEMBER zset -9223372036854775808
      ZSCAN zset abc
      ZSCAN zset 0 COUNT 0
      ZUNION 0 zset
      ZUNION abc zset
      ZUNION 2 zset
      ZUNION 1 zset WEIGHTS abc
      ZUNION 1 zset AGGREGATE AVG
      ZUNION 1 zset BOGUS
      ZUNION 1 str
      ZINTER 0 zset
      ZDIFF 0 zset
      ZDIFF 1 zset WEIGHTS 1
      ZINTERCARD 0 zset
      ZINTERCARD 1 zset LIMIT -1
      ZUNIONSTORE k 0 zset
      ZINTERSTORE k 1 str
      ZDIFFSTORE k 1 zset WITHSCORES
      GET list
      HGET list f
      SCAN abc
      SCAN 0 COUNT 0
      SCAN 0 MATCH
      SCAN 0 TYPE
      SCAN 0 BOGUS 1
      DEL
      EXISTS
      EXPIRE str
      EXPIRE str abc
      EXPIRE str 9223372036854775807
      EXPIRE str -9223372036854775808
      EXPIRE str 100 BOGUS
      EXPIRE str 100 NX XX
      EXPIRE str 100 GT LT
      EXPIRE str 100 NX GT
      EXPIREAT str 9223372036854775807
      PEXPIRE str 9223372036854775807
      PEXPIREAT str abc
      RENAME nosuch k
      RENAMENX nosuch k
      RENAME str
      COPY str str
      COPY str k DB 99
      COPY str k DB abc
      COPY str k BOGUS
      MOVE str 0
      MOVE str 99
      MOVE str abc
      OBJECT
      OBJECT BOGUS
      OBJECT ENCODING
      OBJECT ENCODING nosuch
      OBJECT FREQ str
      OBJECT HELP
      SELECT
      SELECT 16
      SELECT -1
      SELECT abc
      SWAPDB 0
      SWAPDB 0 99
      SWAPDB abc 0
      SWAPDB 0 abc
      FLUSHALL BOGUS
      FLUSHDB BOGUS
      DBSIZE x
      EXEC
      DISCARD
      UNWATCH x
      WATCH
      PING a b
      ECHO
      AUTH
      AUTH a
      AUTH a b
      AUTH a b c
      HELLO abc
      HELLO 4
      HELLO 2 AUTH
      HELLO 2 AUTH a b
      HELLO 2 SETNAME
      HELLO 2 BOGUS
      CLIENT
      CLIENT BOGUS
      CLIENT SETNAME
      CLIENT SETNAME a\\sb
      CLIENT REPLY BOGUS
      CLIENT KILL
      CLIENT KILL BOGUS
      CLIENT KILL ID abc
      CLIENT KILL TYPE bogus
      CLIENT PAUSE abc
      CLIENT PAUSE -1
      CLIENT PAUSE 1 BOGUS
      CLIENT NO-EVICT BOGUS
      CLIENT LIST BOGUS
      CLIENT LIST TYPE bogus
      CLIENT LIST ID abc
      COMMAND BOGUS
      COMMAND COUNT x
      COMMAND GETKEYS
      COMMAND GETKEYS PING
      COMMAND GETKEYS NOSUCH a
      COMMAND GETKEYS GET
      COMMAND GETKEYS MSET a 1 b 2
      COMMAND LIST BOGUS
      COMMAND LIST FILTERBY BOGUS x
      CONFIG
      CONFIG BOGUS
      CONFIG GET
      CONFIG SET
      CONFIG SET maxmemory
      CONFIG SET nosuchparameter 1
      CONFIG SET maxmemory abc
      CONFIG SET maxmemory 1 maxmemory 2
      CONFIG GET nosuchparameter
      CONFIG RESETSTAT x
      INFO bogus
      WAIT
      WAIT abc 0
      WAIT 0 -1
      WAIT 0 abc
      TIME x
      READONLY
      READWRITE
      CLUSTER INFO
      CLUSTER KEYSLOT a
      SHUTDOWN BOGUS
      SHUTDOWN NOSAVE SAVE
      FAILOVER BOGUS
      ROLE x
      MULTI
      MULTI
      WATCH k
      NOSUCHCOMMAND
      EXEC
      MULTI
      SET k
      EXEC
      MULTI
      INCR str
      GET num
      EXEC
      MULTI
      EXEC x
      EXEC
      """;

  @Test
  void wrongCallsGetRedissAnswer(Cluster cluster) throws IOException {
    List<String> differences = new ArrayList<>();
    int count = 0;
    try (RedisServer redis = RedisServer.start();
        RespClient theirs = redis.connect();
        RespClient ours = cluster.connectPrimary()) {
      for (String line : PREPARE.lines().toList()) {
        theirs.call(line.split(" "));
        ours.call(line.split(" "));
      }
      for (String line : CALLS.lines().toList()) {
        String[] command = line.split(" ");
        for (int i = 0; i < command.length; i++) {
          command[i] = command[i].replace("\\s", " ");
        }
        Reply their = call(theirs, command);
        Reply our = call(ours, command);
        count++;
        if (!their.equals(our) && !ALLOWED.containsKey(line)) {
          differences.add("%s%n  redis:  %s%n  engram: %s".formatted(line, their, our));
        }
      }
    }
    System.out.printf("error texts: %d calls, %d differ%n", count, differences.size());
    if (!differences.isEmpty()) {
      throw new AssertionError(String.join("\n", differences));
    }
  }

  private static Reply call(RespClient client, String... command) {
    try {
      return client.call(command);
    } catch (IOException broken) {
      throw new AssertionError("no reply to " + String.join(" ", command), broken);
    }
  }
}
