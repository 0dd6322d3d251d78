package io.engramdb.compat.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Random commands from a grammar of the families under test, with all their options; some of them
 * deliberately wrong. The same seed gives the same commands.
 *
 * <p>A template is words: {@code KEY}, {@code LIST}, {@code SET}, {@code ZSET}, {@code LEX}, {@code
 * FIELD}, {@code ELEMENT}, {@code VALUE}, {@code INT}, {@code NUMBER}, {@code BITS}, {@code
 * FIELDTYPE}, {@code SCORE}, {@code BOUND}, {@code BORDER}, {@code LONGITUDE}, {@code LATITUDE},
 * {@code METRES}, {@code STREAMKEY}, {@code ID}, {@code TOP}, {@code ENTRY}, {@code EDGE}, {@code
 * GRP}, {@code CONSUMER}, {@code FLOAT}, {@code OFFSET}, {@code TTL}, {@code AT}, {@code PATTERN}
 * are replaced, {@code A|B} is a choice, {@code [x]} is there or not, {@code x...} is repeated one
 * to three times; anything else is itself. Underscores inside a choice or brackets stand for spaces
 * between words.
 */
final class CommandGenerator {
  private static final String[] TEMPLATES = {
    // strings
    "GET KEY",
    "SET KEY VALUE",
    "SET KEY VALUE [NX|XX] [GET] [EX_TTL|PX_TTL|EXAT_AT|PXAT_ATMS|KEEPTTL]",
    "SETNX KEY VALUE",
    "SETEX KEY TTL VALUE",
    "PSETEX KEY TTL VALUE",
    "GETSET KEY VALUE",
    "GETDEL KEY",
    "GETEX KEY [EX_TTL|PX_TTL|EXAT_AT|PXAT_ATMS|PERSIST]",
    "APPEND KEY VALUE",
    "STRLEN KEY",
    "GETRANGE KEY OFFSET OFFSET",
    "SUBSTR KEY OFFSET OFFSET",
    "SETRANGE KEY OFFSET VALUE",
    "INCR KEY",
    "DECR KEY",
    "INCRBY KEY INT",
    "DECRBY KEY INT",
    "INCRBYFLOAT KEY FLOAT",
    "MGET KEY...",
    "MSET KEY_VALUE...",
    "MSETNX KEY_VALUE...",
    "LCS KEY KEY [LEN|IDX] [IDX] [MINMATCHLEN_INT] [WITHMATCHLEN]",
    // bits
    "SETBIT KEY BITS 0|1",
    "GETBIT KEY BITS",
    "BITCOUNT KEY [OFFSET_OFFSET] [BIT|BYTE]",
    "BITPOS KEY 0|1|INT [OFFSET] [OFFSET] [BIT|BYTE]",
    "BITOP AND|OR|XOR|NOT KEY KEY...",
    "BITFIELD KEY [OVERFLOW_WRAP|OVERFLOW_SAT|OVERFLOW_FAIL] INCRBY FIELDTYPE BITS INT",
    "BITFIELD KEY GET FIELDTYPE BITS set FIELDTYPE BITS INT GET FIELDTYPE BITS",
    "BITFIELD_RO KEY GET FIELDTYPE BITS [GET_u8_#1]",
    // cardinalities, whose bytes GET shows; in keys of their own, because what others have damaged
    // is refused here as a whole
    "PFADD hll1|hll2|hll3 [ELEMENT]",
    "PFADD hll1|hll2|hll3 ELEMENT...",
    "PFADD hll1|hll2|hll3 INT INT INT",
    "PFCOUNT hll1|hll2|hll3",
    "PFCOUNT hll1|hll2|hll3 hll1|hll2|hll3",
    "PFMERGE hll1|hll2|hll3 [hll1|hll2|hll3]",
    "PFDEBUG ENCODING|DECODE|TODENSE hll1|hll2|hll3",
    "GET hll1|hll2|hll3",
    // hashes
    "HSET KEY FIELD_VALUE...",
    "HSETNX KEY FIELD VALUE",
    "HMSET KEY FIELD_VALUE...",
    "HGET KEY FIELD",
    "HMGET KEY FIELD...",
    "HGETALL KEY",
    "HKEYS KEY",
    "HVALS KEY",
    "HLEN KEY",
    "HEXISTS KEY FIELD",
    "HDEL KEY FIELD...",
    "HSTRLEN KEY FIELD",
    "HINCRBY KEY FIELD INT",
    "HINCRBYFLOAT KEY FIELD FLOAT",
    "HRANDFIELD KEY [INT] [WITHVALUES]",
    "HSCAN KEY 0 [MATCH_PATTERN] [COUNT_1000|COUNT_INT]",
    // lists
    "LPUSH LIST ELEMENT...",
    "RPUSH LIST ELEMENT...",
    "LPUSH LIST ELEMENT...",
    "RPUSH LIST ELEMENT ELEMENT ELEMENT ELEMENT ELEMENT ELEMENT ELEMENT",
    "LPUSHX LIST ELEMENT...",
    "RPUSHX LIST ELEMENT...",
    "LPOP LIST [INT]",
    "RPOP LIST [INT]",
    "LLEN LIST",
    "LINDEX LIST OFFSET",
    "LSET LIST OFFSET ELEMENT",
    "LINSERT LIST BEFORE|AFTER ELEMENT ELEMENT",
    "LRANGE LIST OFFSET OFFSET",
    "LREM LIST OFFSET ELEMENT",
    "LTRIM LIST OFFSET OFFSET",
    "LPOS LIST ELEMENT [RANK_INT] [COUNT_INT] [MAXLEN_INT]",
    "LMOVE LIST LIST LEFT|RIGHT LEFT|RIGHT",
    "RPOPLPUSH LIST LIST",
    "LMPOP 1 LIST LEFT|RIGHT [COUNT_INT]",
    "LMPOP 2|INT LIST LIST LEFT|RIGHT [COUNT_INT]",
    // sets
    "SADD SET ELEMENT...",
    "SADD SET ELEMENT...",
    "SADD SET NUMBER NUMBER NUMBER NUMBER NUMBER",
    "SADD SET ELEMENT ELEMENT ELEMENT ELEMENT ELEMENT ELEMENT",
    "SREM SET ELEMENT...",
    "SMEMBERS SET",
    "SISMEMBER SET ELEMENT",
    "SMISMEMBER SET ELEMENT...",
    "SCARD SET",
    "SMOVE SET SET ELEMENT",
    "SPOP SET 0|100|1000|-1|abc",
    "SRANDMEMBER SET [INT]",
    "SINTER SET...",
    "SINTERCARD 2|3|INT SET... SET [LIMIT_INT]",
    "SINTERSTORE SET SET...",
    "SUNION SET...",
    "SUNIONSTORE SET SET...",
    "SDIFF SET...",
    "SDIFFSTORE SET SET...",
    "SSCAN SET 0 [MATCH_PATTERN] [COUNT_1000]",
    // sorted sets
    "ZADD ZSET SCORE_ELEMENT...",
    "ZADD ZSET SCORE_ELEMENT...",
    "ZADD ZSET [NX|XX] [GT|LT] [CH] [INCR] SCORE_ELEMENT...",
    "ZADD ZSET SCORE ELEMENT SCORE ELEMENT SCORE ELEMENT SCORE ELEMENT SCORE ELEMENT",
    "ZADD LEX 0 ELEMENT 0 ELEMENT 0 ELEMENT 0 ELEMENT",
    "ZINCRBY ZSET SCORE ELEMENT",
    "ZREM ZSET|LEX ELEMENT...",
    "ZCARD ZSET",
    "ZSCORE ZSET ELEMENT",
    "ZMSCORE ZSET ELEMENT...",
    "ZRANK ZSET ELEMENT",
    "ZREVRANK ZSET ELEMENT",
    "ZRANDMEMBER ZSET [INT] [WITHSCORES]",
    "ZSCAN ZSET 0 [MATCH_PATTERN] [COUNT_1000]",
    "ZPOPMIN ZSET|LEX [INT]",
    "ZPOPMAX ZSET|LEX [INT]",
    "ZMPOP 1 ZSET MIN|MAX [COUNT_INT]",
    "ZMPOP 2|INT ZSET ZSET MIN|MAX [COUNT_INT]",
    "ZRANGE ZSET OFFSET OFFSET [REV] [WITHSCORES]",
    "ZRANGE ZSET BOUND BOUND BYSCORE [REV] [LIMIT_OFFSET_OFFSET] [WITHSCORES]",
    "ZRANGE LEX BORDER BORDER BYLEX [REV] [LIMIT_OFFSET_OFFSET] [WITHSCORES]",
    "ZREVRANGE ZSET OFFSET OFFSET [WITHSCORES]",
    "ZRANGEBYSCORE ZSET BOUND BOUND [WITHSCORES] [LIMIT_OFFSET_OFFSET]",
    "ZREVRANGEBYSCORE ZSET BOUND BOUND [WITHSCORES] [LIMIT_OFFSET_OFFSET]",
    "ZRANGEBYLEX LEX BORDER BORDER [LIMIT_OFFSET_OFFSET]",
    "ZREVRANGEBYLEX LEX BORDER BORDER [LIMIT_OFFSET_OFFSET]",
    "ZCOUNT ZSET BOUND BOUND",
    "ZLEXCOUNT LEX BORDER BORDER",
    "ZRANGESTORE ZSET ZSET OFFSET OFFSET [REV]",
    "ZRANGESTORE ZSET ZSET BOUND BOUND BYSCORE [REV] [LIMIT_OFFSET_OFFSET]",
    "ZREMRANGEBYRANK ZSET|LEX OFFSET OFFSET",
    "ZREMRANGEBYSCORE ZSET BOUND BOUND",
    "ZREMRANGEBYLEX LEX BORDER BORDER",
    "ZUNION 2 ZSET|SET ZSET [WEIGHTS_SCORE_SCORE] [AGGREGATE_SUM|AGGREGATE_MIN|AGGREGATE_MAX]"
        + " [WITHSCORES]",
    "ZINTER 2|INT ZSET ZSET|SET [WEIGHTS_SCORE_SCORE] [AGGREGATE_MIN|AGGREGATE_MAX] [WITHSCORES]",
    "ZDIFF 2|3|INT ZSET ZSET [WITHSCORES]",
    "ZINTERCARD 2 ZSET|LEX ZSET [LIMIT_INT]",
    "ZUNIONSTORE ZSET 2 ZSET|SET ZSET|LEX [WEIGHTS_SCORE_SCORE] [AGGREGATE_MIN|AGGREGATE_MAX]",
    "ZINTERSTORE ZSET 2 ZSET ZSET [WEIGHTS_SCORE_SCORE] [AGGREGATE_MIN|AGGREGATE_SUM]",
    "ZDIFFSTORE ZSET 2 ZSET|LEX ZSET",
    // places
    "GEOADD GEO LONGITUDE_LATITUDE_ELEMENT...",
    "GEOADD GEO [NX|XX] [CH] LONGITUDE_LATITUDE_ELEMENT...",
    "GEOADD GEO LONGITUDE LATITUDE ELEMENT LONGITUDE LATITUDE ELEMENT LONGITUDE LATITUDE ELEMENT",
    "GEODIST GEO ELEMENT ELEMENT [M|KM|FT|MI|INT]",
    "GEOHASH GEO ELEMENT...",
    "GEOPOS GEO ELEMENT...",
    "GEOSEARCH GEO FROMLONLAT LONGITUDE LATITUDE BYRADIUS METRES KM [ASC|DESC] [COUNT_INT] [ANY]"
        + " [WITHHASH]",
    "GEOSEARCH GEO FROMLONLAT LONGITUDE LATITUDE BYBOX METRES METRES KM [ASC|DESC] [WITHDIST]",
    "GEOSEARCH GEO FROMMEMBER ELEMENT BYRADIUS METRES KM [ASC|DESC] [WITHCOORD]",
    "GEOSEARCHSTORE GEO GEO FROMLONLAT LONGITUDE LATITUDE BYRADIUS METRES KM [COUNT_NUMBER]",
    "GEORADIUS GEO LONGITUDE LATITUDE METRES KM [WITHDIST] [ASC|DESC] [STORE_GEO]",
    "GEORADIUSBYMEMBER_RO GEO ELEMENT METRES KM [WITHDIST] [COUNT_INT]",
    // streams
    "XADD STREAMKEY ID FIELD_VALUE...",
    "XADD STREAMKEY ID FIELD_VALUE...",
    "XADD STREAMKEY ID f1 NUMBER f2 NUMBER",
    "XADD STREAMKEY ID f1 NUMBER f2 NUMBER",
    "XADD STREAMKEY [NOMKSTREAM] [MAXLEN|MINID] [=|~] NUMBER [LIMIT_INT] ID f1 NUMBER",
    "XADD STREAMKEY MAXLEN NUMBER ID f1 NUMBER",
    "XLEN STREAMKEY",
    "XRANGE STREAMKEY EDGE EDGE [COUNT_INT]",
    "XREVRANGE STREAMKEY EDGE EDGE [COUNT_INT]",
    "XDEL STREAMKEY ENTRY...",
    "XTRIM STREAMKEY MAXLEN|MINID [=|~] NUMBER [LIMIT_INT]",
    "XSETID STREAMKEY TOP [ENTRIESADDED_NUMBER]",
    "XREAD [COUNT_INT] STREAMS STREAMKEY ENTRY|$",
    "XREAD STREAMS STREAMKEY STREAMKEY ENTRY ENTRY|$",
    "XREADGROUP GROUP GRP CONSUMER [COUNT_NUMBER] [NOACK] STREAMS STREAMKEY >",
    "XREADGROUP GROUP GRP CONSUMER [COUNT_NUMBER] STREAMS STREAMKEY STREAMKEY > >|ENTRY",
    "XREADGROUP GROUP GRP CONSUMER [COUNT_INT] STREAMS STREAMKEY ENTRY",
    "XGROUP CREATE STREAMKEY GRP ENTRY|$ [MKSTREAM] [ENTRIESREAD_NUMBER]",
    "XGROUP CREATE STREAMKEY GRP 0 MKSTREAM",
    "XGROUP CREATE STREAMKEY GRP 0",
    "XGROUP SETID STREAMKEY GRP EDGE|$ [ENTRIESREAD_NUMBER]",
    "XGROUP DESTROY STREAMKEY GRP",
    "XGROUP CREATECONSUMER|DELCONSUMER STREAMKEY GRP CONSUMER",
    "XACK STREAMKEY GRP ENTRY...",
    "XPENDING STREAMKEY GRP",
    "XPENDING STREAMKEY GRP IDLE 100000000 EDGE EDGE INT [CONSUMER]",
    "XCLAIM STREAMKEY GRP CONSUMER 0 ENTRY... [RETRYCOUNT_NUMBER] [FORCE] [JUSTID] [LASTID_ENTRY]",
    "XAUTOCLAIM STREAMKEY GRP CONSUMER 0 EDGE [COUNT_INT] [JUSTID]",
    "XINFO GROUPS STREAMKEY",
    "XINFO STREAM STREAMKEY",
    // sorting
    "SORT LIST|SET|ZSET [BY_k*] [LIMIT_OFFSET_OFFSET] [GET_#] [ASC|DESC]",
    "SORT LIST|SET|ZSET ALPHA [LIMIT_OFFSET_OFFSET] [GET_k*] [ASC|DESC]",
    "SORT LIST|ZSET BY nosort [LIMIT_OFFSET_OFFSET] [ASC|DESC]",
    "SORT LIST|SET|ZSET ALPHA [DESC] STORE LIST",
    "SORT_RO LIST|SET|ZSET [BY_k*->f1] [GET_k*]",
    // keys
    "DEL KEY...",
    "UNLINK KEY...",
    "EXISTS KEY...",
    "TOUCH KEY...",
    "TYPE KEY",
    "RENAME KEY KEY",
    "RENAMENX KEY KEY",
    "COPY KEY KEY [DB_1|DB_INT] [REPLACE]",
    "MOVE KEY 1|INT",
    "RANDOMKEY",
    "KEYS PATTERN",
    "SCAN 0 COUNT 1000 [MATCH_PATTERN]"
        + " [TYPE_string|TYPE_hash|TYPE_list|TYPE_set|TYPE_zset|TYPE_stream|TYPE_nonsense]",
    "DBSIZE",
    "OBJECT ENCODING|REFCOUNT|IDLETIME|NONSENSE KEY",
    "PERSIST KEY",
    "TTL KEY",
    "PTTL KEY",
    "EXPIRETIME KEY",
    "PEXPIRETIME KEY",
    "EXPIRE KEY TTL [NX|XX|GT|LT] [GT|LT|NX]",
    "PEXPIRE KEY TTL [NX|XX|GT|LT]",
    "EXPIREAT KEY AT [NX|XX|GT|LT]",
    "PEXPIREAT KEY ATMS [NX|XX|GT|LT]",
    // transactions
    "MULTI",
    "MULTI",
    "EXEC",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH KEY...",
    "UNWATCH",
    // connection and server
    "PING [VALUE]",
    "ECHO VALUE",
    "SELECT 0|0|0|1|16|INT",
    "SWAPDB 0|1|INT 1|INT",
    "NONSENSE VALUE...",
  };

  private static final String[] VALUES = {
    "",
    "a",
    "hello world",
    "0",
    "1",
    "-1",
    "10",
    "007",
    " 1",
    "1 ",
    "+5",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "3.14",
    "-0",
    "-0.5",
    "1e3",
    "5.0e3",
    "inf",
    "nan",
    "0x10",
    "\u0000\u00ff\r\n\u0001",
    "ohmytext",
    "mynewtext",
    "x".repeat(44),
    "x".repeat(45),
    "y".repeat(64),
    "y".repeat(65),
    "z".repeat(300),
  };

  private static final String[] INTEGERS = {
    "0",
    "1",
    "2",
    "3",
    "5",
    "-1",
    "-2",
    "-7",
    "100",
    "1000",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1.5",
    "abc",
    "",
    " 1",
    "+1",
    "00",
  };

  private static final String[] FLOATS = {
    "0",
    "1",
    "-1",
    "0.1",
    "-0.1",
    "1.5",
    "3.0e3",
    "5.0e-2",
    "1e400",
    "inf",
    "-inf",
    "nan",
    "abc",
    "",
    "1 ",
    "100000000000000000000",
    "0.000001",
    "10.50",
    "9007199254740993",
  };

  private static final String[] OFFSETS = {
    "0", "1", "2", "5", "10", "-1", "-2", "-5", "-100", "100", "600000000", "abc",
  };

  private static final String[] BORDER_MARKS = {"[", "[", "(", "(", "-", "+", ""};

  /** Far from now on both sides, so that no key expires between two comparisons. */
  private static final String[] TIMES_TO_LIVE = {
    "100000",
    "200000",
    "500000",
    "100000",
    "0",
    "-1",
    "-100000",
    "9223372036854775807",
    "abc",
    "1.5",
    "9223372036854775",
    "-9223372036854775808",
  };

  private static final String[] PATTERNS = {
    "*", "k*", "k?", "k[1-3]", "k[^1-3]", "*1", "nothing", "\\k1", "", "k[", "[", "**1", "f*", "?",
  };

  /**
   * A choice at random that changes data, and words that Redis 7.0 refuses before they are queued,
   * would part the two servers for good.
   */
  private static final Set<String> NEVER_SPOILED = Set.of("SPOP", "ZRANK", "ZREVRANK");

  private static final double WRONG_ON_PURPOSE = 0.06;

  /** Keys of every type: k0, k1 … */
  private static final int KEYS = 8;

  /** Keys that mostly hold a list: those behind the keys of every type. */
  private static final int LISTS = 3;

  /** Keys that mostly hold a set, behind those. */
  private static final int SETS = 4;

  /** Keys that mostly hold a sorted set, behind those. */
  private static final int SORTED_SETS = 4;

  /** Keys that mostly hold a sorted set whose scores are all 0, behind those. */
  private static final int EQUAL_SCORES = 2;

  /** Keys that hold places, behind those. */
  private static final int PLACES = 3;

  /** Keys that mostly hold a stream, behind those. */
  private static final int STREAMS = 3;

  /** All keys, numbered from 0. */
  static final int ALL_KEYS = KEYS + LISTS + SETS + SORTED_SETS + EQUAL_SCORES + PLACES + STREAMS;

  private static final String[] IDS = {
    "0", "0-0", "0-*", "-", "+", "5-", "x", "18446744073709551615-1", "18446744073709551616",
  };

  private static final int FIELDS = 6;

  private final Random random;

  /** Milliseconds of the newest id of a stream. */
  private long streamMs;

  CommandGenerator(long seed) {
    this.random = new Random(seed);
  }

  /** One command; the first word is its name. */
  List<String> next() {
    List<String> words = new ArrayList<>();
    for (String part : pick(TEMPLATES).split(" ")) {
      expand(part, words);
    }
    if (random.nextDouble() < 0.2) {
      words.set(0, words.getFirst().toLowerCase(Locale.ROOT));
    }
    if (random.nextDouble() < WRONG_ON_PURPOSE
        && !NEVER_SPOILED.contains(words.getFirst().toUpperCase(Locale.ROOT))) {
      spoil(words);
    }
    return words;
  }

  private void spoil(List<String> words) {
    int at = random.nextInt(words.size());
    switch (random.nextInt(4)) {
      case 0 -> {
        if (words.size() > 1) {
          words.removeLast();
        }
      }
      case 1 -> words.add(pick(VALUES));
      case 2 -> words.set(Math.max(1, at) % words.size(), "nonsense");
      default -> words.add(at == 0 ? 1 : at, words.get(at));
    }
  }

  private void expand(String part, List<String> words) {
    if (part.startsWith("[")) {
      if (random.nextInt(3) == 0) {
        expand(part.substring(1, part.length() - 1), words);
      }
    } else if (part.contains("|")) {
      expand(pick(part.split("\\|")), words);
    } else if (part.endsWith("...")) {
      int times = 1 + random.nextInt(3);
      for (int i = 0; i < times; i++) {
        expand(part.substring(0, part.length() - 3), words);
      }
    } else {
      for (String token : part.split("_")) {
        words.add(words.isEmpty() ? token : word(token));
      }
    }
  }

  private String word(String token) {
    return switch (token) {
      case "KEY" -> "k" + random.nextInt(random.nextInt(4) == 0 ? ALL_KEYS : KEYS);
      case "LIST" -> key(KEYS, LISTS);
      case "SET" -> key(KEYS + LISTS, SETS);
      case "ZSET" -> key(KEYS + LISTS + SETS, SORTED_SETS);
      case "LEX" -> "k" + (KEYS + LISTS + SETS + SORTED_SETS + random.nextInt(EQUAL_SCORES));
      case "GEO" -> "k" + (ALL_KEYS - STREAMS - PLACES + random.nextInt(PLACES));
      case "STREAMKEY" -> key(ALL_KEYS - STREAMS, STREAMS);
      case "ID" -> newId();
      case "ENTRY" -> entryId();
      case "EDGE" -> edge();
      case "GRP" -> "g" + random.nextInt(2);
      case "TOP" -> "" + (streamMs += 1 + random.nextInt(3));
      case "CONSUMER" -> "c" + random.nextInt(3);
      case "BITS" -> random.nextInt(20) == 0 ? pick(INTEGERS) : "" + random.nextInt(300);
      case "FIELDTYPE" -> (random.nextBoolean() ? "u" : "i") + random.nextInt(66);
      case "SCORE" -> random.nextInt(8) == 0 ? pick(FLOATS) : "" + score();
      case "LONGITUDE" -> "" + (random.nextInt(3600) - 1800) / 10.0;
      case "LATITUDE" -> "" + (random.nextInt(1720) - 860) / 10.0;
      case "METRES" -> "" + (1 << random.nextInt(16));
      case "BOUND" -> bound();
      case "BORDER" -> pick(BORDER_MARKS) + (random.nextInt(4) == 0 ? "" : element());
      case "ELEMENT" -> element();
      case "NUMBER" -> "" + random.nextInt(8);
      case "FIELD" -> random.nextInt(10) == 0 ? pick(VALUES) : "f" + random.nextInt(FIELDS);
      case "VALUE" -> pick(VALUES);
      case "INT" -> pick(INTEGERS);
      case "FLOAT" -> pick(FLOATS);
      case "OFFSET" -> pick(OFFSETS);
      case "TTL" -> pick(TIMES_TO_LIVE);
      case "AT" -> random.nextInt(6) == 0 ? pick(INTEGERS) : "" + (4_000_000_000L + ahead());
      case "ATMS" -> random.nextInt(6) == 0 ? pick(INTEGERS) : "" + (4_000_000_000_000L + ahead());
      case "PATTERN" -> pick(PATTERNS);
      default -> random.nextInt(8) == 0 ? token.toLowerCase(Locale.ROOT) : token;
    };
  }

  /** Small whole numbers and a few halves: they meet each other, and are exact. */
  private double score() {
    return (random.nextInt(40) - 10) / 2.0;
  }

  /** Rising, so that most entries can be added; never from the clock. */
  private String newId() {
    if (random.nextInt(12) == 0) {
      return pick(IDS);
    }
    streamMs += random.nextInt(3);
    return switch (random.nextInt(3)) {
      case 0 -> streamMs + "-*";
      case 1 -> streamMs + "-" + random.nextInt(4);
      default -> "" + ++streamMs;
    };
  }

  /** An id that may well be there. */
  private String entryId() {
    if (random.nextInt(20) == 0) {
      return pick(IDS);
    }
    long ms = Math.max(0, streamMs - random.nextInt(12));
    return random.nextBoolean() ? "" + ms : ms + "-" + random.nextInt(4);
  }

  private String edge() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> "-";
      case 2, 3 -> "+";
      case 4 -> "(" + entryId();
      default -> entryId();
    };
  }

  private String bound() {
    String value =
        switch (random.nextInt(8)) {
          case 0 -> pick(FLOATS);
          case 1 -> "+inf";
          case 2 -> "-inf";
          default -> "" + score();
        };
    return (random.nextInt(3) == 0 ? "(" : "") + value;
  }

  /** A key of those from that number on, now and then of any type. */
  private String key(int first, int count) {
    return "k" + (random.nextInt(12) == 0 ? random.nextInt(KEYS) : first + random.nextInt(count));
  }

  private String element() {
    return switch (random.nextInt(8)) {
      case 0 -> pick(VALUES);
      case 1, 2, 3 -> "" + random.nextInt(6);
      case 4 -> "" + (random.nextLong() >> random.nextInt(64));
      default -> "e" + random.nextInt(6);
    };
  }

  private long ahead() {
    return random.nextInt(5) * 1000L;
  }

  private String pick(String[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
